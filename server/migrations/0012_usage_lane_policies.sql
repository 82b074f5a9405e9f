-- Row-level security and grants of tallystick_lane for API usage.

do $$
declare relation text;
begin
  foreach relation in array array['api_usage', 'api_usage_keys', 'api_usage_hours', 'api_usage_latencies', 'api_usage_days']
  loop
    execute format('create policy lane_all on tallystick.%I to tallystick_lane using (true) with check (true)', relation);
    execute format('grant insert on tallystick.%I to tallystick_lane', relation);
  end loop;
end $$;
grant select (tenant_id, source, id) on tallystick.api_usage_keys to tallystick_lane;
grant select on tallystick.api_usage_hours, tallystick.api_usage_latencies, tallystick.api_usage_days to tallystick_lane;
grant update (total_calls, successful_calls, response_time_ms_total, response_time_ms_max)
  on tallystick.api_usage_hours to tallystick_lane;
grant update (total_calls) on tallystick.api_usage_latencies to tallystick_lane;
grant update (total_calls, response_time_ms_total) on tallystick.api_usage_days to tallystick_lane;

-- It makes the period of a tenant's first call, and its place on the schedule. To lock a row FOR SHARE PostgreSQL asks for
-- the right to update some column of it; the policy lets no update through.
create policy lane_read on tallystick.billing_periods for select to tallystick_lane using (true);
create policy lane_open on tallystick.billing_periods for insert to tallystick_lane with check (status = 'open');
create policy lane_lock on tallystick.billing_periods for update to tallystick_lane using (true) with check (false);
grant select, insert, update (created_at) on tallystick.billing_periods to tallystick_lane;
create policy lane_periods on tallystick.due_work for insert to tallystick_lane with check (kind = 'billing_period_close');
