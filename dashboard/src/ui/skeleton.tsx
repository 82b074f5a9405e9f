/** Where something is about to be. Readers who hear the page are told once, by the region around it. */
export function Skeleton({ className = '' }: { className?: string }) {
  return <span aria-hidden="true" className={`skeleton block rounded-md ${className}`} />;
}

/** Lines of a table or list that is about to come. */
export function SkeletonRows({ rows }: { rows: number }) {
  return (
    <div role="status" aria-label="Loading" className="flex flex-col gap-3 py-2">
      {Array.from({ length: rows }, (_, row) => row).map((row) => (
        <Skeleton key={row} className="h-5" />
      ))}
    </div>
  );
}
