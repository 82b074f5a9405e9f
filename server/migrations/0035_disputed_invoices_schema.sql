-- What becomes of an invoice whose payment a bank takes back: it is owed again, though given up, for what was lost.

-- dispute_status is how the dispute of a payment of it stands that is open, or else the last that ended. One that is uncollectible and has been disputed was
-- paid once. amount_paid_cents is what was paid and not lost: what is still owed is amount_due_cents less it.
alter table tallystick.invoices
  add column dispute_status text check (dispute_status in ('needs_response', 'under_review', 'won', 'lost')),
  drop constraint invoices_check2,
  drop constraint invoices_check3,
  add check (amount_paid_cents <= amount_due_cents),
  -- A refund that was under way may come after the payment was lost.
  add check (amount_refunded_cents <= amount_due_cents + credit_applied_cents);

-- Disputes of invoices so far: what was lost of them is owed again, as it is from now on.
update tallystick.billing_transactions d set invoice_id = p.invoice_id
from tallystick.billing_transactions p
where d.type = 'dispute' and p.tenant_id = d.tenant_id and p.transaction_id = d.reverses_transaction_id
  and p.type = 'invoice_payment';
update tallystick.invoices i set dispute_status = latest.status
from (
  select distinct on (d.tenant_id, p.invoice_id) d.tenant_id, p.invoice_id, d.status
  from tallystick.disputes d
    join tallystick.billing_transactions p on p.tenant_id = d.tenant_id and p.transaction_id = d.transaction_id
  where p.type = 'invoice_payment'
  order by d.tenant_id, p.invoice_id, d.closed_at desc nulls first, d.opened_at desc, d.dispute_id desc) latest
where i.tenant_id = latest.tenant_id and i.invoice_id = latest.invoice_id;
update tallystick.invoices i set status = 'uncollectible', paid_at = null, ended_at = lost.settled_at,
  amount_paid_cents = greatest(amount_paid_cents - lost.cents, 0), last_payment_error = 'the payment was disputed, and lost'
from (
  select tenant_id, invoice_id, sum(amount_cents) as cents, max(settled_at) as settled_at
  from tallystick.billing_transactions
  where type = 'dispute' and status = 'settled' and invoice_id is not null and amount_cents > 0
  group by tenant_id, invoice_id) lost
where i.tenant_id = lost.tenant_id and i.invoice_id = lost.invoice_id and i.status = 'paid';
