-- Row-level security and grants for 0029.

do $$
declare relation text;
begin
  foreach relation in array array['auto_top_ups', 'spend_caps']
  loop
    execute format('alter table tallystick.%I enable row level security, force row level security', relation);
    execute format('create policy owner_all on tallystick.%I to current_user using (true) with check (true)', relation);
    execute format('revoke all on tallystick.%I from public', relation);
    execute format('create policy app_own on tallystick.%I to tallystick_app
      using (tenant_id = tallystick.current_tenant_id()) with check (tenant_id = tallystick.current_tenant_id())', relation);
    execute format('grant select, insert, delete on tallystick.%I to tallystick_app', relation);
    execute format('create policy job_read on tallystick.%I for select to tallystick_job using (true)', relation);
    execute format('grant select on tallystick.%I to tallystick_job', relation);
  end loop;
end $$;

grant update (threshold_tokens, tokens_to_purchase, monthly_ceiling_cents, enabled, declines, paused_reason, paused_until,
  failed_method, last_attempt_at, last_failure_code, last_failure_reason, last_failure_at, updated_at)
  on tallystick.auto_top_ups to tallystick_app;
grant update (limit_cents, action, reached_at, reached_period_start, updated_at) on tallystick.spend_caps to tallystick_app;
