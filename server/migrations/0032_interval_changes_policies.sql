-- Grants for 0031.

grant update ("interval", next_interval, pending_interval, pending_tokens_taken_back) on tallystick.subscriptions to tallystick_app;
