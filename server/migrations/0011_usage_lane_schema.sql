-- What a batch of API usage need not pay for. A latency and a day are written in one statement with the hour of the same
-- period, and the hour's own foreign key holds; theirs was a look-up for each of the dozens of rows that a tenant's hour
-- begins with.
alter table tallystick.api_usage_latencies drop constraint api_usage_latencies_tenant_id_period_id_fkey;
alter table tallystick.api_usage_days drop constraint api_usage_days_tenant_id_period_id_fkey;
