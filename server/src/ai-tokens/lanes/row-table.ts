import { type RawBuilder, sql } from 'kysely';

/** What a column may hold. Ids, numbers and hexadecimal digits need no quotes in an array's text, which is half of it. */
type Plain = string | number | bigint | null | undefined;

/**
 * A column of a batch: its SQL type and, row by row, its values. `jsonb` takes JSON's text; `hex` is text to be decoded.
 */
export type Columns<Row> = Readonly<Record<string, readonly [type: ColumnType, value: Value<Row>]>>;

type ColumnType = 'uuid' | 'bigint' | 'int' | 'hex' | 'timestamptz' | 'text' | 'jsonb';
type Value<Row> = (row: Row, index: number) => Plain | Date;

/**
 * The rows of a batch as a table, to stand after FROM: one parameter for each column, so that the statement is the same
 * whatever the number of rows. Names are part of the statement and never come from outside.
 */
export function rowTable<Row>(
  name: string,
  rows: readonly Row[],
  columns: Columns<Row>,
): RawBuilder<unknown> {
  const arrays = Object.values(columns).map((column) => columnArray(rows, column[0], column[1]));
  return sql`unnest(${sql.join(arrays)}) as ${sql.raw(`${name} (${Object.keys(columns).join(', ')})`)}`;
}

/** One column as an array, which can also be looked up by the number of a row, from 1. */
export function columnArray<Row>(
  rows: readonly Row[],
  type: ColumnType,
  value: Value<Row>,
): RawBuilder<unknown> {
  const element = type === 'text' || type === 'jsonb' ? quoted : type === 'timestamptz' ? timeText : plain;
  let text = '';
  let is_empty = true;
  let index = 0;
  for (const row of rows) {
    const given = value(row, index);
    if (given !== null && given !== undefined) is_empty = false;
    text += index === 0 ? element(given) : `,${element(given)}`;
    index += 1;
  }
  // unnest() fills up what is shorter with nulls, so a column of nothing else needs no elements.
  return sql`${is_empty ? '{}' : `{${text}}`}::${sql.raw(type === 'hex' ? 'text' : type)}[]`;
}

function plain(value: unknown): string {
  return value === null || value === undefined ? 'NULL' : String(value);
}

function timeText(value: unknown): string {
  return value instanceof Date ? value.toISOString() : 'NULL';
}

function quoted(value: unknown): string {
  if (typeof value !== 'string') return 'NULL';
  return /["\\]/.test(value) ? `"${value.replace(/["\\]/g, '\\$&')}"` : `"${value}"`;
}

/** An array within a column, as text, because unnest() would flatten arrays of arrays. Of ids or numbers only. */
export function arrayText(values: readonly (string | bigint)[]): string {
  return `{${values.join(',')}}`;
}
