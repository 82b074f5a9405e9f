import { type RawBuilder, sql } from 'kysely';

/** A column of a batch: its SQL type and, row by row, its values. */
type Columns<Row> = Readonly<Record<string, readonly [type: string, value: (row: Row) => unknown]>>;

/**
 * The rows of a batch as a table, to stand after FROM: one parameter for each column, so that the statement is the same
 * whatever the number of rows. Names and types are part of the statement and never come from outside.
 */
export function rowTable<Row>(
  name: string,
  rows: readonly Row[],
  columns: Columns<Row>,
): RawBuilder<unknown> {
  const arrays = Object.values(columns).map(
    ([type, value]) => sql`${rows.map(value)}::${sql.raw(`${type}[]`)}`,
  );
  return sql`unnest(${sql.join(arrays)}) as ${sql.raw(`${name} (${Object.keys(columns).join(', ')})`)}`;
}

/** An array within a column, as text, because unnest() would flatten arrays of arrays. Of ids or numbers only. */
export function arrayText(values: readonly (string | bigint)[]): string {
  return `{${values.join(',')}}`;
}
