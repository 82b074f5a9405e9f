import type { ReactNode } from 'react';
import { WarningIcon } from './icons.tsx';

interface NoticeProps {
  title: string;
  children?: ReactNode;
  /** Something to press. */
  action?: ReactNode;
}

/** Something has gone wrong, in words; it is read out at once. */
export function Notice({ title, children, action }: NoticeProps) {
  return (
    <div role="alert" className="flex items-start gap-3 rounded-lg bg-bad-wash px-3.5 py-3">
      <WarningIcon className="mt-0.5 size-4 text-bad" />
      <div className="min-w-0 grow">
        <p className="font-medium text-bad">{title}</p>
        {children === undefined ? null : <div className="text-ink-soft">{children}</div>}
      </div>
      {action}
    </div>
  );
}
