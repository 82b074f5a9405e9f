import { fdatasyncSync } from 'node:fs';
import type { PGlite } from '@electric-sql/pglite';
import { NodeFS } from '@electric-sql/pglite/nodefs';
import { COUNTER } from './pglite-protocol.ts';

// What we touch of Emscripten's NODEFS; PGlite's own types know it only as `any`.
interface OpenStream {
  readonly nfd: number;
  readonly path?: string;
}
interface NodeFileSystem {
  tryFSOperation<T>(operation: () => T): T;
  stream_ops: {
    fsync?: (stream: OpenStream) => number;
    write: (
      stream: OpenStream,
      buffer: Int8Array,
      offset: number,
      length: number,
      position: number,
    ) => number;
  };
}

/**
 * PGlite's folder file system with a real flush. The original has no fsync at all, so PostgreSQL believes
 * that a commit is on disk while it is only in the kernel's memory.
 */
export class DurableNodeFS extends NodeFS {
  readonly #counters: Int32Array;

  constructor(folder: string, counters: Int32Array) {
    super(folder);
    this.#counters = counters;
  }

  override async init(pg: PGlite, options: Parameters<NodeFS['init']>[1]): ReturnType<NodeFS['init']> {
    const { emscriptenOpts } = await super.init(pg, options);
    const makeDurable = (module: { NODEFS: NodeFileSystem }) => this.#makeDurable(module.NODEFS);
    const preRun = [...(emscriptenOpts.preRun ?? []), makeDurable];
    // PGlite catches an abort (PostgreSQL's PANIC) and goes on for ever; what must not go on ends its thread.
    return { emscriptenOpts: { ...emscriptenOpts, preRun, onAbort: () => process.exit(1) } };
  }

  #makeDurable(fileSystem: NodeFileSystem): void {
    const counters = this.#counters;
    const operations = fileSystem.stream_ops;
    const write = operations.write;
    // A failed flush must reach PostgreSQL as an error number: it then stops rather than forget the write.
    operations.fsync = (stream) => {
      fileSystem.tryFSOperation(() => fdatasyncSync(stream.nfd));
      Atomics.add(counters, COUNTER.flushes, 1);
      return 0;
    };
    operations.write = (stream, buffer, offset, length, position) => {
      if (stream.path?.includes('/pg_wal/')) {
        Atomics.add(counters, COUNTER.wal_kibibytes, length >> 10);
      }
      return write(stream, buffer, offset, length, position);
    };
  }
}
