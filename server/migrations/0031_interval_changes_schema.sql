-- A subscription under way can change its interval: at the end of the period, or when the invoice of the change is paid.
-- Whether its price is its tier's is seen by comparing them.

alter table tallystick.subscriptions
  drop column custom_price,
  add column next_interval text check (next_interval in ('month', 'year')),
  add column pending_interval text check (pending_interval in ('month', 'year')),
  -- Included tokens that the invoice which is waited for pays back.
  add column pending_tokens_taken_back bigint check (pending_tokens_taken_back >= 0);
update tallystick.subscriptions set next_interval = "interval" where next_tier_name is not null;
update tallystick.subscriptions set pending_interval = "interval", pending_tokens_taken_back = 0
where pending_invoice_id is not null;
alter table tallystick.subscriptions
  add check ((next_interval is null) = (next_tier_name is null)),
  add check (num_nulls(pending_invoice_id, pending_interval, pending_tokens_taken_back) in (0, 3));
