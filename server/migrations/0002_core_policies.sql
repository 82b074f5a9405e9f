-- Row-level security, grants and revokes for 0001. Read README.md first.

revoke all on schema tallystick from public;
grant usage on schema tallystick to tallystick_app, tallystick_lane, tallystick_job;

-- Every table: forced row security, and the owner's own policy. Nobody else owns a row by default.
do $$
declare relation regclass;
begin
  for relation in
    select oid::regclass from pg_class
    where relnamespace = 'tallystick'::regnamespace and relkind in ('r', 'p')
      and relname in ('tenants', 'tenant_slugs', 'subscription_tiers', 'api_keys', 'api_key_directory', 'accounts',
        'billing_transactions', 'transfers', 'transfers_default', 'ai_token_features', 'ai_token_balances',
        'ai_token_grants', 'ai_token_usage', 'ai_token_usage_default', 'ai_token_holds', 'request_keys', 'due_work',
        'test_clocks')
  loop
    execute format('alter table %s enable row level security', relation);
    execute format('alter table %s force row level security', relation);
    execute format('create policy owner_all on %s to current_user using (true) with check (true)', relation);
    execute format('revoke all on %s from public', relation);
  end loop;
end $$;

-- ---------------------------------------------------------------------------------------------- tallystick_app

-- A tenant's own rows: the plain case.
do $$
declare name text;
begin
  foreach name in array array['tenant_slugs', 'api_keys', 'accounts', 'transfers',
    'ai_token_balances', 'ai_token_grants', 'ai_token_usage', 'ai_token_holds', 'request_keys', 'due_work', 'test_clocks']
  loop
    execute format('create policy app_own on tallystick.%I to tallystick_app
      using (tenant_id = tallystick.current_tenant_id()) with check (tenant_id = tallystick.current_tenant_id())', name);
  end loop;
end $$;

-- A tenant is seen by itself and by who sells to it; its seller makes it, it changes in its own context.
create policy app_read on tallystick.tenants for select to tallystick_app
  using (tenant_id = tallystick.current_tenant_id() or parent_tenant_id = tallystick.current_tenant_id());
create policy app_insert on tallystick.tenants for insert to tallystick_app
  with check (parent_tenant_id = tallystick.current_tenant_id());
create policy app_update on tallystick.tenants for update to tallystick_app
  using (tenant_id = tallystick.current_tenant_id()) with check (tenant_id = tallystick.current_tenant_id());

-- Catalogue rows are readable by their seller and by those it sells to; features also come from the root.
create policy app_read on tallystick.subscription_tiers for select to tallystick_app
  using (tenant_id = tallystick.current_tenant_id() or tenant_id =
    (select parent_tenant_id from tallystick.tenants where tenant_id = tallystick.current_tenant_id()));
create policy app_read on tallystick.ai_token_features for select to tallystick_app
  using (tenant_id = tallystick.current_tenant_id()
    or (tenant_id = '01900000-0000-7000-8000-000000000001' and tallystick.current_tenant_id() is not null));
create policy app_insert on tallystick.ai_token_features for insert to tallystick_app
  with check (tenant_id = tallystick.current_tenant_id());
create policy app_update on tallystick.ai_token_features for update to tallystick_app
  using (tenant_id = tallystick.current_tenant_id()) with check (tenant_id = tallystick.current_tenant_id());

-- What is settled or failed stays as it is: only a pending transaction can be updated. Not as a restrictive policy, which
-- would bind the owner too: a policy for a role is one for its members.
create policy app_read on tallystick.billing_transactions for select to tallystick_app
  using (tenant_id = tallystick.current_tenant_id());
create policy app_insert on tallystick.billing_transactions for insert to tallystick_app
  with check (tenant_id = tallystick.current_tenant_id());
create policy app_update on tallystick.billing_transactions for update to tallystick_app
  using (tenant_id = tallystick.current_tenant_id() and status = 'pending')
  with check (tenant_id = tallystick.current_tenant_id());

-- The directory of key hashes is looked up before a tenant is known, and then only.
create policy app_read on tallystick.api_key_directory for select to tallystick_app
  using (tallystick.current_tenant_id() is null or owner_id = tallystick.current_tenant_id());
create policy app_insert on tallystick.api_key_directory for insert to tallystick_app
  with check (owner_id = tallystick.current_tenant_id());
create policy app_update on tallystick.api_key_directory for update to tallystick_app
  using (owner_id = tallystick.current_tenant_id()) with check (owner_id = tallystick.current_tenant_id());
create policy app_delete on tallystick.api_key_directory for delete to tallystick_app
  using (owner_id = tallystick.current_tenant_id());

grant select on tallystick.tenants, tallystick.tenant_slugs, tallystick.subscription_tiers, tallystick.api_keys,
  tallystick.api_key_directory, tallystick.accounts, tallystick.billing_transactions, tallystick.transfers,
  tallystick.ai_token_features, tallystick.ai_token_balances, tallystick.ai_token_grants, tallystick.ai_token_usage,
  tallystick.ai_token_holds, tallystick.request_keys, tallystick.due_work, tallystick.test_clocks,
  tallystick.ledger_entries to tallystick_app;
grant insert on tallystick.tenants, tallystick.tenant_slugs, tallystick.api_keys, tallystick.api_key_directory,
  tallystick.accounts, tallystick.billing_transactions, tallystick.transfers, tallystick.ai_token_features,
  tallystick.ai_token_balances, tallystick.ai_token_grants, tallystick.ai_token_usage, tallystick.ai_token_holds,
  tallystick.request_keys, tallystick.due_work to tallystick_app;
grant update (name, tier_name, shortfall_cap_tokens) on tallystick.tenants to tallystick_app;
grant update (expires_at, revoked_at, rotated_at, last_used_at) on tallystick.api_keys to tallystick_app;
grant update (expires_at) on tallystick.api_key_directory to tallystick_app;
grant delete on tallystick.api_key_directory, tallystick.due_work, tallystick.request_keys to tallystick_app;
grant update (title) on tallystick.ai_token_features to tallystick_app;
grant update (status, book_version, settled_at, external_transaction_id, failure_code, balance_after)
  on tallystick.billing_transactions to tallystick_app;
grant update (book_version, tokens_purchased, tokens_granted, tokens_refunded, tokens_used, tokens_held, tokens_expired,
  tokens_shortfall, last_purchase_at, last_usage_at, last_entry_at) on tallystick.ai_token_balances to tallystick_app;
grant update (tokens_used, tokens_held, tokens_refunded, tokens_expired, recognised_cents, breakage_cents, refunded_cents,
  closed_at) on tallystick.ai_token_grants to tallystick_app;
grant update (status, ended_at, released_by, release_reason, usage_id, settled_tokens,
  balance_after)
  on tallystick.ai_token_holds to tallystick_app;
grant update (body_hash, status_code, response, ref_id, created_at, expires_at) on tallystick.request_keys to tallystick_app;
grant update (next_due_at, attempts, last_error) on tallystick.due_work to tallystick_app;

-- ---------------------------------------------------------------------------------------------- tallystick_lane

-- The batch writers see every tenant's rows of the hot tables, and can do only what a debit or a hold needs.
do $$
declare name text;
begin
  foreach name in array array['ai_token_balances', 'ai_token_grants', 'ai_token_usage', 'ai_token_holds', 'request_keys']
  loop
    execute format('create policy lane_all on tallystick.%I to tallystick_lane using (true) with check (true)', name);
    execute format('grant select on tallystick.%I to tallystick_lane', name);
  end loop;
end $$;
grant insert on tallystick.ai_token_usage, tallystick.ai_token_holds, tallystick.request_keys to tallystick_lane;
grant update (book_version, tokens_used, tokens_held, tokens_shortfall, last_usage_at, last_entry_at)
  on tallystick.ai_token_balances to tallystick_lane;
grant update (tokens_used, tokens_held, recognised_cents, closed_at) on tallystick.ai_token_grants to tallystick_lane;
grant update (status, ended_at, released_by, release_reason, usage_id, settled_tokens,
  balance_after)
  on tallystick.ai_token_holds to tallystick_lane;

-- ---------------------------------------------------------------------------------------------- tallystick_job

-- Reports and jobs read every tenant's rows; they write the schedule, the clocks and expired keys, never a book.
do $$
declare name text;
begin
  foreach name in array array['tenants', 'tenant_slugs', 'subscription_tiers', 'api_keys', 'accounts',
    'billing_transactions', 'transfers', 'ai_token_features', 'ai_token_balances', 'ai_token_grants', 'ai_token_usage',
    'ai_token_holds', 'request_keys', 'due_work', 'test_clocks']
  loop
    execute format('create policy job_read on tallystick.%I for select to tallystick_job using (true)', name);
    execute format('grant select on tallystick.%I to tallystick_job', name);
  end loop;
end $$;
grant select on tallystick.ledger_entries to tallystick_job;
create policy job_write on tallystick.due_work to tallystick_job using (true) with check (true);
grant insert, update (next_due_at, attempts, last_error), delete on tallystick.due_work to tallystick_job;
create policy job_write on tallystick.test_clocks to tallystick_job using (true) with check (true);
grant insert, update (offset_ms, updated_at) on tallystick.test_clocks to tallystick_job;
create policy job_purge on tallystick.request_keys for delete to tallystick_job using (expires_at is not null);
grant delete on tallystick.request_keys to tallystick_job;
