-- Grants for 0009.

revoke all on tallystick.ai_token_grants_merged from public;
grant select on tallystick.ai_token_grants_merged to tallystick_app, tallystick_job;

grant update (head_grant_id, head_tokens, head_tokens_used, head_tokens_held, head_price_cents, head_recognised_cents)
  on tallystick.ai_token_balances to tallystick_app, tallystick_lane;

-- What a batch writer reads beside the hot tables: a book's currency. And what it puts on the schedule: holds.
create policy lane_read on tallystick.tenants for select to tallystick_lane using (true);
grant select (tenant_id, currency) on tallystick.tenants to tallystick_lane;
create policy lane_holds on tallystick.due_work to tallystick_lane using (kind = 'token_hold') with check (kind = 'token_hold');
grant select (tenant_id, kind, ref_id), insert, delete on tallystick.due_work to tallystick_lane;
