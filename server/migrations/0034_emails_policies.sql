-- Row-level security and grants for 0033.

alter table tallystick.emails enable row level security, force row level security;
create policy owner_all on tallystick.emails to current_user using (true) with check (true);
revoke all on tallystick.emails from public;
create policy app_own on tallystick.emails to tallystick_app
  using (tenant_id = tallystick.current_tenant_id()) with check (tenant_id = tallystick.current_tenant_id());
grant select, insert on tallystick.emails to tallystick_app;
grant update (to_address, status, attempts, last_error, from_name, from_address, text, html, sent_at)
  on tallystick.emails to tallystick_app;
create policy job_read on tallystick.emails for select to tallystick_job using (true);
grant select on tallystick.emails to tallystick_job;
