-- Row-level security and grants for 0031.

grant update (dispute_status) on tallystick.invoices to tallystick_app;
