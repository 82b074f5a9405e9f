import type { ListInvoicesAnswer } from '@tallystick/sdk';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { openInvoicePage } from '../../api/invoice-page.ts';
import { invoicesQuery } from '../../api/queries.ts';
import { formatDay } from '../../format/dates.ts';
import { formatCents } from '../../format/money.ts';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { SkeletonRows } from '../../ui/skeleton.tsx';
import { SectionState } from '../section-state.tsx';

type Invoice = ListInvoicesAnswer['data'][number];

const toneOf: Readonly<Partial<Record<Invoice['status'], string>>> = {
  finalized: 'text-warn',
  uncollectible: 'text-bad',
  void: 'text-ink-faint',
  draft: 'text-ink-faint',
};

/** What a status says to whoever pays. */
const words: Readonly<Record<Invoice['status'], string>> = {
  draft: 'draft',
  finalized: 'open',
  paid: 'paid',
  void: 'void',
  uncollectible: 'given up',
};

/** When it was paid, or what becomes of its payment. */
function sinceOf({ status, paid_at, next_payment_at, payment_attempts }: Invoice): string | null {
  if (status === 'paid' && paid_at !== null) return formatDay(paid_at);
  if (status !== 'finalized' || payment_attempts === 0) return null;
  return next_payment_at === null
    ? 'declined, not tried again'
    : `declined, again ${formatDay(next_payment_at)}`;
}

/** How a dispute of its payment stands. */
const disputeWords: Readonly<Record<NonNullable<Invoice['dispute_status']>, string>> = {
  needs_response: 'disputed',
  under_review: 'disputed',
  won: 'dispute won',
  lost: 'dispute lost',
};

const columnsFor = (tenant_id: string): readonly Column<Invoice>[] => [
  {
    heading: 'Invoice',
    cell: ({ number, status, period_start, period_end }) => (
      <>
        {number ?? (status === 'draft' ? 'Draft' : 'Being numbered')}
        <span className="block text-[13px] text-ink-faint">
          {formatDay(period_start)} – {formatDay(period_end)}
        </span>
      </>
    ),
  },
  {
    heading: 'Status',
    cell: (invoice) => (
      <>
        <span className={toneOf[invoice.status] ?? ''}>
          {invoice.kind === 'credit_note' ? 'credited' : words[invoice.status]}
        </span>
        <span className="block text-[13px] text-ink-faint">
          {invoice.dispute_status === null ? sinceOf(invoice) : disputeWords[invoice.dispute_status]}
        </span>
      </>
    ),
  },
  {
    heading: 'Total',
    cell: ({ total_cents, currency }) => formatCents(total_cents, currency),
    figures: true,
  },
  {
    heading: 'Page',
    cell: (invoice) => <PageButton tenant_id={tenant_id} invoice={invoice} />,
    figures: true,
    wide: true,
  },
];

function PageButton({ tenant_id, invoice: { invoice_id, number } }: { tenant_id: string; invoice: Invoice }) {
  const [failed, setFailed] = useState(false);
  const open = () => openInvoicePage(tenant_id, invoice_id).then(setFailed, () => setFailed(true));
  return (
    <Button
      look="quiet"
      className="h-7 px-2 text-xs"
      aria-label={`PDF of invoice ${number ?? invoice_id}`}
      onClick={() => void open()}
    >
      {failed ? 'Try again' : 'PDF'}
    </Button>
  );
}

/** The latest invoices, each with its page. */
export function InvoicesSection({ tenant_id }: { tenant_id: string }) {
  const query = useQuery(invoicesQuery(tenant_id));
  return (
    <Card title="Invoices" className="lg:col-span-2">
      <SectionState query={query} skeleton={<SkeletonRows rows={4} />}>
        {(invoices) =>
          invoices.length === 0 ? (
            <p className="py-2 text-ink-faint">
              No invoice yet: the first comes with a subscription, or with the end of a month in which more
              was used than is included.
            </p>
          ) : (
            <DataTable
              caption="Latest invoices"
              columns={columnsFor(tenant_id)}
              rows={invoices}
              keyOf={({ invoice_id }) => invoice_id}
            />
          )
        }
      </SectionState>
    </Card>
  );
}
