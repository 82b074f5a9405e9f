/** A part of a whole as a bar, for the eye alone: the figures stand beside it. It grows by an SVG attribute, because the
 * page allows no inline styles. */
export function ShareBar({
  part,
  whole,
  tone = 'fill-(--chart-1)',
}: {
  part: number;
  whole: number;
  tone?: string;
}) {
  const width = whole === 0 ? 0 : Math.max(part > 0 ? 0.6 : 0, (part / whole) * 100);
  return (
    <svg viewBox="0 0 100 4" preserveAspectRatio="none" className="h-1.5 w-full" aria-hidden="true">
      <rect width="100" height="4" rx="1" className="fill-raised" />
      <rect width={width} height="4" rx="1" className={tone} />
    </svg>
  );
}
