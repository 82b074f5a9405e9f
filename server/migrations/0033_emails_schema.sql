-- E-mails to tenants about their billing.

-- Written in the transaction of what it tells of, composed and sent afterwards by due work.
create table tallystick.emails (
  tenant_id uuid not null references tallystick.tenants (tenant_id),
  email_id uuid not null,
  -- Under whose name it is written.
  seller_id uuid not null,
  kind text not null check (kind in ('invoice_issued', 'payment_received', 'payment_declined',
    'payment_needs_confirmation', 'subscription_suspended', 'subscription_recovered', 'trial_ending',
    'subscription_cancelled', 'refund_issued')),
  -- What it tells of; the same thing is told once.
  source_key text collate "C" not null check (char_length(source_key) <= 200),
  to_address text not null check (char_length(to_address) <= 254),
  subject text not null check (char_length(subject) <= 255),
  -- What it is composed from.
  facts jsonb not null,
  -- The invoice or credit note whose page goes along.
  invoice_id uuid,
  status text not null check (status in ('queued', 'sent', 'failed', 'kept')),
  attempts smallint not null default 0 check (attempts >= 0),
  last_error text check (char_length(last_error) <= 500),
  -- As it was composed last; null before the first attempt.
  from_name text,
  from_address text,
  text text,
  html text,
  created_at timestamptz not null,
  sent_at timestamptz,
  primary key (tenant_id, email_id),
  unique (tenant_id, source_key),
  foreign key (tenant_id, invoice_id) references tallystick.invoices (tenant_id, invoice_id),
  check ((status = 'sent') = (sent_at is not null)),
  check (num_nulls(from_name, from_address, text, html) in (0, 4)),
  check (status = 'queued' or text is not null)
);
create index emails_newest_first on tallystick.emails (tenant_id, created_at desc, email_id desc);

-- Trials that are under way are told of their end too.
insert into tallystick.due_work (tenant_id, kind, ref_id, next_due_at)
select tenant_id, 'trial_ending', subscription_id, trial_ends_at - interval '72 hours' from tallystick.subscriptions
where status = 'trialing' and trial_ends_at - started_at > interval '72 hours'
on conflict do nothing;
