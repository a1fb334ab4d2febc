/** The table that comes with the page. */
import { assetUrls } from '../asset-urls.ts';
import type { SourceFile } from './read-file.ts';

export async function sampleSource(): Promise<SourceFile> {
  const response = await fetch(assetUrls.sample);
  if (!response.ok) throw new Error(`the sample did not load: HTTP ${response.status}`);
  return { name: assetUrls.sample.replace(/^.*\/|-[0-9A-F]{8}/g, ''), file: await response.blob() };
}
