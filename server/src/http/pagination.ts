import { type RawBuilder, sql } from 'kysely';
import { z } from 'zod';

/**
 * The place after which a page begins: the time and id of the last row of the page before. What an id looks like is
 * the list's to check (listQueryOf).
 */
export interface Cursor {
  time: Date;
  id: string;
}

const cursorShape = z.strictObject({
  t: z
    .int()
    .min(0)
    .max(Date.UTC(9999, 11, 31)),
  i: z.string().min(1).max(255),
});

/** The opaque text of a cursor: base64url over JSON. */
export function encodeCursor(cursor: Cursor): string {
  return Buffer.from(JSON.stringify({ t: cursor.time.getTime(), i: cursor.id })).toString('base64url');
}

/** The cursor of a text, undefined where this server did not make it. */
export function decodeCursor(value: string): Cursor | undefined {
  if (!/^[\w-]{1,500}$/.test(value)) return undefined;
  try {
    const shape = cursorShape.safeParse(JSON.parse(Buffer.from(value, 'base64url').toString()));
    return shape.success ? { time: new Date(shape.data.t), id: shape.data.i } : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The WHERE condition of a page, newest first, to go with `ORDER BY time DESC, id DESC`; true without a
 * cursor. The columns are SQL of ours, never of a request.
 */
export function afterCursor(
  cursor: Cursor | undefined,
  timeColumn: string,
  idColumn: string,
): RawBuilder<boolean> {
  if (cursor === undefined) return sql<boolean>`true`;
  return sql<boolean>`(${sql.ref(timeColumn)}, ${sql.ref(idColumn)}) < (${cursor.time}, ${cursor.id}::uuid)`;
}

/**
 * Makes the page of rows that were read with LIMIT `limit` + 1: the row too many only says that there is
 * more. `place` gives the time and id the rows are ordered by.
 */
export function pageOf<Row>(
  rows: readonly Row[],
  limit: number,
  place: (row: Row) => Cursor,
): { data: Row[]; next_cursor: string | null } {
  const data = rows.slice(0, limit);
  const last = data.at(-1);
  const more = rows.length > limit && last !== undefined;
  return { data, next_cursor: more ? encodeCursor(place(last)) : null };
}
