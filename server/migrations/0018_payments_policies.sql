-- Row-level security and grants for 0017.

do $$
declare relation text;
begin
  foreach relation in array array['payment_customers', 'payment_methods', 'payment_checkouts', 'payment_events', 'disputes']
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

grant update (failure_reason, action_url) on tallystick.billing_transactions to tallystick_app;
grant update (is_default, removed_at) on tallystick.payment_methods to tallystick_app;
grant update (external_id, checkout_url, status, expires_at, ended_at) on tallystick.payment_checkouts to tallystick_app;
grant update (status, ended_at) on tallystick.payment_events to tallystick_app;
grant update (status, closed_at) on tallystick.disputes to tallystick_app;
