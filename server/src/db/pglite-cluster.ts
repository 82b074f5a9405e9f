import { execFile } from 'node:child_process';
import { closeSync, existsSync, fsyncSync, openSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { siblingModule } from './sibling-module.ts';

/** PostgreSQL's own folder inside the data folder. */
export const CLUSTER_FOLDER = 'pgdata';
const UNFINISHED_CLUSTER_FOLDER = 'pgdata.new';

/** True when the data folder holds a cluster. */
export function hasCluster(folder: string): boolean {
  return existsSync(join(folder, CLUSTER_FOLDER));
}

/** Makes an empty cluster in the data folder, unless it holds one. The caller holds the folder's lock. */
export async function makeCluster(folder: string): Promise<void> {
  if (!hasCluster(folder)) {
    await installCluster(folder, async (unfinished) => {
      const program = fileURLToPath(siblingModule('pglite-initdb', import.meta.url));
      await promisify(execFile)(process.execPath, [program, unfinished]);
    });
  }
}

/**
 * Lets `fill` make a cluster under another name, and renames it once it is whole and on disk: a crash on the
 * way leaves nothing that could be taken for a database.
 */
export async function installCluster(
  folder: string,
  fill: (unfinished: string) => Promise<void>,
): Promise<void> {
  const unfinished = join(folder, UNFINISHED_CLUSTER_FOLDER);
  rmSync(unfinished, { recursive: true, force: true });
  try {
    await fill(unfinished);
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    throw error;
  }
  flushFolder(unfinished);
  renameSync(unfinished, join(folder, CLUSTER_FOLDER));
  flushPath(folder);
}

// A folder's own flush makes the names in it durable.
function flushFolder(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      flushFolder(path);
    } else {
      flushPath(path);
    }
  }
  flushPath(folder);
}

/** Flushes one file, or the names in one folder, to disk. */
export function flushPath(path: string): void {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
