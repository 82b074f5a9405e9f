-- Row-level security, grants and revokes for 0005.

alter table tallystick.rate_limit_policies enable row level security;
alter table tallystick.rate_limit_policies force row level security;
create policy owner_all on tallystick.rate_limit_policies to current_user using (true) with check (true);
revoke all on tallystick.rate_limit_policies from public;

-- A tenant's own rows are its to change; the root's can be read by every tenant, because they limit it too.
create policy app_own on tallystick.rate_limit_policies to tallystick_app
  using (tenant_id = tallystick.current_tenant_id()) with check (tenant_id = tallystick.current_tenant_id());
create policy app_read_root on tallystick.rate_limit_policies for select to tallystick_app
  using (tenant_id = '01900000-0000-7000-8000-000000000001' and tallystick.current_tenant_id() is not null);
grant select, insert, delete on tallystick.rate_limit_policies to tallystick_app;
grant update ("limit", window_seconds, cost, endpoint, api_key_id, on_store_failure, set_by_operator, updated_at)
  on tallystick.rate_limit_policies to tallystick_app;

create policy job_read on tallystick.rate_limit_policies for select to tallystick_job using (true);
grant select on tallystick.rate_limit_policies to tallystick_job;
