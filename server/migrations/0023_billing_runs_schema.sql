-- Billing runs: who asked when for all of billing that was due, and what came of it. What is to be done stands in due_work.

-- A run of the root is about everybody, one of another tenant about that tenant. What is due by started_at is part of it.
-- invoices_made, totals ({"USD": cents}) and tenants_failed are kept when it ends; until then they are counted.
create table tallystick.billing_runs (
  tenant_id uuid not null references tallystick.tenants (tenant_id),
  billing_run_id uuid not null,
  status text not null check (status in ('running', 'done')),
  tenants_total integer not null check (tenants_total >= 0),
  tenants_failed integer check (tenants_failed >= 0),
  invoices_made integer check (invoices_made >= 0),
  totals jsonb check (jsonb_typeof(totals) = 'object'),
  started_at timestamptz not null,
  ended_at timestamptz,
  primary key (tenant_id, billing_run_id),
  check ((status = 'done') = (ended_at is not null)),
  check (num_nulls(ended_at, tenants_failed, invoices_made, totals) in (0, 4))
);
create index billing_runs_by_time on tallystick.billing_runs (tenant_id, started_at desc, billing_run_id desc);
-- Whoever asks while one is under way joins it.
create unique index billing_runs_one_at_a_time on tallystick.billing_runs (tenant_id) where status = 'running';

-- What a run has made is what was finalized while it was under way.
create index invoices_by_finalizing on tallystick.invoices (finalized_at) where finalized_at is not null;

-- What failed and waits to be tried again is counted while a run is watched.
create index due_work_failing on tallystick.due_work (tenant_id, kind) where attempts > 0;

-- Takes an item of due work for this transaction. False where somebody else is at it or it is not due then any more. Two
-- statements in one message: the second must see what the lock's last holder has committed.
create function tallystick.claim_due_work(tenant uuid, item_kind text, ref uuid, due_at timestamptz) returns boolean
language plpgsql as $$
begin
  if not pg_try_advisory_xact_lock(hashtextextended(concat_ws('/', 'due_work', tenant, item_kind, ref), 0)) then
    return false;
  end if;
  return exists (select from tallystick.due_work
    where tenant_id = tenant and kind = item_kind and ref_id = ref and next_due_at = due_at);
end $$;

-- What a tenant is called, for a document that names it; acting is the transaction's tenant, before and after.
create function tallystick.tenant_name(acting uuid, named uuid) returns text language plpgsql as $$
declare
  found text;
begin
  perform tallystick.set_tenant(named);
  select name into found from tallystick.tenants where tenant_id = named;
  perform tallystick.set_tenant(acting);
  return found;
end $$;
