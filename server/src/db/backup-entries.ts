import { createReadStream, createWriteStream, mkdirSync, type WriteStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { isAbsolute, join, normalize, sep } from 'node:path';
import { finished } from 'node:stream/promises';
import { BackupRefusedError } from './errors.ts';

// One line of JSON before each entry; a file's bytes follow it.
interface Entry {
  readonly path: string;
  /** Bytes that follow; absent for a folder. */
  readonly size?: number;
}

const NEW_LINE = 0x0a;

/** Every folder and file below `root`, in a form that readEntries takes back. Nobody may write there meanwhile. */
export async function* writeEntries(root: string, below = ''): AsyncGenerator<Buffer> {
  const children = await readdir(join(root, below), { withFileTypes: true });
  for (const child of children) {
    const path = below === '' ? child.name : `${below}/${child.name}`;
    if (child.isDirectory()) {
      yield headerOf({ path });
      yield* writeEntries(root, path);
    } else {
      const { size } = await stat(join(root, path));
      yield headerOf({ path, size });
      yield* createReadStream(join(root, path));
    }
  }
}

function headerOf(entry: Entry): Buffer {
  return Buffer.from(`${JSON.stringify(entry)}\n`);
}

/** Makes what writeEntries described below `root`, holding no more than a chunk at a time. */
export async function readEntries(source: AsyncIterable<Buffer>, root: string): Promise<void> {
  let header = Buffer.alloc(0);
  let output: WriteStream | undefined;
  let missing = 0;
  for await (const chunk of source) {
    let rest = chunk;
    while (rest.length > 0) {
      if (output !== undefined) {
        const part = rest.subarray(0, missing);
        await write(output, part);
        rest = rest.subarray(part.length);
        missing -= part.length;
      } else {
        const end = rest.indexOf(NEW_LINE) + 1;
        header = Buffer.concat([header, end === 0 ? rest : rest.subarray(0, end)]);
        rest = end === 0 ? rest.subarray(rest.length) : rest.subarray(end);
        if (end > 0) {
          const entry = JSON.parse(header.toString()) as Entry;
          header = Buffer.alloc(0);
          output = openEntry(root, entry);
          missing = entry.size ?? 0;
        }
      }
      if (output !== undefined && missing === 0) {
        output.end();
        await finished(output);
        output = undefined;
      }
    }
  }
  if (output !== undefined || header.length > 0) {
    throw new BackupRefusedError('the backup ends in the middle of a file');
  }
}

function openEntry(root: string, { path, size }: Entry): WriteStream | undefined {
  // A checksum proves that a file is whole, not that it means well.
  if (isAbsolute(path) || normalize(path).split(sep).includes('..')) {
    throw new BackupRefusedError(`the backup names ${path}, outside of the database`);
  }
  if (size === undefined) {
    mkdirSync(join(root, path), { mode: 0o700 });
    return undefined;
  }
  return createWriteStream(join(root, path), { mode: 0o600, flags: 'wx' });
}

async function write(output: WriteStream, part: Buffer): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    output.write(part, (error) => (error ? reject(error) : resolve()));
  });
}
