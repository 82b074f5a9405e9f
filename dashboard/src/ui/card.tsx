import { type ReactNode, useId } from 'react';

interface CardProps {
  title: string;
  /** What the figures are of, as in "last 30 days". */
  note?: ReactNode;
  /** Beside the title, on the right. */
  actions?: ReactNode;
  className?: string;
  children: ReactNode;
}

/** A section of the page with a heading of its own. */
export function Card({ title, note, actions, className = '', children }: CardProps) {
  const id = useId();
  return (
    <section
      aria-labelledby={id}
      className={`flex min-w-0 flex-col rounded-card border border-line bg-surface shadow-card ${className}`}
    >
      <header className="flex min-h-12 items-center gap-3 px-4 pt-2 sm:px-5">
        <h2 id={id} className="font-semibold tracking-[-0.01em]">
          {title}
        </h2>
        {note === undefined ? null : <p className="truncate text-[13px] text-ink-faint">{note}</p>}
        <div className="ml-auto flex items-center gap-1">{actions}</div>
      </header>
      <div className="flex grow flex-col px-4 pt-1 pb-4 sm:px-5 sm:pb-5">{children}</div>
    </section>
  );
}
