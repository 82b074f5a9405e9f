import { parentPort, workerData } from 'node:worker_threads';
import type { PGlite } from '@electric-sql/pglite';
import type { RawError, RawResult, WorkerReply, WorkerRequest, WorkerStart } from './pglite-protocol.ts';
import { describeFailure, startPglite } from './pglite-start.ts';
import { PgliteStatements } from './pglite-statements.ts';

async function answer(
  pglite: PGlite,
  statements: PgliteStatements,
  request: WorkerRequest,
): Promise<RawResult> {
  if (request.kind === 'query') return await statements.run(request.statement, request.parameters);
  if (request.kind === 'single') {
    return await statements.runSingle(request.become_role, request.statement, request.parameters);
  }
  if (request.kind === 'exec') {
    // All of it is one message; of several results the last one is what a caller asks about.
    const results = await pglite.exec(request.statements, { rowMode: 'array' });
    return { fields: [], rows: [], command: results.at(-1)?.command ?? '', affected_rows: undefined };
  }
  if (request.kind === 'close') {
    await pglite.close();
  }
  return { fields: [], rows: [], command: '', affected_rows: undefined };
}

function rawError(error: unknown): RawError {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') {
    const { detail, hint, constraint, table, column } = error as Partial<Record<keyof RawError, string>>;
    return {
      message: error.message,
      code: error.code,
      ...(detail === undefined ? {} : { detail }),
      ...(hint === undefined ? {} : { hint }),
      ...(constraint === undefined ? {} : { constraint }),
      ...(table === undefined ? {} : { table }),
      ...(column === undefined ? {} : { column }),
    };
  }
  return { message: describeFailure(error) };
}

async function main(): Promise<void> {
  const port = parentPort;
  if (port === null) {
    throw new Error('pglite-worker runs in a worker thread only');
  }
  const reply = (message: WorkerReply) => port.postMessage(message);
  const { folder, counters } = workerData as WorkerStart;
  const pglite = await startPglite(folder, new Int32Array(counters)).catch((error: unknown) => {
    reply({ start_error: describeFailure(error) });
    return undefined;
  });
  if (pglite === undefined) {
    port.close();
    return;
  }
  const statements = new PgliteStatements(pglite);
  // PGlite takes one message at a time and in order, by its own mutex.
  port.on('message', (request: WorkerRequest) => {
    answer(pglite, statements, request).then(
      (result) => {
        reply({ id: request.id, result });
        if (request.kind === 'close') {
          port.close();
        }
      },
      (error: unknown) => reply({ id: request.id, error: rawError(error) }),
    );
  });
  reply({ started: true });
}

await main();
