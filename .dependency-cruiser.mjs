// The layer table itself is in tools/layers.ts; this file lets the `depcruise` command draw and check the same rules.
import { forbidden, options } from './tools/layer-rules.ts';

export default { forbidden, options };
