import { sql } from 'kysely';
import { z } from 'zod';
import { fail } from '../../src/errors/index.ts';
import {
  afterCursor,
  defineRoute,
  listOf,
  metadata,
  pageOf,
  type Route,
  requestKey,
  signedTotal,
  text,
  time,
  timedListQuery,
  timeOut,
  tokensInUse,
  uuid,
} from '../../src/http/index.ts';
import { newId } from '../../src/id/index.ts';
import { bodyHash } from '../../src/json/index.ts';
import { claimKey, completeKey, onceOnly } from '../../src/request-keys/index.ts';

// Routes that use every ability of the kernel. Their notes are rows of due_work, a table that any tenant
// has and that these tests do not run.

const note = z.strictObject({ note_id: uuid, title: z.string(), next_due_at: timeOut });
const noteBody = z.strictObject({ title: text(50), due_at: time.optional(), metadata: metadata.optional() });

interface NoteRow {
  ref_id: string;
  kind: string;
  next_due_at: Date;
}

const noteOf = (row: NoteRow) => ({ note_id: row.ref_id, title: row.kind, next_due_at: row.next_due_at });

const createNote = defineRoute({
  method: 'POST',
  path: '/notes',
  operation_id: 'create_note',
  summary: 'Writes a note down.',
  tag: 'Notes',
  scope: 'write',
  mode: 'write',
  body: noteBody,
  responses: { 201: note.extend({ secret: z.string().optional(), total: signedTotal }) },
  secret_fields: ['secret'],
  async handler({ tx, tenant_id, body, now }) {
    const note_id = newId(now);
    const next_due_at = body.due_at ?? now;
    await sql`INSERT INTO due_work (tenant_id, kind, ref_id, next_due_at)
      VALUES (${tenant_id}, ${body.title}, ${note_id}, ${next_due_at})`.execute(tx);
    if (body.title === 'refused') fail('slug_taken', 'This title is refused.');
    if (body.title === 'huge')
      return { status: 201, body: { note_id, title: '', next_due_at, total: 2n ** 53n } };
    return {
      status: 201,
      body: { note_id, title: body.title, next_due_at, secret: 'shown once', total: 7n },
    };
  },
});

const createTenantNote = defineRoute({
  method: 'POST',
  path: '/tenants/:tenant_id/notes',
  operation_id: 'create_tenant_note',
  summary: 'Writes a note into the book of a tenant.',
  tag: 'Notes',
  scope: 'admin',
  mode: 'write',
  path_tenant: 'tenant_id',
  params: z.strictObject({ tenant_id: uuid }),
  body: z.strictObject({ request_id: requestKey, tokens: tokensInUse }),
  responses: { 201: z.strictObject({ tokens: tokensInUse }), 200: z.strictObject({ tokens: tokensInUse }) },
  errors: ['request_id_reused'],
  async handler({ tx, tenant_id, body, now }) {
    const claim = { tenant_id, namespace: 'notes', key: body.request_id, body_hash: bodyHash(body), now };
    const result = await onceOnly(tx, { ...claim, reused_code: 'request_id_reused' }, async () => ({
      status: 201,
      body: { tokens: BigInt(body.tokens) },
    }));
    return { status: result.replayed ? 200 : 201, body: result.body, replayed: result.replayed };
  },
});

const listNotes = defineRoute({
  method: 'GET',
  path: '/notes',
  operation_id: 'list_notes',
  summary: 'Lists the notes, newest first.',
  tag: 'Notes',
  scope: 'read',
  mode: 'read',
  query: z.strictObject({ ...timedListQuery, title: text(50).optional() }),
  responses: { 200: listOf(note) },
  async handler({ tx, tenant_id, query }) {
    const found = await sql<NoteRow>`
      SELECT ref_id, kind, next_due_at FROM due_work
      WHERE tenant_id = ${tenant_id} AND ${afterCursor(query.cursor, 'next_due_at', 'ref_id')}
        AND (${query.from ?? null}::timestamptz IS NULL OR next_due_at >= ${query.from ?? null})
        AND (${query.to ?? null}::timestamptz IS NULL OR next_due_at < ${query.to ?? null})
        AND (${query.title ?? null}::text IS NULL OR kind = ${query.title ?? null})
      ORDER BY next_due_at DESC, ref_id DESC LIMIT ${query.limit + 1}`.execute(tx);
    const page = pageOf(found.rows, query.limit, (row) => ({ time: row.next_due_at, id: row.ref_id }));
    return { status: 200, body: { data: page.data.map(noteOf), next_cursor: page.next_cursor } };
  },
});

const noteParams = z.strictObject({ note_id: uuid });

const getNote = defineRoute({
  method: 'GET',
  path: '/notes/:note_id',
  operation_id: 'get_note',
  summary: 'Reads a note.',
  tag: 'Notes',
  scope: 'read',
  mode: 'read',
  params: noteParams,
  responses: { 200: note },
  async handler({ tx, tenant_id, params }) {
    const found = await sql<NoteRow>`SELECT ref_id, kind, next_due_at FROM due_work
      WHERE tenant_id = ${tenant_id} AND ref_id = ${params.note_id}`.execute(tx);
    const row = found.rows[0] ?? fail('not_found', 'No such note.');
    return { status: 200, body: noteOf(row) };
  },
});

const deleteNote = defineRoute({
  method: 'DELETE',
  path: '/notes/:note_id',
  operation_id: 'delete_note',
  summary: 'Tears a note up. The operator does that.',
  tag: 'Notes',
  scope: 'write',
  operator_only: true,
  mode: 'write',
  params: noteParams,
  responses: { 204: z.undefined() },
  async handler({ tx, tenant_id, params }) {
    const gone = await sql`DELETE FROM due_work
      WHERE tenant_id = ${tenant_id} AND ref_id = ${params.note_id} RETURNING 1`.execute(tx);
    if (gone.rows.length === 0) fail('not_found', 'No such note.');
    return { status: 204, body: undefined };
  },
});

const charge = defineRoute({
  method: 'POST',
  path: '/charges',
  operation_id: 'create_charge',
  summary: 'Keeps its own record under the Idempotency-Key, as a payment does.',
  tag: 'Charges',
  scope: 'write',
  mode: 'own',
  body_optional: true,
  body: z.strictObject({ tokens: tokensInUse.default(1) }),
  responses: { 201: z.strictObject({ tokens: tokensInUse }) },
  async handler({ services, tenant_id, body, now, idempotency }) {
    if (idempotency === undefined) return { status: 201, body };
    const name = { tenant_id, namespace: idempotency.namespace, key: idempotency.key };
    const claim = {
      ...name,
      body_hash: idempotency.body_hash,
      now,
      reused_code: 'idempotency_key_reused',
    } as const;
    const found = await services.db.inTenant(tenant_id, (tx) => claimKey(tx, claim));
    if (found.state === 'in_flight') fail('request_in_flight', 'The charge is under way.');
    if (found.state === 'completed') return { status: 201, body: found.body as typeof body, replayed: true };
    const answer = { status: 201, response_text: JSON.stringify(body) };
    await services.db.inTenant(tenant_id, (tx) => completeKey(tx, name, answer));
    return { status: 201, body };
  },
});

/** The routes that the kernel's tests run against. */
export const demoRoutes: readonly Route[] = [
  createNote,
  createTenantNote,
  listNotes,
  getNote,
  deleteNote,
  charge,
];
