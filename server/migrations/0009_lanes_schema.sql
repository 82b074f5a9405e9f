-- What the batch writers of tokens need: the burning grant's counters beside the balance, and nothing that a batch of
-- hundreds pays for and that follows from elsewhere.

-- The head is the grant that burns. While it is named here, these are its counters, and those in its own row may be
-- behind: so a use writes one row less, and a grant's row is written when the next one burns. head_tokens and
-- head_price_cents are what its used and held tokens, and its recognised cents, can at most be.
alter table tallystick.ai_token_balances
  add column head_grant_id uuid,
  add column head_tokens bigint,
  add column head_tokens_used bigint check (head_tokens_used >= 0),
  add column head_tokens_held bigint check (head_tokens_held >= 0),
  add column head_price_cents bigint,
  add column head_recognised_cents bigint check (head_recognised_cents >= 0),
  add check (num_nulls(head_grant_id, head_tokens, head_tokens_used, head_tokens_held, head_price_cents,
    head_recognised_cents) in (0, 6)),
  add check (head_tokens_used + head_tokens_held <= head_tokens),
  add check (head_recognised_cents <= head_price_cents);

-- Every grant with the counters that it has, wherever they stand.
create view tallystick.ai_token_grants_merged with (security_invoker = true) as
  select g.tenant_id, g.grant_id, g.transaction_id, g.book_version, g.source, g.priority, g.expires_at, g.tokens,
    case when head then b.head_tokens_used else g.tokens_used end as tokens_used,
    case when head then b.head_tokens_held else g.tokens_held end as tokens_held,
    g.tokens_refunded, g.tokens_expired, g.currency, g.price_cents, g.price_version,
    case when head then b.head_recognised_cents else g.recognised_cents end as recognised_cents,
    g.breakage_cents, g.refunded_cents, g.reason, g.created_at, g.closed_at
  from tallystick.ai_token_grants g
    left join tallystick.ai_token_balances b on b.tenant_id = g.tenant_id
    cross join lateral (select coalesce(b.head_grant_id = g.grant_id, false)) as burning (head);

-- Rows of these are written in a transaction that has locked or read a row of the tenant's, and no tenant is ever
-- deleted. What the foreign key adds is a look-up for each of a batch's rows: a fifth of the cost of a key.
alter table tallystick.request_keys drop constraint request_keys_tenant_id_fkey;
alter table tallystick.ai_token_holds drop constraint ai_token_holds_tenant_id_fkey;
alter table tallystick.due_work drop constraint due_work_tenant_id_fkey;
