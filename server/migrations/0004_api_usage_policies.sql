-- Row-level security, grants and revokes for 0003.

do $$
declare relation text;
begin
  foreach relation in array array['billing_periods', 'api_usage', 'api_usage_default', 'api_usage_keys', 'api_usage_hours',
    'api_usage_latencies', 'api_usage_days', 'api_usage_seals']
  loop
    execute format('alter table tallystick.%I enable row level security, force row level security', relation);
    execute format('create policy owner_all on tallystick.%I to current_user using (true) with check (true)', relation);
    execute format('revoke all on tallystick.%I from public', relation);
  end loop;
end $$;

-- ---------------------------------------------------------------------------------------------- tallystick_app

do $$
declare relation text;
begin
  foreach relation in array array['billing_periods', 'api_usage', 'api_usage_keys', 'api_usage_hours',
    'api_usage_latencies', 'api_usage_days', 'api_usage_seals']
  loop
    execute format('create policy app_own on tallystick.%I to tallystick_app
      using (tenant_id = tallystick.current_tenant_id()) with check (tenant_id = tallystick.current_tenant_id())', relation);
  end loop;
end $$;

grant select, insert on tallystick.billing_periods, tallystick.api_usage, tallystick.api_usage_keys,
  tallystick.api_usage_hours, tallystick.api_usage_latencies, tallystick.api_usage_days to tallystick_app;
grant select on tallystick.api_usage_seals to tallystick_app;
grant update (status, included_calls, closed_at) on tallystick.billing_periods to tallystick_app;
grant update (total_calls, successful_calls, response_time_ms_total, response_time_ms_max)
  on tallystick.api_usage_hours to tallystick_app;
grant update (total_calls) on tallystick.api_usage_latencies to tallystick_app;
grant update (total_calls, response_time_ms_total) on tallystick.api_usage_days to tallystick_app;

-- ---------------------------------------------------------------------------------------------- tallystick_job

-- Jobs read every tenant's rows, seal months and purge keys whose time is over. Calls themselves go with their month, by
-- the owner's hand.
do $$
declare relation text;
begin
  foreach relation in array array['billing_periods', 'api_usage', 'api_usage_keys', 'api_usage_hours',
    'api_usage_latencies', 'api_usage_days', 'api_usage_seals']
  loop
    execute format('create policy job_read on tallystick.%I for select to tallystick_job using (true)', relation);
    execute format('grant select on tallystick.%I to tallystick_job', relation);
  end loop;
end $$;
create policy job_insert on tallystick.api_usage_seals for insert to tallystick_job with check (true);
grant insert on tallystick.api_usage_seals to tallystick_job;
create policy job_purge on tallystick.api_usage_keys for delete to tallystick_job using (true);
grant delete on tallystick.api_usage_keys to tallystick_job;
