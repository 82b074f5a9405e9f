import type { ReactNode } from 'react';

/** A column: its heading, and what a row has there. */
export interface Column<Row> {
  heading: string;
  cell(row: Row): ReactNode;
  /** Figures stand on the right, digit under digit. */
  figures?: boolean;
  /** Left out on a phone. */
  wide?: boolean;
}

interface DataTableProps<Row> {
  /** What the table is of, for readers who do not see its heading. */
  caption: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  keyOf(row: Row): string;
}

/** A plain table: the first column names its row. */
export function DataTable<Row>({ caption, columns, rows, keyOf }: DataTableProps<Row>) {
  const classOf = (column: Column<Row>) =>
    `${column.figures === true ? 'text-right tabular' : 'text-left'} ${column.wide === true ? 'hidden sm:table-cell' : ''}`;
  return (
    <table className="w-full border-collapse">
      <caption className="sr-only">{caption}</caption>
      <thead>
        <tr className="border-b border-line text-[13px] text-ink-faint">
          {columns.map((column) => (
            <th
              key={column.heading}
              scope="col"
              className={`py-2 pl-4 font-normal first:pl-0 ${classOf(column)}`}
            >
              {column.heading}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={keyOf(row)} className="border-b border-line last:border-0">
            {columns.map((column, index) => {
              const Cell = index === 0 ? 'th' : 'td';
              return (
                <Cell
                  key={column.heading}
                  scope={index === 0 ? 'row' : undefined}
                  className={`py-2 pl-4 font-normal first:pl-0 ${classOf(column)}`}
                >
                  {column.cell(row)}
                </Cell>
              );
            })}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
