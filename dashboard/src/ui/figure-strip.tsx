import type { ReactNode } from 'react';
import { Skeleton } from './skeleton.tsx';

/** The figures that somebody comes for, in one strip: five of them. */
export function FigureStrip({ children }: { children: ReactNode }) {
  return (
    <dl
      aria-label="Headline figures"
      className="grid grid-cols-2 rounded-card border border-line bg-surface shadow-card lg:grid-cols-5 [&>:last-child]:max-lg:col-span-2 [&>:last-child]:max-lg:border-l-0"
    >
      {children}
    </dl>
  );
}

interface FigureProps {
  name: string;
  /** Undefined until it is there. */
  value: ReactNode;
  note: ReactNode;
}

/** One figure, with a line below it. */
export function Figure({ name, value, note }: FigureProps) {
  return (
    <div className="min-w-0 border-line px-4 py-3.5 sm:px-5 [&:nth-child(even)]:border-l lg:[&:not(:first-child)]:border-l max-lg:[&:nth-child(n+3)]:border-t">
      <dt className="truncate text-[13px] text-ink-soft">{name}</dt>
      <dd className="mt-0.5 truncate text-[22px] leading-8 font-semibold tracking-[-0.02em] tabular sm:text-2xl">
        {value ?? <Skeleton className="my-1 h-6 w-28" />}
      </dd>
      <dd className="min-h-5 text-[13px] text-ink-faint tabular sm:truncate">{note}</dd>
    </div>
  );
}
