import { type ReactNode, useState } from 'react';
import { IconButton } from '../ui/button.tsx';
import { Card } from '../ui/card.tsx';
import { ChartIcon, TableIcon } from '../ui/icons.tsx';

interface ChartFrameProps {
  title: string;
  note?: ReactNode;
  /** What the colours are. */
  legend: readonly { label: string; swatch: string }[];
  /** The same figures as a table, for whoever would rather read them. */
  table: ReactNode;
  className?: string;
  children: ReactNode;
}

/** A card with a chart that can be turned into its table. */
export function ChartFrame({ title, note, legend, table, className = '', children }: ChartFrameProps) {
  const [asTable, setAsTable] = useState(false);
  return (
    <Card
      title={title}
      note={note}
      className={className}
      actions={
        <>
          <ul className="mr-1 hidden gap-4 text-[13px] text-ink-soft sm:flex">
            {legend.map(({ label, swatch }) => (
              <li key={label} className="flex items-center gap-1.5">
                <span aria-hidden="true" className={`size-2 rounded-full ${swatch}`} />
                {label}
              </li>
            ))}
          </ul>
          <IconButton
            label={asTable ? `Show ${title} as a chart` : `Show ${title} as a table`}
            aria-pressed={asTable}
            onClick={() => setAsTable(!asTable)}
          >
            {asTable ? <ChartIcon /> : <TableIcon />}
          </IconButton>
        </>
      }
    >
      {asTable ? (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by the keyboard.
        <section tabIndex={0} aria-label={`${title} as a table`} className="max-h-64 overflow-auto">
          {table}
        </section>
      ) : (
        children
      )}
    </Card>
  );
}
