/** What the page gives each of its stories. */
import type { Network } from '../sdk/network.ts';
import type { Reader } from './reader.ts';
import type { Session } from './session.ts';

export interface StoryProps {
  readonly reader: Reader;
  /** Undefined until the genesis was verified. */
  readonly network: Network | undefined;
  /** Undefined until the story has asked for it. */
  readonly session: Session | undefined;
  readonly openSession: () => void;
  readonly regionOfProvider: (address: string) => string | undefined;
}
