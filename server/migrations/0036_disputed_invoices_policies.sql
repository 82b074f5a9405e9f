-- Row-level security and grants for 0035.

grant update (dispute_status) on tallystick.invoices to tallystick_app;
