/** A line of the tooltip. */
export interface TooltipLine {
  label: string;
  value: string;
  /** A Tailwind class for its swatch. */
  swatch: string;
}

interface TooltipCardProps {
  title: string;
  lines: readonly TooltipLine[];
}

/** What is said of the day or month under the pointer, or under the arrow keys. */
function TooltipCard({ title, lines }: TooltipCardProps) {
  return (
    <div className="rounded-lg border border-line bg-surface px-3 py-2 text-[13px] shadow-high">
      <p className="mb-1 text-ink-faint">{title}</p>
      <dl className="grid grid-cols-[auto_1fr_auto] items-center gap-x-2 gap-y-0.5">
        {lines.map(({ label, value, swatch }) => (
          <div key={label} className="contents">
            <span aria-hidden="true" className={`size-2 rounded-full ${swatch}`} />
            <dt className="text-ink-soft">{label}</dt>
            <dd className="text-right font-medium tabular">{value}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

/** The content of a chart's tooltip: a card for the row that is pointed at, and nothing where there is none. */
export const tooltipOf =
  <Row,>(cardOf: (row: Row) => TooltipCardProps) =>
  ({ payload }: { payload?: readonly { payload?: unknown }[] }) => {
    const row = payload?.[0]?.payload as Row | undefined;
    return row === undefined ? null : <TooltipCard {...cardOf(row)} />;
  };
