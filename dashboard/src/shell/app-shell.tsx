import { useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { sessionQuery } from '../api/queries.ts';
import { type Session, signOut } from '../api/session.ts';
import { IconButton } from '../ui/button.tsx';
import { ExitIcon, Mark } from '../ui/icons.tsx';
import { ThemeToggle } from './theme-toggle.tsx';

interface AppShellProps {
  session: Session;
  /** Between the mark and the tools: which tenant it is about. */
  place: ReactNode;
  children: ReactNode;
}

/** The bar at the top, and the page below it. */
export function AppShell({ session, place, children }: AppShellProps) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const leave = async () => {
    try {
      await signOut();
    } finally {
      queries.setQueryData(sessionQuery.queryKey, null);
      // Figures of one person are not for the next one; those in view would be asked for again.
      await navigate({ to: '/sign-in' });
      queries.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'session' });
    }
  };
  return (
    <>
      <a
        href="#content"
        className="sr-only z-30 rounded-lg bg-accent px-3 py-2 text-on-accent focus:not-sr-only focus:fixed focus:top-2 focus:left-2"
      >
        Skip to the figures
      </a>
      <header className="sticky top-0 z-10 border-b border-line bg-surface">
        <div className="mx-auto flex min-h-14 max-w-[1320px] items-center gap-2 px-3 max-sm:flex-wrap sm:gap-3 sm:px-6">
          <Mark className="size-6 shrink-0" />
          <span className="mr-2 hidden text-[15px] font-semibold tracking-[-0.02em] sm:inline">
            Tallystick
          </span>
          {place}
          {session.operator ? <Pages /> : null}
          <div className="ml-auto flex items-center gap-1">
            <p className="mr-2 hidden text-right text-[13px] leading-4 md:block">
              <span className="block">{session.email}</span>
              <span className="block text-xs text-ink-faint">{session.operator ? 'Operator' : 'User'}</span>
            </p>
            <ThemeToggle />
            <IconButton label="Sign out" onClick={() => void leave()}>
              <ExitIcon />
            </IconButton>
          </div>
        </div>
      </header>
      <main
        id="content"
        tabIndex={-1}
        className="mx-auto max-w-[1320px] px-3 pt-5 pb-12 outline-none sm:px-6 sm:pt-7"
      >
        {children}
      </main>
    </>
  );
}

/** Where an operator can go; on a phone in a row of its own. */
function Pages() {
  const look = 'rounded-md px-2.5 py-1.5 text-ink-soft hover:text-ink';
  const current = { className: 'bg-raised font-medium text-ink', 'aria-current': 'page' } as const;
  return (
    <nav aria-label="Pages" className="flex gap-1 max-sm:order-last max-sm:w-full max-sm:pb-2">
      <Link
        to="/"
        className={look}
        activeProps={current}
        activeOptions={{ exact: true, includeSearch: false }}
      >
        Tenants
      </Link>
      <Link to="/revenue" className={look} activeProps={current} activeOptions={{ includeSearch: false }}>
        Revenue
      </Link>
    </nav>
  );
}
