import type { RawBuilder } from 'kysely';
import { type Database, DatabaseUnavailableError, type SqlText } from '../../src/db/index.ts';

/** What a test does to the statements of the lanes; each is asked for each statement. */
export interface Trouble {
  /** Resolves when the statement may begin. */
  before?(text: string): Promise<void> | void;
  /** Whether its answer gets lost, after it was committed. */
  losesAnswer?(text: string): boolean;
  /** Told of each transaction of a tenant, which are none of the lanes' own. */
  onTransaction?(tenant_id: string): void;
}

/** A database whose batch writers meet trouble, and nobody else. `text` is the statement with its parameters. */
export function troubledDatabase(db: Database, trouble: Trouble): Database {
  const laneStatement = async <Row>(statement: RawBuilder<Row> | SqlText<Row>): Promise<Row[]> => {
    const text = textOf(statement);
    await trouble.before?.(text);
    const rows = await db.laneStatement(statement);
    if (trouble.losesAnswer?.(text)) throw new DatabaseUnavailableError('the answer was lost by a test');
    return rows;
  };
  const inTenant: Database['inTenant'] = (tenant_id, work) => {
    trouble.onTransaction?.(tenant_id);
    return db.inTenant(tenant_id, work);
  };
  return new Proxy(db, {
    get: (target, name) => {
      if (name === 'laneStatement') return laneStatement;
      if (name === 'inTenant') return inTenant;
      const member: unknown = Reflect.get(target, name);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}

/** Whether a statement writes a batch, by its text. */
export function writesBatch(text: string): boolean {
  return text.includes('written_book');
}

function textOf(statement: RawBuilder<unknown> | SqlText<unknown>): string {
  if ('sql' in statement) return JSON.stringify([statement.sql, statement.parameters]);
  return JSON.stringify(statement.toOperationNode(), (_name, value) =>
    typeof value === 'bigint' ? String(value) : value,
  );
}
