import type { ListTransactionsAnswer } from '@tallystick/sdk';
import { useQuery } from '@tanstack/react-query';
import { transactionsQuery } from '../../api/queries.ts';
import { formatTime } from '../../format/dates.ts';
import { formatCents } from '../../format/money.ts';
import { formatCount } from '../../format/numbers.ts';
import { Card } from '../../ui/card.tsx';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { SkeletonRows } from '../../ui/skeleton.tsx';
import { SectionState } from '../section-state.tsx';

type Transaction = ListTransactionsAnswer['data'][number];

const SHOWN = 8;

const names: Readonly<Record<Transaction['type'], string>> = {
  token_purchase: 'Purchase',
  token_grant: 'Given',
  token_expiry: 'Expired',
  refund: 'Refund',
  invoice: 'Invoice',
  invoice_payment: 'Payment',
  invoice_refund: 'Refund of an invoice',
  invoice_void: 'Invoice voided',
  write_off: 'Written off',
  revenue_recognition: 'Revenue earned',
  customer_credit: 'Credit',
  dispute: 'Dispute',
};

/** Tokens with the sign of what they did to the balance. */
function tokensOf({ type, tokens }: Transaction): string {
  if (tokens === 0) return '–';
  return `${type === 'token_purchase' || type === 'token_grant' ? '+' : '−'}${formatCount(tokens)}`;
}

function moneyOf({ type, amount_cents, currency }: Transaction): string {
  if (amount_cents === 0) return '–';
  return `${type === 'refund' ? '−' : ''}${formatCents(amount_cents, currency)}`;
}

const toneOf = { settled: 'text-ink-soft', pending: 'text-warn', failed: 'text-bad' } as const;

const columns: readonly Column<Transaction>[] = [
  {
    heading: 'Transaction',
    cell: ({ type, status, created_at }) => (
      <>
        {names[type]}
        {status === 'settled' ? null : <span className={`ml-2 text-[13px] ${toneOf[status]}`}>{status}</span>}
        <time dateTime={created_at} className="block text-[13px] text-ink-faint sm:hidden">
          {formatTime(created_at)}
        </time>
      </>
    ),
  },
  {
    heading: 'When',
    cell: ({ created_at }) => (
      <time dateTime={created_at} className="text-ink-soft">
        {formatTime(created_at)}
      </time>
    ),
    wide: true,
  },
  { heading: 'Tokens', cell: tokensOf, figures: true },
  { heading: 'Amount', cell: moneyOf, figures: true },
  {
    heading: 'Balance after',
    cell: ({ balance_after }) => (balance_after === null ? '–' : formatCount(balance_after)),
    figures: true,
    wide: true,
  },
];

/** What was bought, given, refunded and expired lately. */
export function TransactionsSection({ tenant_id }: { tenant_id: string }) {
  const query = useQuery(transactionsQuery(tenant_id));
  return (
    <Card title="Latest transactions">
      <SectionState query={query} skeleton={<SkeletonRows rows={6} />}>
        {(transactions) =>
          transactions.length === 0 ? (
            <p className="py-2 text-ink-faint">Nothing was bought or given yet.</p>
          ) : (
            <DataTable
              caption="Latest transactions"
              columns={columns}
              rows={transactions.slice(0, SHOWN)}
              keyOf={(row) => row.transaction_id}
            />
          )
        }
      </SectionState>
    </Card>
  );
}
