import { createHash } from 'node:crypto';
import { closeSync, createReadStream, createWriteStream, openSync, readFileSync, readSync } from 'node:fs';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createGunzip, createGzip } from 'node:zlib';
import { readEntries, writeEntries } from './backup-entries.ts';
import { BackupRefusedError } from './errors.ts';
import { lockFolder } from './folder-lock.ts';
import { flushPath, hasCluster, installCluster } from './pglite-cluster.ts';
import type { PgliteEngine } from './pglite-engine.ts';

// The file: this line, one line of JSON, the cluster's files gzipped, and the SHA-256 of all that in hex.
const FIRST_LINE = 'tallystick-backup 1\n';
const HEADER_LIMIT = 4_096;
const CHECKSUM_LENGTH = 64;
/** PostgreSQL's major version inside PGlite; it changes when PGlite's does. */
const EMBEDDED_VERSION = '18';

interface Manifest {
  /** PostgreSQL's major version: another one cannot read the files. */
  readonly postgres_version: string;
}

/**
 * Writes a consistent copy of the embedded database to `file`, which appears under its name only when it is
 * whole and on disk. Transactions wait while the files are read. Memory stays at a few megabytes.
 * Answers the file's size in bytes.
 */
export async function writeBackup(engine: PgliteEngine, file: string): Promise<number> {
  const unfinished = `${file}.unfinished`;
  try {
    await engine.whileStill(async (cluster) => {
      const manifest: Manifest = { postgres_version: readVersion(cluster) };
      const hash = createHash('sha256');
      const output = createWriteStream(unfinished, { mode: 0o600 });
      await pipeline(async function* () {
        for await (const chunk of contents(cluster, manifest)) {
          hash.update(chunk);
          yield chunk;
        }
        yield hash.digest('hex');
      }, output);
    });
    flushPath(unfinished);
    await rename(unfinished, file);
    flushPath(dirname(file));
    return (await stat(file)).size;
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
}

async function* contents(cluster: string, manifest: Manifest): AsyncGenerator<string | Buffer> {
  yield `${FIRST_LINE}${JSON.stringify(manifest)}\n`;
  // Level 1: the database stands still while this runs, so speed is worth more than the last tenth of size.
  const gzip = createGzip({ level: constants.Z_BEST_SPEED });
  const reading = pipeline(Readable.from(writeEntries(cluster)), gzip);
  // When the writer fails, this generator is left early and nobody is there to hear that reading stopped too.
  reading.catch(() => undefined);
  yield* gzip;
  await reading;
}

/**
 * Makes the embedded database of a backup in `data_folder`, which must hold none. All of the file is checked
 * before the first byte is written, and the copy is on disk before it takes its name.
 * @throws BackupRefusedError, DatabaseFolderInUseError
 */
export async function restoreBackup(file: string, data_folder: string): Promise<void> {
  const { body_start, body_end } = await verify(file);
  const unlock = lockFolder(data_folder);
  try {
    if (hasCluster(data_folder)) {
      throw new BackupRefusedError(`${data_folder} holds a database already; restore into an empty folder`);
    }
    await installCluster(data_folder, async (unfinished) => {
      await mkdir(unfinished, { mode: 0o700 });
      const body = createReadStream(file, { start: body_start, end: body_end - 1 });
      await pipeline(body, createGunzip(), (source) => readEntries(source, unfinished));
    });
  } finally {
    unlock();
  }
}

async function verify(file: string): Promise<{ body_start: number; body_end: number }> {
  const header = readHeader(file);
  const body_end = (await stat(file)).size - CHECKSUM_LENGTH;
  if (header === undefined || body_end <= header.length) {
    throw new BackupRefusedError(`${file} is not a Tallystick backup of this format, or only a part of one`);
  }
  const hash = createHash('sha256');
  await pipeline(createReadStream(file, { end: body_end - 1 }), hash);
  const handle = await open(file);
  const { buffer } = await handle.read(Buffer.alloc(CHECKSUM_LENGTH), 0, CHECKSUM_LENGTH, body_end);
  await handle.close();
  if (buffer.toString('latin1') !== hash.digest('hex')) {
    throw new BackupRefusedError(
      `${file} is damaged: its checksum does not match, so it may be cut short or changed`,
    );
  }
  if (header.manifest.postgres_version !== EMBEDDED_VERSION) {
    throw new BackupRefusedError(
      `${file} is of PostgreSQL ${header.manifest.postgres_version} and the embedded one is ${EMBEDDED_VERSION}`,
    );
  }
  return { body_start: header.length, body_end };
}

function readHeader(file: string): { manifest: Manifest; length: number } | undefined {
  const descriptor = openSync(file, 'r');
  try {
    const buffer = Buffer.alloc(HEADER_LIMIT);
    const text = buffer.toString('latin1', 0, readSync(descriptor, buffer, 0, HEADER_LIMIT, 0));
    const length = text.indexOf('\n', FIRST_LINE.length) + 1;
    if (!text.startsWith(FIRST_LINE) || length === 0) {
      return undefined;
    }
    return { manifest: JSON.parse(text.slice(FIRST_LINE.length, length)) as Manifest, length };
  } catch (error) {
    if (error instanceof SyntaxError) {
      return undefined;
    }
    throw error;
  } finally {
    closeSync(descriptor);
  }
}

function readVersion(cluster: string): string {
  return readFileSync(join(cluster, 'PG_VERSION'), 'utf8').trim();
}
