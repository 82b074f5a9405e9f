import { PGlite } from '@electric-sql/pglite';
import { DurableNodeFS } from './durable-node-fs.ts';

// PGlite's own parameters without its -F (fsync off), with what makes a commit durable and memory small.
const START_PARAMETERS = [
  '--single',
  '-O',
  '-j',
  // pg_temp comes last by name, or it comes first by itself: a temporary table must not stand in for a real one.
  ...setting('search_path', 'tallystick,pg_temp'),
  ...setting('exit_on_error', 'false'),
  ...setting('fsync', 'on'),
  ...setting('wal_sync_method', 'fsync'),
  ...setting('shared_buffers', '32MB'),
  ...setting('io_method', 'sync'),
  ...setting('min_wal_size', '32MB'),
  ...setting('max_wal_size', '128MB'),
  ...setting('log_checkpoints', 'false'),
  ...setting('max_worker_processes', '0'),
  ...setting('max_parallel_workers', '0'),
  ...setting('max_parallel_workers_per_gather', '0'),
  ...setting('max_parallel_maintenance_workers', '0'),
];
const STDERR_LINES_KEPT = 20;

const stderr: string[] = [];

function setting(name: string, value: string): string[] {
  return ['-c', `${name}=${value}`];
}

function keepStderr(line: string): false {
  stderr.push(line);
  stderr.splice(0, stderr.length - STDERR_LINES_KEPT);
  return false;
}

/** An error's message with the last lines that PostgreSQL logged, which say why it stopped. */
export function describeFailure(error: unknown): string {
  return [error instanceof Error ? error.message : String(error), ...stderr].join('\n');
}

/**
 * Starts PGlite on a folder in this thread, by initdb if the folder is empty, by recovery if it was not shut down.
 * `counters` is Int32, see COUNTER.
 */
export async function startPglite(folder: string, counters: Int32Array): Promise<PGlite> {
  const pglite = await PGlite.create({
    fs: new DurableNodeFS(folder, counters),
    startParams: START_PARAMETERS,
    onStderr: keepStderr,
  });
  // Parameters and values are text on the port: the main thread writes and reads them for both engines.
  pglite.serializers = {};
  pglite.parsers = new Proxy({}, { get: () => (text: string) => text });
  return pglite;
}
