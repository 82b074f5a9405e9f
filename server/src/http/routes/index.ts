import type { Route } from '../index.ts';
import { aiTokenRoutes } from './ai-tokens/index.ts';
import { billingRoutes } from './billing.ts';
import { ledgerRoutes } from './ledger.ts';

/** Every route of the API, in the order in which the documentation shows them. */
export const routes: readonly Route[] = [...aiTokenRoutes, ...billingRoutes, ...ledgerRoutes];
