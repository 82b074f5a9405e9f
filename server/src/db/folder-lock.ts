import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { DatabaseFolderInUseError } from './errors.ts';

const SQLITE_BUSY = 5;

/**
 * Takes the embedded database's folder for this process, making it (0700) if need be, and answers a function
 * that lets it go. Two processes on one folder would lose rows in silence, so the lock is the kernel's: it
 * dies with its owner, also by kill -9, and leaves nothing to clean up. SQLite is only its keeper.
 * @throws DatabaseFolderInUseError when somebody else has it.
 */
export function lockFolder(folder: string): () => void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const keeper = new DatabaseSync(join(folder, 'lock'), { timeout: 0 });
  try {
    keeper.exec('pragma journal_mode = memory; begin exclusive');
  } catch (error) {
    keeper.close();
    if (error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY) {
      throw new DatabaseFolderInUseError(folder);
    }
    throw error;
  }
  return () => keeper.close();
}
