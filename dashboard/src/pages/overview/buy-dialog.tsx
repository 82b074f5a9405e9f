import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { apiFor } from '../../api/client.ts';
import { explainError } from '../../api/explain-error.ts';
import { makeIdempotencyKey } from '../../api/idempotency-key.ts';
import { figures, quoteQuery } from '../../api/queries.ts';
import { formatCents } from '../../format/money.ts';
import { formatCount } from '../../format/numbers.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Notice } from '../../ui/notice.tsx';
import { TextField } from '../../ui/text-field.tsx';

const PACKS = [10_000, 100_000, 1_000_000];

interface BuyDialogProps {
  tenant: { tenant_id: string; name: string };
  onClose(): void;
}

/** Buys tokens: how many, at what price, and then done once, however often it is pressed. */
export function BuyDialog({ tenant, onClose }: BuyDialogProps) {
  const { tenant_id, name } = tenant;
  const [text, setText] = useState('100000');
  // One key for one intent: another amount is another purchase.
  const [key, setKey] = useState(makeIdempotencyKey);
  const tokens = /^\d{1,16}$/.test(text.trim()) ? Number(text) : 0;
  const queries = useQueryClient();
  const buying = useMutation({
    mutationFn: () =>
      apiFor(tenant_id).purchaseAiTokens({ tokens_to_purchase: tokens }, { idempotency_key: key }),
    onSuccess: () => queries.invalidateQueries({ queryKey: figures(tenant_id) }),
  });
  const change = (next: string) => {
    setText(next);
    setKey(makeIdempotencyKey());
    buying.reset();
  };
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    buying.mutate();
  };
  // One dialog for both, so that it gives the focus back to the button that opened it.
  return (
    <Dialog title={buying.isSuccess ? 'Done' : `Buy tokens for ${name}`} onClose={onClose}>
      {buying.isSuccess ? (
        <Bought bought={buying.data} onClose={onClose} />
      ) : (
        <form onSubmit={onSubmit} className="flex flex-col gap-4">
          {buying.error === null ? null : (
            <Notice title={explainError(buying.error).title}>{explainError(buying.error).detail}</Notice>
          )}
          <Amount text={text} onChange={change} />
          <Price tenant_id={tenant_id} tokens={tokens} busy={buying.isPending} />
        </form>
      )}
    </Dialog>
  );
}

function Amount({ text, onChange }: { text: string; onChange(text: string): void }) {
  return (
    <>
      <TextField
        label="Tokens"
        inputMode="numeric"
        autoComplete="off"
        data-focus-first
        className="text-right tabular"
        value={text}
        onChange={(event) => onChange(event.target.value.replace(/[^\d]/g, ''))}
      />
      <div className="flex gap-2">
        {PACKS.map((pack) => (
          <Button
            key={pack}
            className="h-8 grow px-2 text-[13px] tabular"
            onClick={() => onChange(String(pack))}
          >
            {formatCount(pack)}
          </Button>
        ))}
      </div>
    </>
  );
}

/** What it costs, asked of the server, and the button that pays it. */
function Price({ tenant_id, tokens, busy }: { tenant_id: string; tokens: number; busy: boolean }) {
  const quote = useQuery({ ...quoteQuery(tenant_id, tokens), enabled: tokens > 0, retry: false });
  const price =
    tokens > 0 && quote.data ? formatCents(quote.data.amount_cents, quote.data.currency) : undefined;
  const provider = quote.data?.provider;
  return (
    <>
      <div className="rounded-lg bg-sunken px-3.5 py-3">
        <p className="flex items-baseline justify-between gap-3" aria-live="polite">
          <span className="text-ink-soft tabular">
            {tokens > 0 ? `${formatCount(tokens)} tokens` : 'Price'}
          </span>
          <span className="text-xl font-semibold tracking-[-0.02em] tabular">{price ?? '–'}</span>
        </p>
        <p className={`mt-1 min-h-10 text-[13px] ${quote.isError ? 'text-bad' : 'text-ink-faint'}`}>
          {quote.isError ? explainError(quote.error).detail : describe(tokens, provider)}
        </p>
      </div>
      <Button
        type="submit"
        look="primary"
        className="h-10"
        disabled={price === undefined || busy || provider === null}
      >
        {busy ? 'Buying …' : `Buy for ${price ?? '…'}`}
      </Button>
    </>
  );
}

function describe(tokens: number, provider: string | null | undefined): string {
  if (tokens === 0) return 'How many tokens?';
  if (provider === null) return 'Payments are switched off on this server: set PAYMENTS to take money.';
  const paid = provider === 'sandbox' ? 'The sandbox takes play money. ' : '';
  return `${paid}Pressed twice, it is charged once: the purchase has an Idempotency-Key.`;
}

interface BoughtProps {
  bought: { tokens_purchased: number; amount_cents: number; currency: string; balance: number };
  onClose(): void;
}

function Bought({ bought, onClose }: BoughtProps) {
  return (
    <>
      <p role="status">
        {formatCount(bought.tokens_purchased)} tokens for {formatCents(bought.amount_cents, bought.currency)}.
        The balance is {formatCount(bought.balance)}.
      </p>
      <Button look="primary" className="mt-4 h-10 w-full" onClick={onClose} autoFocus>
        Back to the figures
      </Button>
    </>
  );
}
