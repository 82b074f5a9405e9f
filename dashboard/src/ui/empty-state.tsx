import { type ReactNode, useState } from 'react';
import { Button } from './button.tsx';

interface EmptyStateProps {
  title: string;
  children: ReactNode;
  /** A command to try, as it stands. */
  command?: string;
}

/** Nothing is there yet, and this is how that changes. */
export function EmptyState({ title, children, command }: EmptyStateProps) {
  return (
    <div className="flex grow flex-col items-start justify-center gap-2 py-4">
      <p className="font-medium">{title}</p>
      <p className="max-w-prose text-ink-soft">{children}</p>
      {command === undefined ? null : <Command text={command} />}
    </div>
  );
}

function Command({ text }: { text: string }) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    setCopied(true);
  };
  return (
    <div className="mt-1 flex w-full items-start gap-2 rounded-lg border border-line bg-sunken p-2 pl-3">
      <code
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by the keyboard.
        tabIndex={0}
        className="min-w-0 grow overflow-x-auto py-1 font-mono text-xs leading-5 whitespace-pre text-ink-soft"
      >
        {text}
      </code>
      {navigator.clipboard === undefined ? null : (
        <Button look="plain" className="h-7 px-2 text-xs" onClick={() => void copy()}>
          {copied ? 'Copied' : 'Copy'}
        </Button>
      )}
    </div>
  );
}
