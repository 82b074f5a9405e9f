-- What a provider reported is kept for a while after it was understood; that it was reported is kept for ever, so that one
-- event is understood once.

alter table tallystick.payment_events
  alter column payload drop not null,
  add check (payload is not null or ended_at is not null);
create index payment_events_to_blank on tallystick.payment_events (tenant_id, ended_at) where payload is not null;
