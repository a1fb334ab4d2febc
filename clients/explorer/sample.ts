/** The 1,797 handwritten digits that come with the page. */
import type { Result } from '../../protocol/errors.ts';
import { assetUrls } from './asset-urls.ts';
import { type DataSet, dataSetOf } from './data-set.ts';

export async function sampleDataSet(): Promise<Result<DataSet>> {
  const response = await fetch(assetUrls.digits);
  if (!response.ok || !response.body) throw new Error(`the sample did not load: HTTP ${response.status}`);
  const unpacked = new Response(response.body.pipeThrough(new DecompressionStream('gzip')));
  return dataSetOf('digits.csv', await unpacked.text(), true);
}
