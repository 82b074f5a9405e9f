-- Row-level security and grants for 0037: a job may only take away what has been understood.

create policy job_blank on tallystick.payment_events for update to tallystick_job
  using (ended_at is not null) with check (payload is null);
grant update (payload) on tallystick.payment_events to tallystick_job;
