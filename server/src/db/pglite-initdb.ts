import { startPglite } from './pglite-start.ts';

// A program of its own: initdb leaves some 400 MB behind that only the end of a process gives back.
const folder = process.argv[2];
if (folder === undefined) {
  throw new Error('usage: pglite-initdb FOLDER');
}
const pglite = await startPglite(folder, new Int32Array(2));
await pglite.close();
