import { appendFileSync, mkdirSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** An event that was refused by itself, and why. */
export interface RejectedEvent {
  code: string;
  detail: string;
  event: object;
}

/**
 * Appends to rejected.jsonl of a folder, for somebody to look at. Once it has `bytes_max`, it becomes
 * rejected.old.jsonl and the one before is gone. Throws what the file system throws.
 */
export function appendRejected(folder: string, bytes_max: number, rejected: readonly RejectedEvent[]): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, 'rejected.jsonl');
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (size >= bytes_max) renameSync(path, join(folder, 'rejected.old.jsonl'));
  appendFileSync(path, rejected.map((row) => `${JSON.stringify(row)}\n`).join(''), { mode: 0o600 });
}
