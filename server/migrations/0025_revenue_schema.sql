-- Revenue by month: for when an entry counts, which stream it is of, and the months that are closed.

-- dated_at is for when an entry counts, where that is before it was written: what time had earned by the end of a month
-- is written shortly after it. The order of a book stays that of created_at. stream says of revenue what earned it, where
-- its accounts do not.
alter table tallystick.transfers
  add column dated_at timestamptz,
  add column stream text check (stream in ('tokens', 'api_calls', 'subscriptions', 'features', 'other')),
  add check (dated_at <= created_at);

-- deferred_revenue is what was paid for tokens, so revenue that comes from there is theirs.
create or replace view tallystick.ledger_entries with (security_invoker = true) as
  select tenant_id, book_version, created_at, transaction_id, null::uuid as usage_id,
         debit_account, credit_account, asset, amount,
         coalesce(dated_at, created_at) as dated_at,
         case when debit_account in ('recognised_revenue', 'breakage_revenue')
                or credit_account in ('recognised_revenue', 'breakage_revenue')
           then coalesce(stream,
             case when 'deferred_revenue' in (debit_account, credit_account) then 'tokens' else 'other' end)
         end as stream,
         transfer_id as line_id, 0::smallint as line_no
    from tallystick.transfers
  union all
  select tenant_id, book_version, occurred_at, null, usage_id,
         'tokens_available', 'tokens_consumed', 'AI_TOKEN', tokens_used - shortfall_tokens,
         occurred_at, null, usage_id, 1::smallint
    from tallystick.ai_token_usage where tokens_used > shortfall_tokens
  union all
  select tenant_id, book_version, occurred_at, null, usage_id,
         'tokens_shortfall', 'tokens_consumed', 'AI_TOKEN', shortfall_tokens,
         occurred_at, null, usage_id, 2::smallint
    from tallystick.ai_token_usage where shortfall_tokens > 0
  union all
  select tenant_id, book_version, occurred_at, null, usage_id,
         'deferred_revenue', 'recognised_revenue', currency, recognised_cents,
         occurred_at, 'tokens', usage_id, 3::smallint
    from tallystick.ai_token_usage where recognised_cents > 0;

-- Up to when what a line has earned is booked: the end of a month, and before the first one when it was invoiced.
alter table tallystick.revenue_schedules add column recognised_until timestamptz;
update tallystick.revenue_schedules s set recognised_until = greatest(
  (select max(created_at) from tallystick.billing_transactions b
   where b.tenant_id = s.tenant_id and b.type = 'revenue_recognition'),
  (select max(created_at) from tallystick.billing_transactions b
   where b.tenant_id = s.tenant_id and b.type = 'invoice' and b.invoice_id = s.invoice_id),
  s.starts_at);
alter table tallystick.revenue_schedules alter column recognised_until set not null;

-- The end of the last month that the seller has closed: the next entry of the book is not before it. Closing raises
-- last_entry_at to it, which is what every writer stamps from.
alter table tallystick.ai_token_balances
  add column closed_until timestamptz,
  add check (last_entry_at >= closed_until);

-- A seller's closed months, one row a currency: each account's opening balance and what was debited and credited, on the
-- side where it grows; revenue by stream; and a checksum over all entries of the month, in whichever asset.
create table tallystick.closed_months (
  tenant_id uuid not null references tallystick.tenants (tenant_id),
  month date not null check (extract(day from month) = 1),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  accounts jsonb not null,
  by_stream jsonb not null,
  entries bigint not null check (entries >= 0),
  checksum text not null check (checksum ~ '^[0-9a-f]{64}$'),
  closed_by text not null check (char_length(closed_by) between 1 and 200),
  closed_at timestamptz not null,
  primary key (tenant_id, month, currency)
);
