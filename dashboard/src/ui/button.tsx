import type { ComponentProps } from 'react';

const looks = {
  primary: 'bg-accent text-on-accent hover:bg-accent-hover border-transparent font-medium',
  plain: 'bg-surface text-ink border-line hover:border-line-strong',
  quiet: 'bg-transparent text-ink-soft border-transparent hover:bg-raised hover:text-ink',
} as const;

interface ButtonProps extends ComponentProps<'button'> {
  look?: keyof typeof looks;
}

/** A button of 36 pixels. One that is busy stays where it is and says so. */
export function Button({ look = 'plain', className = '', ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      className={`inline-flex h-9 items-center justify-center gap-2 rounded-lg border px-3 whitespace-nowrap transition-colors disabled:opacity-55 ${looks[look]} ${className}`}
      {...rest}
    />
  );
}

/** A square button with nothing but a drawing; `label` is its name. */
export function IconButton({ label, className = '', ...rest }: ComponentProps<'button'> & { label: string }) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      className={`inline-flex size-9 shrink-0 items-center justify-center rounded-lg text-ink-soft transition-colors hover:bg-raised hover:text-ink ${className}`}
      {...rest}
    />
  );
}
