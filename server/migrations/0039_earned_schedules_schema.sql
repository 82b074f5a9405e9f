-- What a line has earned is done when all of it is booked. One that was invoiced after its time was over could count as
-- done with nothing booked: it is open again, and booked with the next month.

insert into tallystick.due_work (tenant_id, kind, ref_id, next_due_at)
select tenant_id, 'revenue_recognition', tenant_id, max(recognised_until)
from tallystick.revenue_schedules where done and recognised_cents <> amount_cents group by tenant_id
on conflict do nothing;
update tallystick.revenue_schedules set done = false where recognised_cents <> amount_cents;
alter table tallystick.revenue_schedules
  add constraint revenue_schedules_done_when_earned check (not done or recognised_cents = amount_cents);
