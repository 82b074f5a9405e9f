/** What goes over the port between the main thread and the thread that runs PGlite. */

/** Where in `counters` the worker counts its flushes to disk and the WAL it wrote; the main thread reads them. */
export const COUNTER = { flushes: 0, wal_kibibytes: 1 } as const;

export interface WorkerStart {
  /** The cluster's folder; made by initdb if it is empty. */
  readonly folder: string;
  /** Int32 counters, see COUNTER. */
  readonly counters: SharedArrayBuffer;
}

export type WorkerCall =
  | { readonly kind: 'query'; readonly statement: string; readonly parameters: readonly (string | null)[] }
  | {
      /** One statement between BEGIN, what turns the session into a role, and COMMIT. */
      readonly kind: 'single';
      readonly become_role: string;
      readonly statement: string;
      readonly parameters: readonly (string | null)[];
    }
  | { readonly kind: 'exec'; readonly statements: string }
  | { readonly kind: 'ping' }
  | { readonly kind: 'close' };

export type WorkerRequest = WorkerCall & { readonly id: number };

/** Values stay text until the main thread parses them, by the same functions as PostgreSQL's. */
export interface RawResult {
  readonly fields: readonly { readonly name: string; readonly dataTypeID: number }[];
  readonly rows: readonly (readonly (string | null)[])[];
  readonly command: string;
  readonly affected_rows: number | undefined;
}

export interface RawError {
  readonly message: string;
  /** SQLSTATE; absent when it was not PostgreSQL that failed, after which the worker is not to be trusted. */
  readonly code?: string;
  readonly detail?: string;
  readonly hint?: string;
  readonly constraint?: string;
  readonly table?: string;
  readonly column?: string;
}

export type WorkerReply =
  | { readonly id: number; readonly result: RawResult }
  | { readonly id: number; readonly error: RawError }
  | { readonly started: true }
  | { readonly start_error: string };
