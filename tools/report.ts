import { pathToFileURL } from 'node:url';

/** Whether the module is the program that Node was started with (import.meta.main needs Node 24.2). */
export function isMain(meta: ImportMeta): boolean {
  const entry = process.argv[1];
  return entry !== undefined && meta.url === pathToFileURL(entry).href;
}

/** Prints a check's faults, one a line, and sets the exit code: 1 with faults, 0 without. */
export function report(check: string, faults: readonly string[]): void {
  for (const fault of faults) console.error(fault);
  console.log(faults.length === 0 ? `${check}: in order` : `${check}: ${faults.length} refused`);
  process.exitCode = faults.length === 0 ? 0 : 1;
}
