import type { GetEmailAnswer } from '@tallystick/sdk';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { apiFor } from '../../api/client.ts';
import { explainError } from '../../api/explain-error.ts';
import { emailQuery, figures } from '../../api/queries.ts';
import { formatTime } from '../../format/dates.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Notice } from '../../ui/notice.tsx';
import { SkeletonRows } from '../../ui/skeleton.tsx';
import { SectionState } from '../section-state.tsx';

interface EmailDialogProps {
  tenant_id: string;
  email_id: string;
  subject: string;
  onClose(): void;
}

/** What became of an e-mail, in a sentence. */
function fateOf({ status, sent_at, attempts, last_error }: GetEmailAnswer): string {
  if (status === 'sent' && sent_at !== null) return `Sent ${formatTime(sent_at)}`;
  if (status === 'kept') return 'Kept: there was no mail server to send it';
  const tried = `${attempts} ${attempts === 1 ? 'attempt' : 'attempts'}${last_error === null ? '' : `: ${last_error}`}`;
  if (status === 'failed') return `Failed after ${tried}`;
  return attempts === 0 ? 'Waits to be sent' : `Waits to be tried again after ${tried}`;
}

/** An e-mail as its reader sees it, in a frame where nothing of it runs. */
export function EmailDialog({ tenant_id, email_id, subject, onClose }: EmailDialogProps) {
  const query = useQuery(emailQuery(tenant_id, email_id));
  return (
    <Dialog title={subject} wide onClose={onClose}>
      <SectionState query={query} skeleton={<SkeletonRows rows={6} />}>
        {(email) => (
          <>
            <dl className="mb-3 grid grid-cols-[auto_1fr] gap-x-4 gap-y-1 text-[13px]">
              {email.from_name === null ? null : (
                <Fact name="From">
                  {email.from_name} · {email.from_address}
                </Fact>
              )}
              <Fact name="To">{email.to_address}</Fact>
              <Fact name="Status">{fateOf(email)}</Fact>
            </dl>
            <iframe
              title={`The e-mail: ${subject}`}
              // No scripts, no forms and no origin; a link opens a tab of its own.
              sandbox="allow-popups allow-popups-to-escape-sandbox"
              srcDoc={email.html}
              className="h-[min(560px,60vh)] w-full rounded-lg border border-line"
            />
            {email.status === 'kept' || email.status === 'failed' ? (
              <Resend tenant_id={tenant_id} email_id={email_id} />
            ) : null}
          </>
        )}
      </SectionState>
    </Dialog>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-ink-faint">{name}</dt>
      <dd className="min-w-0 break-words">{children}</dd>
    </>
  );
}

function Resend({ tenant_id, email_id }: Pick<EmailDialogProps, 'tenant_id' | 'email_id'>) {
  const queries = useQueryClient();
  const resending = useMutation({
    mutationFn: () => apiFor(tenant_id).resendEmail({ email_id }),
    onSuccess: () => queries.invalidateQueries({ queryKey: figures(tenant_id) }),
  });
  return (
    <div className="mt-3 grid gap-3">
      {resending.isError ? (
        <Notice title={explainError(resending.error).title}>{explainError(resending.error).detail}</Notice>
      ) : null}
      <Button
        className="justify-self-start"
        disabled={resending.isPending}
        onClick={() => resending.mutate()}
      >
        Send again
      </Button>
    </div>
  );
}
