import { z } from 'zod';
import type { REVENUE_STREAMS } from '../../../ledger/index.ts';
import { BOOK_SCOPES } from '../../../revenue/index.ts';
import { signedTotal } from '../../index.ts';

export const tag = 'Revenue';

export const month = z
  .string()
  .regex(/^(19[7-9]\d|[2-9]\d{3})-(0[1-9]|1[0-2])$/, 'must be a month such as 2026-01')
  .meta({ examples: ['2026-01'], description: 'A calendar month in UTC.' });

export const of = z.enum(BOOK_SCOPES).default('sales').meta({
  description: 'sales: the books of all tenants that the tenant sells to. own: its own book, as a customer.',
});

export const by_stream = z.strictObject({
  tokens: signedTotal,
  api_calls: signedTotal,
  subscriptions: signedTotal,
  features: signedTotal,
  other: signedTotal,
} satisfies Record<(typeof REVENUE_STREAMS)[number], z.ZodType>);
