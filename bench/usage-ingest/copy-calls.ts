import { once } from 'node:events';
import pg from 'pg';
import { from } from 'pg-copy-streams';
import type { BatchRow } from '../../server/src/api-usage/index.ts';
import { newId } from '../../server/src/id/index.ts';

const COLUMNS =
  'tenant_id, occurred_at, api_usage_id, source, id, period_id, endpoint, method, status_code, response_time_ms, counted, recorded_at';

/** A table like that of the calls, with its checks and its index, and without row security, dedupe and rollups. */
export async function makePlainTable(database_url: string): Promise<void> {
  const client = new pg.Client({ connectionString: database_url });
  await client.connect();
  await client.query('create table public.plain_calls (like tallystick.api_usage including all)');
  await client.end();
}

/** A connection that copies lines into the plain table; each copy commits by itself. */
export class CopyClient {
  readonly #client: pg.Client;

  private constructor(client: pg.Client) {
    this.#client = client;
  }

  static async open(database_url: string): Promise<CopyClient> {
    const client = new pg.Client({ connectionString: database_url });
    await client.connect();
    return new CopyClient(client);
  }

  async copy(text: string): Promise<void> {
    const stream = this.#client.query(from(`copy public.plain_calls (${COLUMNS}) from stdin`));
    stream.end(text);
    await once(stream, 'finish');
  }

  close(): Promise<void> {
    return this.#client.end();
  }
}

/** Calls of a tenant as lines of COPY. Nothing in them has to be escaped. */
export function linesOf(tenant_id: string, events: readonly BatchRow['event'][]): string {
  const recorded_at = new Date().toISOString();
  let lines = '';
  for (const event of events) {
    const occurred_at = event.occurred_at ?? new Date();
    lines += `${tenant_id}\t${occurred_at.toISOString()}\t${newId(occurred_at)}\t${event.source}\t${event.id}\t${tenant_id}\t${event.endpoint}\t${event.method}\t${event.status_code}\t${event.response_time_ms}\tt\t${recorded_at}\n`;
  }
  return lines;
}
