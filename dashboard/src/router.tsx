import { TallystickError } from '@tallystick/sdk';
import { QueryCache, QueryClient } from '@tanstack/react-query';
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from '@tanstack/react-router';
import { explainError, isFinal } from './api/explain-error.ts';
import { sessionQuery, WINDOW_DAYS, type WindowDays } from './api/queries.ts';
import { dashboardPath } from './api/server-address.ts';
import { SignInPage } from './pages/sign-in/sign-in-page.tsx';
import { Notice } from './ui/notice.tsx';

const root = createRootRouteWithContext<{ queries: QueryClient }>()({ component: Outlet });

const signInRoute = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  validateSearch: (search): { ended?: boolean } => (search.ended === true ? { ended: true } : {}),
  beforeLoad: async ({ context }) => {
    if ((await context.queries.ensureQueryData(sessionQuery)) !== null) throw redirect({ to: '/' });
  },
  component: SignInPage,
});

interface OverviewSearch {
  tenant?: string;
  days?: WindowDays;
}

const overviewRoute = createRoute({
  getParentRoute: () => root,
  path: '/',
  validateSearch: (search): OverviewSearch => {
    const days = WINDOW_DAYS.find((known) => known === Number(search.days));
    const tenant = /^[0-9a-f-]{36}$/i.test(String(search.tenant)) ? String(search.tenant) : undefined;
    return { ...(tenant === undefined ? {} : { tenant }), ...(days === undefined ? {} : { days }) };
  },
  beforeLoad: async ({ context }) => {
    const session = await context.queries.ensureQueryData(sessionQuery);
    if (session === null) throw redirect({ to: '/sign-in' });
    return { session };
  },
  // Its charts are most of the program; who is yet to sign in does not wait for them.
  component: lazyRouteComponent(() => import('./pages/overview/overview-route.tsx'), 'OverviewRoute'),
});

interface RevenueSearch {
  currency?: string;
}

const revenueRoute = createRoute({
  getParentRoute: () => root,
  path: '/revenue',
  validateSearch: (search): RevenueSearch =>
    /^[A-Z]{3}$/.test(String(search.currency)) ? { currency: String(search.currency) } : {},
  beforeLoad: async ({ context }) => {
    const session = await context.queries.ensureQueryData(sessionQuery);
    if (session === null) throw redirect({ to: '/sign-in' });
    // What all tenants together pay is for who sells to them.
    if (!session.operator) throw redirect({ to: '/' });
    return { session };
  },
  component: lazyRouteComponent(() => import('./pages/revenue/revenue-route.tsx'), 'RevenueRoute'),
});

/** The queries of the page. One that was refused is not repeated; where the session has ended, it is asked for again. */
const queries: QueryClient = new QueryClient({
  queryCache: new QueryCache({ onError: leaveIfEnded }),
  defaultOptions: {
    // The server may be on this very machine: whether it answers is found out by asking.
    mutations: { networkMode: 'always' },
    queries: { networkMode: 'always', retry: (failures, error) => failures < 2 && !isFinal(error) },
  },
});

function leaveIfEnded(error: Error): void {
  if (!(error instanceof TallystickError) || error.code !== 'unauthenticated') return;
  // Several figures find out at once.
  if (queries.getQueryData(sessionQuery.queryKey) === null) return;
  queries.setQueryData(sessionQuery.queryKey, null);
  void router.navigate({ to: '/sign-in', search: { ended: true } }).then(() => {
    queries.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'session' });
  });
}

/** The addresses of the dashboard. */
export const router = createRouter({
  routeTree: root.addChildren([signInRoute, overviewRoute, revenueRoute]),
  basepath: dashboardPath,
  context: { queries },
  defaultErrorComponent: ({ error }) => (
    <main className="mx-auto max-w-lg px-4 py-20">
      <h1 className="sr-only">Tallystick</h1>
      <Notice title={explainError(error).title}>{explainError(error).detail}</Notice>
    </main>
  ),
  defaultNotFoundComponent: () => (
    <main className="mx-auto max-w-lg px-4 py-20">
      <h1 className="text-xl font-semibold">No such page</h1>
      <p className="mt-2 text-ink-soft">
        <a href={dashboardPath} className="text-accent underline">
          To the overview
        </a>
      </p>
    </main>
  ),
});

export { queries };

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
