-- Row-level security and grants for 0015.

do $$
declare relation text;
begin
  foreach relation in array array['billing_cycles', 'subscriptions', 'subscription_phases', 'invoices', 'invoice_lines',
    'billed_sources', 'invoice_numbers', 'revenue_schedules', 'customer_credits']
  loop
    execute format('alter table tallystick.%I enable row level security, force row level security', relation);
    execute format('create policy owner_all on tallystick.%I to current_user using (true) with check (true)', relation);
    execute format('revoke all on tallystick.%I from public', relation);
    execute format('create policy app_own on tallystick.%I to tallystick_app
      using (tenant_id = tallystick.current_tenant_id()) with check (tenant_id = tallystick.current_tenant_id())', relation);
    execute format('grant select, insert on tallystick.%I to tallystick_app', relation);
    execute format('create policy job_read on tallystick.%I for select to tallystick_job using (true)', relation);
    execute format('grant select on tallystick.%I to tallystick_job', relation);
  end loop;
end $$;

grant update (anchor_at, time_zone), delete on tallystick.billing_cycles to tallystick_app;
grant update (ends_at, allowance_calls, rated_calls, tier_owner_id, tier_name, tier_version) on tallystick.billing_periods to tallystick_app;
grant update (tier_owner_id, tier_name, tier_version, price_cents, custom_price, included_grant_ids, status, anchor_at,
  trial_ends_at, current_period_start, current_period_end, next_cycle_at, next_tier_owner_id, next_tier_name, next_tier_version,
  next_price_cents, pending_invoice_id, pending_at, pending_tier_owner_id, pending_tier_name, pending_tier_version,
  pending_price_cents, cancel_at_period_end, started_at, paused_at, ended_at, end_reason) on tallystick.subscriptions to tallystick_app;
grant update (ends_at) on tallystick.subscription_phases to tallystick_app;
-- A draft's lines are made anew until it is finalized; what is finalized keeps its lines.
create policy app_draft_only on tallystick.invoice_lines as restrictive for delete to tallystick_app
  using (exists (select from tallystick.invoices i where i.tenant_id = invoice_lines.tenant_id
    and i.invoice_id = invoice_lines.invoice_id and i.status = 'draft'));
grant delete on tallystick.invoice_lines, tallystick.billed_sources to tallystick_app;
grant update (status, number, subtotal_cents, discount_cents, tax_cents, total_cents, credit_applied_cents,
  amount_due_cents, amount_paid_cents, amount_refunded_cents, tax_behavior, details, payment_attempts, next_payment_at,
  last_payment_error, finalized_at, due_at, paid_at, ended_at) on tallystick.invoices to tallystick_app;
grant update (discount_cents, tax_rate_percent, tax_name, tax_cents) on tallystick.invoice_lines to tallystick_app;
grant update (credit_cents) on tallystick.customer_credits to tallystick_app;
grant update (prefix, next_number) on tallystick.invoice_numbers to tallystick_app;
grant update (recognised_cents, done), delete on tallystick.revenue_schedules to tallystick_app;

-- Recording usage makes the periods that the cycle says.
create policy lane_read on tallystick.billing_cycles for select to tallystick_lane using (true);
grant select on tallystick.billing_cycles to tallystick_lane;

-- Numbers are given by seller, to invoices of whichever tenant.
create policy job_number on tallystick.invoices for update to tallystick_job using (number is null) with check (true);
grant update (number) on tallystick.invoices to tallystick_job;
create policy job_write on tallystick.invoice_numbers to tallystick_job using (true) with check (true);
grant insert, update (next_number) on tallystick.invoice_numbers to tallystick_job;
