import { type ReactNode, useId, useLayoutEffect, useRef } from 'react';
import { IconButton } from './button.tsx';
import { CloseIcon } from './icons.tsx';

interface DialogProps {
  title: string;
  /** For something to read, on a phone the whole width all the same. */
  wide?: boolean;
  onClose(): void;
  children: ReactNode;
}

/**
 * A modal dialog while it is rendered. The browser's own element keeps the focus inside, closes on Escape and gives the
 * focus back to what opened it.
 */
export function Dialog({ title, wide = false, onClose, children }: DialogProps) {
  const element = useRef<HTMLDialogElement>(null);
  const id = useId();
  // Closed while it is still there: what has left the page cannot give the focus back.
  useLayoutEffect(() => {
    const dialog = element.current;
    dialog?.showModal();
    // The browser would begin at the button that closes it.
    dialog?.querySelector<HTMLElement>('[data-focus-first]')?.focus();
    return () => dialog?.close();
  }, []);
  return (
    <dialog
      ref={element}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      className={`m-auto ${wide ? 'w-[min(680px,calc(100vw-24px))]' : 'w-[min(440px,calc(100vw-24px))]'} rounded-card border border-line bg-surface p-0 text-ink shadow-high`}
    >
      <header className="flex items-center justify-between py-3 pr-3 pl-5">
        <h2 id={id} className="text-base font-semibold tracking-[-0.01em]">
          {title}
        </h2>
        <IconButton label="Close" onClick={onClose}>
          <CloseIcon />
        </IconButton>
      </header>
      <div className="px-5 pb-5">{children}</div>
    </dialog>
  );
}
