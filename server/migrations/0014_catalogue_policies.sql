-- Grants for 0013. A seller writes versions of its own tiers; nobody changes or deletes one.

create policy app_insert on tallystick.subscription_tiers for insert to tallystick_app
  with check (tenant_id = tallystick.current_tenant_id());
grant insert on tallystick.subscription_tiers to tallystick_app;
-- The tier that the tenant is on, whoever's catalogue it stands in.
create policy app_read_own_tier on tallystick.subscription_tiers for select to tallystick_app
  using (tenant_id = (select tier_owner_id from tallystick.tenants where tenant_id = tallystick.current_tenant_id()));
grant update (tier_owner_id, tier_version) on tallystick.tenants to tallystick_app;
