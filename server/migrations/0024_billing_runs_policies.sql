-- Row-level security and grants for 0023.

alter table tallystick.billing_runs enable row level security, force row level security;
create policy owner_all on tallystick.billing_runs to current_user using (true) with check (true);
revoke all on tallystick.billing_runs from public;
create policy app_own on tallystick.billing_runs to tallystick_app
  using (tenant_id = tallystick.current_tenant_id()) with check (tenant_id = tallystick.current_tenant_id());
grant select, insert, update (status, tenants_failed, invoices_made, totals, ended_at) on tallystick.billing_runs
  to tallystick_app;
create policy job_read on tallystick.billing_runs for select to tallystick_job using (true);
grant select on tallystick.billing_runs to tallystick_job;
