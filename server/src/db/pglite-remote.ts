import { Worker } from 'node:worker_threads';
import { columnParser, toParameter } from './column-types.ts';
import type { SqlResult } from './engine.ts';
import { DatabaseUnavailableError } from './errors.ts';
import type { RawError, RawResult, WorkerCall, WorkerReply, WorkerStart } from './pglite-protocol.ts';
import { siblingModule } from './sibling-module.ts';

const START_DEADLINE_MS = 120_000;

interface Pending {
  readonly resolve: (result: RawResult) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout | undefined;
}

/** An error of PostgreSQL as it came over the port, with the fields that pg's errors have too. */
class SqlError extends Error {
  constructor(raw: RawError) {
    super(raw.message);
    Object.assign(this, raw);
    this.name = 'SqlError';
  }
}

/** One life of the thread that runs PGlite. Once dead it stays dead; the engine starts another. */
export class PgliteRemote {
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  readonly #exited: Promise<void>;
  #next_id = 1;
  #death: DatabaseUnavailableError | undefined;

  private constructor(worker: Worker) {
    this.#worker = worker;
    this.#exited = new Promise((resolve) => {
      worker.once('exit', () => {
        this.#die('its thread ended');
        resolve();
      });
    });
  }

  /** Starts the thread and waits until PGlite has recovered and takes statements. */
  static async start(start: WorkerStart): Promise<PgliteRemote> {
    const worker = new Worker(siblingModule('pglite-worker', import.meta.url), {
      workerData: start,
      // Rows pass through in short-lived text; without a bound the thread keeps 64 MB for them for ever.
      resourceLimits: { maxYoungGenerationSizeMb: 16 },
      execArgv: [],
    });
    const remote = new PgliteRemote(worker);
    await new Promise<void>((resolve, reject) => {
      const fail = (detail: string) => {
        clearTimeout(timer);
        remote.#die(detail);
        reject(new DatabaseUnavailableError(`the embedded one did not start: ${detail}`));
      };
      const timer = setTimeout(fail, START_DEADLINE_MS, 'no answer in time');
      worker.on('error', (error) => fail(error instanceof Error ? error.message : String(error)));
      worker.once('exit', () => fail('its thread ended'));
      worker.on('message', (reply: WorkerReply) => {
        if ('id' in reply) {
          remote.#settle(reply);
          return;
        }
        clearTimeout(timer);
        if ('started' in reply) {
          resolve();
        } else {
          fail(reply.start_error);
        }
      });
    });
    return remote;
  }

  /** False once the thread has died or was given up on. */
  get alive(): boolean {
    return this.#death === undefined;
  }

  /** Resolves when the thread is gone, and with it its hold on the files. */
  get exited(): Promise<void> {
    return this.#exited;
  }

  /** One statement. `deadline_ms` is how long it may run before the thread counts as hung and is ended. */
  async query(statement: string, parameters: readonly unknown[], deadline_ms: number): Promise<SqlResult> {
    return parseResult(
      await this.#call({ kind: 'query', statement, parameters: parameters.map(toParameter) }, deadline_ms),
    );
  }

  /** One statement in a transaction of its own, as the role that `become_role` turns the session into. */
  async single(
    become_role: string,
    statement: string,
    parameters: readonly unknown[],
    deadline_ms: number,
  ): Promise<SqlResult> {
    const call = { kind: 'single', become_role, statement, parameters: parameters.map(toParameter) } as const;
    return parseResult(await this.#call(call, deadline_ms));
  }

  /** Statements without parameters in one message; answers the last one's command tag. */
  async exec(statements: string, deadline_ms: number): Promise<string> {
    return (await this.#call({ kind: 'exec', statements }, deadline_ms)).command;
  }

  /** Asks for a sign of life, which comes after whatever statement is running, however long that takes. */
  async ping(): Promise<void> {
    await this.#call({ kind: 'ping' }, undefined);
  }

  /** Shuts PostgreSQL down in order and waits for the thread's end. */
  async close(deadline_ms: number): Promise<void> {
    await this.#call({ kind: 'close' }, deadline_ms);
    await this.#exited;
  }

  /** Ends the thread now; whatever was under way fails with `detail`. */
  async terminate(detail: string): Promise<void> {
    this.#die(detail);
    await this.#exited;
  }

  #call(call: WorkerCall, deadline_ms: number | undefined): Promise<RawResult> {
    return new Promise((resolve, reject) => {
      if (this.#death !== undefined) {
        reject(this.#death);
        return;
      }
      const id = this.#next_id++;
      const timer =
        deadline_ms === undefined
          ? undefined
          : setTimeout(() => this.#die(`a statement ran for over ${deadline_ms} ms`), deadline_ms);
      this.#pending.set(id, { resolve, reject, timer });
      this.#worker.postMessage({ ...call, id });
    });
  }

  #settle(reply: { id: number } & ({ result: RawResult } | { error: RawError })): void {
    const pending = this.#pending.get(reply.id);
    if (pending === undefined) {
      return;
    }
    this.#pending.delete(reply.id);
    clearTimeout(pending.timer);
    if ('result' in reply) {
      pending.resolve(reply.result);
    } else if (reply.error.code === undefined) {
      // Not an answer of PostgreSQL but the end of it (a PANIC, WebAssembly trapped): recover in a new thread.
      pending.reject(new DatabaseUnavailableError(reply.error.message));
      this.#die(reply.error.message);
    } else {
      pending.reject(new SqlError(reply.error));
    }
  }

  #die(detail: string): void {
    if (this.#death !== undefined) {
      return;
    }
    this.#death = new DatabaseUnavailableError(detail);
    for (const { reject, timer } of this.#pending.values()) {
      clearTimeout(timer);
      reject(this.#death);
    }
    this.#pending.clear();
    void this.#worker.terminate();
  }
}

function parseResult({ fields, rows, command, affected_rows }: RawResult): SqlResult {
  const columns = fields.map(({ name, dataTypeID }) => ({ name, parse: columnParser(dataTypeID) }));
  return {
    command,
    affected_rows,
    rows: rows.map((values) => {
      const row: Record<string, unknown> = {};
      columns.forEach(({ name, parse }, index) => {
        const text = values[index];
        row[name] = text === null || text === undefined ? null : parse(text);
      });
      return row;
    }),
  };
}
