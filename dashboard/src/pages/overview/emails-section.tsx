import type { ListEmailsAnswer } from '@tallystick/sdk';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { emailsQuery } from '../../api/queries.ts';
import { formatTime } from '../../format/dates.ts';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { SkeletonRows } from '../../ui/skeleton.tsx';
import { SectionState } from '../section-state.tsx';
import { EmailDialog } from './email-dialog.tsx';

type Email = ListEmailsAnswer['data'][number];

const SHOWN_FIRST = 6;
/** As many as one request answers. */
const SHOWN_MAX = 200;

const toneOf: Readonly<Record<Email['status'], string>> = {
  queued: 'text-warn',
  sent: 'text-ink-soft',
  failed: 'text-bad',
  kept: 'text-ink-faint',
};

function When({ created_at, className }: Pick<Email, 'created_at'> & { className: string }) {
  return (
    <time dateTime={created_at} className={className}>
      {formatTime(created_at)}
    </time>
  );
}

const columnsFor = (open: (email: Email) => void): readonly Column<Email>[] => [
  {
    heading: 'E-mail',
    cell: (email) => (
      <>
        <button
          type="button"
          className="text-left text-accent underline decoration-line-strong underline-offset-3 hover:decoration-current"
          onClick={() => open(email)}
        >
          {email.subject}
        </button>
        <span className="block text-[13px] break-all text-ink-faint">{email.to_address}</span>
        <When created_at={email.created_at} className="block text-[13px] text-ink-faint sm:hidden" />
      </>
    ),
  },
  {
    heading: 'Kind',
    cell: ({ kind }) => <span className="text-ink-soft">{kind.replaceAll('_', ' ')}</span>,
    wide: true,
  },
  { heading: 'Status', cell: ({ status }) => <span className={toneOf[status]}>{status}</span> },
  { heading: 'When', cell: (email) => <When {...email} className="text-ink-soft" />, wide: true },
];

/** The outbox: what the tenant was told by e-mail, to be read also where no mail server takes it. */
export function EmailsSection({ tenant_id }: { tenant_id: string }) {
  const [limit, setLimit] = useState(SHOWN_FIRST);
  const [opened, setOpened] = useState<Email>();
  const query = useQuery(emailsQuery(tenant_id, limit));
  return (
    <Card title="E-mails" className="lg:col-span-3">
      <SectionState query={query} skeleton={<SkeletonRows rows={3} />}>
        {({ data, next_cursor }) =>
          data.length === 0 ? (
            <EmptyState title="No e-mails yet">
              Invoices, receipts and reminders go to the e-mail address of the billing details. Set it with
              PUT /billing-details; what happens from then on is told there and shown here.
            </EmptyState>
          ) : (
            <>
              <DataTable
                caption="Latest e-mails"
                columns={columnsFor(setOpened)}
                rows={data}
                keyOf={({ email_id }) => email_id}
              />
              {data.some(({ status }) => status === 'kept') ? (
                <p className="mt-2 text-[13px] text-ink-faint">
                  Kept ones were not sent: the server has no mail server. Set SMTP_URL to send.
                </p>
              ) : null}
              {next_cursor === null || limit >= SHOWN_MAX ? null : (
                <Button
                  look="quiet"
                  className="mt-2"
                  onClick={() => setLimit(Math.min(limit * 4, SHOWN_MAX))}
                >
                  Show more
                </Button>
              )}
            </>
          )
        }
      </SectionState>
      {opened === undefined ? null : (
        <EmailDialog
          tenant_id={tenant_id}
          email_id={opened.email_id}
          subject={opened.subject}
          onClose={() => setOpened(undefined)}
        />
      )}
    </Card>
  );
}
