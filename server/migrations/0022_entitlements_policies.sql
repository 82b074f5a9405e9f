-- Row-level security and grants for 0021. A use is never changed; its sums are.

do $$
declare relation text;
begin
  foreach relation in array array['feature_usage', 'feature_usage_periods']
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

grant update (used, overage_quantity, tier_owner_id, tier_name, tier_version) on tallystick.feature_usage_periods to tallystick_app;
