import { z } from 'zod';
import { ACCOUNT_NAMES, accountBalances, accountingIdentity, accountStatement } from '../../ledger/index.ts';
import {
  defineRoute,
  listOf,
  listQueryOf,
  pageOf,
  signedTotal,
  time,
  timeOut,
  total,
  uuid,
} from '../index.ts';

const accountName = z.enum(ACCOUNT_NAMES);

const listAccountsRoute = defineRoute({
  method: 'GET',
  path: '/ledger/accounts',
  operation_id: 'list_accounts',
  summary: 'The balance of every account at any time, and the accounting identity',
  description:
    'Amounts are in the smallest unit of the asset: cents for a currency, tokens for AI_TOKEN. Everything is recomputed from the entries up to `at` (included; default now).',
  tag: 'Ledger',
  scope: 'read',
  mode: 'read',
  query: z.strictObject({ at: time.optional() }),
  responses: {
    200: z.strictObject({
      at: timeOut,
      accounts: z.array(
        z.strictObject({
          account: accountName,
          asset: z.string(),
          title: z.string(),
          side: z.enum(['debit', 'credit']),
          debits: total,
          credits: total,
          balance: signedTotal,
        }),
      ),
      identity: z.array(
        z.strictObject({
          currency: z.string(),
          assets_cents: signedTotal,
          claims_cents: signedTotal,
          holds: z.boolean(),
        }),
      ),
    }),
  },
  handler: async ({ tx, tenant_id, query, now }) => {
    const at = query.at ?? now;
    const accounts = await accountBalances(tx, tenant_id, at);
    return { status: 200, body: { at, accounts, identity: accountingIdentity(accounts) } };
  },
});

const statementRoute = defineRoute({
  method: 'GET',
  path: '/ledger/accounts/:account/statement',
  operation_id: 'get_account_statement',
  summary: 'The statement of one account, newest first, with the balance after each line',
  tag: 'Ledger',
  scope: 'read',
  mode: 'read',
  params: z.strictObject({ account: accountName }),
  query: z.strictObject({
    ...listQueryOf(z.string().regex(/^\d{1,18}$/)),
    asset: z
      .string()
      .regex(/^(AI_TOKEN|[A-Z]{3})$/)
      .optional()
      .meta({ description: 'What the account holds, where it is left out.' }),
    from: time.optional(),
    to: time.optional(),
  }),
  responses: {
    200: listOf(
      z.strictObject({
        book_version: total,
        occurred_at: timeOut,
        transaction_id: uuid.nullable(),
        usage_id: uuid.nullable(),
        debit: total,
        credit: total,
        balance_after: signedTotal,
      }),
    ),
  },
  handler: async ({ tx, tenant_id, params, query: { limit, cursor, asset, from, to } }) => {
    const before_version = cursor && BigInt(cursor.id);
    const lines = await accountStatement(tx, tenant_id, params.account, {
      asset,
      from,
      to,
      before_version,
      limit: limit + 1,
    });
    return {
      status: 200,
      body: pageOf(lines, limit, (line) => ({ time: line.occurred_at, id: String(line.book_version) })),
    };
  },
});

export const ledgerRoutes = [listAccountsRoute, statementRoute];
