import type { ListTenantsAnswer } from '@tallystick/sdk';
import { type KeyboardEvent, useEffect, useId, useRef, useState } from 'react';
import { CheckIcon, ChevronIcon, SearchIcon } from '../ui/icons.tsx';

export type Tenant = ListTenantsAnswer['data'][number];

interface TenantSwitcherProps {
  tenants: readonly Tenant[];
  /** The one that is shown; it may be one that the list does not hold. */
  current: { tenant_id: string; name: string } | undefined;
  onChoose(tenant_id: string): void;
}

/** As many as a list that somebody scrolls through; more are found by typing. */
const SHOWN_MAX = 100;

/** Which tenant the page is about: a button that opens a list to search in, by keyboard or pointer. */
export function TenantSwitcher({ tenants, current, onChoose }: TenantSwitcherProps) {
  const [open, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (!open) return;
    const outside = (event: Event) => {
      if (!root.current?.contains(event.target as Node)) setOpen(false);
    };
    document.addEventListener('pointerdown', outside);
    document.addEventListener('focusin', outside);
    return () => {
      document.removeEventListener('pointerdown', outside);
      document.removeEventListener('focusin', outside);
    };
  }, [open]);
  const close = () => {
    setOpen(false);
    button.current?.focus();
  };
  return (
    <div ref={root} className="relative min-w-0">
      <button
        ref={button}
        type="button"
        aria-haspopup="dialog"
        aria-expanded={open}
        aria-label={`Tenant: ${current?.name ?? 'none'}. Choose another`}
        onClick={() => setOpen(!open)}
        className="flex h-9 w-full max-w-72 min-w-0 items-center gap-2 rounded-lg border border-line bg-surface pr-2 pl-3 hover:border-line-strong"
      >
        <span className="truncate font-medium">{current?.name ?? 'Choose a tenant'}</span>
        <ChevronIcon className="size-4 text-ink-faint" />
      </button>
      {open ? (
        <TenantList
          tenants={tenants}
          current_id={current?.tenant_id}
          onClose={close}
          onChoose={(tenant_id) => {
            onChoose(tenant_id);
            close();
          }}
        />
      ) : null}
    </div>
  );
}

interface TenantListProps {
  tenants: readonly Tenant[];
  current_id: string | undefined;
  onClose(): void;
  onChoose(tenant_id: string): void;
}

/** What a text finds: every word of it somewhere in the name, the slug or the id. */
function matching(tenants: readonly Tenant[], text: string): Tenant[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return tenants.filter((tenant) => {
    const all = `${tenant.name} ${tenant.slug ?? ''} ${tenant.tenant_id}`.toLowerCase();
    return words.every((word) => all.includes(word));
  });
}

function TenantList({ tenants, current_id, onClose, onChoose }: TenantListProps) {
  const [text, setText] = useState('');
  const [at, setAt] = useState(() =>
    Math.max(
      0,
      tenants.findIndex((tenant) => tenant.tenant_id === current_id),
    ),
  );
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const found = matching(tenants, text);
  const shown = found.slice(0, SHOWN_MAX);
  useEffect(() => input.current?.focus(), []);
  useEffect(() => {
    document.getElementById(`${id}-${at}`)?.scrollIntoView({ block: 'nearest' });
  }, [at, id]);
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined) setAt((at + step + shown.length) % Math.max(1, shown.length));
    else if (event.key === 'Enter' && shown[at] !== undefined) onChoose(shown[at].tenant_id);
    else if (event.key === 'Escape') onClose();
    else return;
    event.preventDefault();
  };
  return (
    <div
      role="dialog"
      aria-label="Choose a tenant"
      className="absolute top-11 left-0 z-20 flex max-h-[min(420px,70dvh)] w-[min(360px,calc(100vw-24px))] flex-col overflow-hidden rounded-card border border-line bg-surface shadow-high max-sm:fixed max-sm:top-14 max-sm:left-3"
    >
      <div className="flex items-center gap-2 border-b border-line px-3">
        <SearchIcon className="size-4 text-ink-faint" />
        <input
          ref={input}
          type="text"
          role="combobox"
          aria-label="Search tenants"
          aria-expanded="true"
          aria-controls={`${id}-list`}
          aria-activedescendant={shown.length > 0 ? `${id}-${at}` : undefined}
          aria-autocomplete="list"
          autoComplete="off"
          spellCheck={false}
          placeholder="Name, slug or id"
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            setAt(0);
          }}
          onKeyDown={onKeyDown}
          className="h-11 w-full bg-transparent outline-none placeholder:text-ink-faint"
        />
      </div>
      <div id={`${id}-list`} role="listbox" aria-label="Tenants" className="overflow-y-auto p-1.5">
        {shown.map((tenant, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are the text field's, as of any combobox.
          <div
            key={tenant.tenant_id}
            id={`${id}-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={tenant.tenant_id === current_id}
            onClick={() => onChoose(tenant.tenant_id)}
            onPointerMove={() => setAt(index)}
            className={`flex items-center gap-2 rounded-md px-2.5 py-1.5 ${index === at ? 'bg-raised' : ''}`}
          >
            <CheckIcon
              className={`size-4 text-accent ${tenant.tenant_id === current_id ? '' : 'invisible'}`}
            />
            <span className="truncate">{tenant.name}</span>
            <span className="ml-auto text-xs text-ink-faint">{tenant.tier_name.replaceAll('_', ' ')}</span>
          </div>
        ))}
      </div>
      <p role="status" className="border-t border-line px-3 py-2 text-xs text-ink-faint">
        {found.length === 0 ? 'No tenant has these words' : `${found.length} of ${tenants.length} tenants`}
        {found.length > SHOWN_MAX ? `, the first ${SHOWN_MAX} shown` : ''}
      </p>
    </div>
  );
}
