-- Row-level security and grants for 0025.

alter table tallystick.closed_months enable row level security, force row level security;
create policy owner_all on tallystick.closed_months to current_user using (true) with check (true);
revoke all on tallystick.closed_months from public;
create policy app_own on tallystick.closed_months to tallystick_app
  using (tenant_id = tallystick.current_tenant_id()) with check (tenant_id = tallystick.current_tenant_id());
-- What is closed stays closed: nobody updates or deletes.
grant select, insert on tallystick.closed_months to tallystick_app;
create policy job_read on tallystick.closed_months for select to tallystick_job using (true);
grant select on tallystick.closed_months to tallystick_job;

grant update (recognised_until) on tallystick.revenue_schedules to tallystick_app;
-- Closing marks the books of many tenants, as only the batch writers may.
grant update (closed_until) on tallystick.ai_token_balances to tallystick_lane;
