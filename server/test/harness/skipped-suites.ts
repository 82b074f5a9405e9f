import { appendFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where workers note what they skipped; the global set-up prints it at the end of the run. */
export const SKIPPED_FILE = 'skipped-suites.txt';

/** Notes a suite that could not run for want of a server, so that nobody takes silence for success. */
export function noteSkippedSuite(run_folder: string, server: 'PostgreSQL' | 'Redis', name: string): void {
  appendFileSync(join(run_folder, SKIPPED_FILE), `${server}: ${name}\n`);
}
