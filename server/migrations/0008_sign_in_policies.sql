-- Row-level security and grants for 0007. Nothing here belongs to a request of a tenant: the application reaches these
-- tables in a transaction in which no tenant is set, and no other.

do $$
declare name text;
begin
  foreach name in array array['sign_in_users', 'sign_in_sessions', 'sign_in_accounts', 'sign_in_verifications',
    'sign_in_attempts']
  loop
    execute format('alter table tallystick.%I enable row level security', name);
    execute format('alter table tallystick.%I force row level security', name);
    execute format('create policy owner_all on tallystick.%I to current_user using (true) with check (true)', name);
    execute format('revoke all on tallystick.%I from public', name);
    execute format('create policy app_without_tenant on tallystick.%I to tallystick_app
      using (tallystick.current_tenant_id() is null) with check (tallystick.current_tenant_id() is null)', name);
    execute format('grant select, insert, delete on tallystick.%I to tallystick_app', name);
  end loop;
end $$;

-- A user never moves to another tenant.
grant update (name, updated_at) on tallystick.sign_in_users to tallystick_app;
grant update (expires_at, updated_at) on tallystick.sign_in_sessions to tallystick_app;
grant update (password, updated_at) on tallystick.sign_in_accounts to tallystick_app;
grant update (count, last_request) on tallystick.sign_in_attempts to tallystick_app;
