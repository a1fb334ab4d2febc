/** Runs shares of seeds in processes of their own, a bounded number at once. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Share } from './child.ts';
import type { ChildReport } from './report.ts';

const CHILD = fileURLToPath(new URL('child.ts', import.meta.url));

export function runShare(share: Share): Promise<ChildReport> {
  const child = spawn(process.execPath, ['--no-warnings', CHILD, JSON.stringify(share)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const said: Buffer[] = [];
  child.stdout.on('data', (part: Buffer) => said.push(part));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(JSON.parse(Buffer.concat(said).toString()) as ChildReport);
      else reject(new Error(`the process of ${JSON.stringify(share)} ended with ${code}`));
    });
  });
}

/** In the order of the shares. `tell` hears of each as it ends. */
export async function runShares(
  shares: readonly Share[],
  jobs: number,
  tell: (share: Share, report: ChildReport) => void,
): Promise<ChildReport[]> {
  const reports: ChildReport[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let i = next++; i < shares.length; i = next++) {
      const share = shares[i] as Share;
      const report = await runShare(share);
      reports[i] = report;
      tell(share, report);
    }
  };
  await Promise.all(Array.from({ length: jobs }, worker));
  return reports;
}
