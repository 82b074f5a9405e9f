/** What the global set-up has prepared and every test file may use; Vitest carries it to the workers. */
export interface TestDatabases {
  /** A folder of this run, removed after it. */
  readonly run_folder: string;
  /** A migrated embedded database that nobody has open, to be copied. */
  readonly pglite_template: string;
  /** Absent where no PostgreSQL was found: its suites are skipped and named at the end. */
  readonly postgres?: PostgresTemplate;
  /** A Redis of the run. Absent where none was found: its suites are skipped and named at the end. */
  readonly redis_url?: string;
}

export interface PostgresTemplate {
  /** The URL of the migrated template; its user is no superuser but has CREATEROLE and CREATEDB. */
  readonly template_url: string;
  /** The same user on a database that stays: a template must have no visitors while it is copied. */
  readonly maintenance_url: string;
  /** The template's name, and how the names of its copies begin. */
  readonly name_prefix: string;
}

declare module 'vitest' {
  interface ProvidedContext {
    test_databases: TestDatabases;
  }
}

/** The same URL with another database. */
export function withDatabase(url: string, database: string): string {
  const changed = new URL(url);
  changed.pathname = `/${database}`;
  return changed.href;
}
