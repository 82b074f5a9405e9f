import { paginate, Tallystick } from '@tallystick/sdk';

// One studio through a year in a few seconds: a trial, an upgrade, more calls than are included, a card that fails,
// a refund, and the end. The test clock moves only this studio. How to run it: see README.md beside this file.

const base_url = process.env.TALLYSTICK_URL ?? 'http://127.0.0.1:4600';
const operator_key = process.env.TALLYSTICK_KEY;
if (operator_key === undefined)
  throw new Error('TALLYSTICK_KEY takes an operator key; tallystick serve prints one');

const operator = new Tallystick({ base_url, api_key: operator_key });
const { tenant_id, created_at } = await operator.createTenant({ name: 'Harbour Light Studio' });
const studio = operator.forTenant(tenant_id);
const begun = Date.parse(created_at);
const DAY_SECONDS = 86_400;

/** Moves the studio's clock to a day after it was made; whatever falls due on the way happens, in order. */
async function goToDay(day: number): Promise<void> {
  await studio.advanceTestClock({ to: new Date(begun + day * DAY_SECONDS * 1000).toISOString() });
}

async function tell(day: number, what: string): Promise<void> {
  const { data } = await studio.listSubscriptions({ limit: 1 });
  const { tokens_remaining } = await studio.getAiTokenBalance();
  const [latest] = data;
  const state = latest === undefined ? 'no subscription' : `${latest.tier_name}, ${latest.status}`;
  console.log(
    `day ${String(day).padStart(3)}  ${what.padEnd(34)} ${state.padEnd(24)} ${tokens_remaining} tokens`,
  );
}

/** Successful calls of the studio's own customers, as its server reports them. */
async function call(times: number): Promise<void> {
  for (let sent = 0; sent < times; sent += 1000) {
    const events = Array.from({ length: Math.min(1000, times - sent) }, () => ({
      id: crypto.randomUUID(),
      endpoint: '/episodes/:episode_id',
      method: 'GET',
      status_code: 200,
      response_time_ms: 12,
    }));
    await studio.postApiUsageEvents(events);
  }
}

await studio.savePaymentMethod({ token: 'sandbox_card', make_default: true });
await studio.startSubscription({ tier_name: 'starter', trial_days: 14 });
await tell(0, 'a trial of 14 days');

await goToDay(15);
await tell(15, 'the trial is over, the card is charged');

await goToDay(30);
const preview = await studio.previewSubscriptionChange({ tier_name: 'professional', when: 'now' });
await studio.changeSubscription({ tier_name: 'professional', when: 'now' });
await tell(30, `up, for ${preview.amount_due_cents} cents as previewed`);
await studio.useAiTokens({ tokens_used: 40_000, feature_type: 'transcript_analysis' });

await call(110_000);
await goToDay(46);
await tell(46, 'a month with more calls than included');

const purchase = await studio.purchaseAiTokens({ tokens_to_purchase: 50_000 });
const refund = await studio.refundTransaction({
  transaction_id: purchase.transaction_id,
  reason: 'bought by mistake',
});
await tell(46, `tokens bought, ${refund.amount_cents} cents back`);

const { payment_method_id } = await studio.savePaymentMethod({
  token: 'sandbox_card_declined',
  make_default: true,
});
await goToDay(78);
await tell(78, 'the card fails, and is tried again');
await goToDay(95);
await tell(95, 'after the last try: suspended');

await studio.removePaymentMethod({ payment_method_id });
await studio.savePaymentMethod({ token: 'sandbox_card', make_default: true });
const owed = await studio.listInvoices({ status: 'finalized' });
for (const { invoice_id } of owed.data) await studio.payInvoice({ invoice_id });
await tell(95, 'another card pays what is owed');

await goToDay(300);
await studio.cancelSubscription({ reason: 'the show has ended' });
await tell(300, 'cancelled, to the end of the period');
await goToDay(366);
await tell(366, 'a year is over');

console.log('\ninvoice     status  period                      total   lines');
const invoices = [];
for await (const invoice of paginate((page) => studio.listInvoices(page))) invoices.unshift(invoice);
for (const { number, status, total_cents, period_start, period_end, lines } of invoices) {
  const period = `${period_start.slice(0, 10)} to ${period_end.slice(0, 10)}`;
  const said = lines.map(({ description, amount_cents }) => `${description} (${amount_cents})`).join('; ');
  console.log(
    `${String(number).padEnd(11)} ${status.padEnd(7)} ${period}  ${String(total_cents).padStart(6)}   ${said}`,
  );
}

console.log('\nthe books');
const { accounts, identity } = await studio.listAccounts();
for (const { account, asset, balance } of accounts.filter(({ balance }) => balance !== 0))
  console.log(`${account.padEnd(20)} ${String(balance).padStart(10)} ${asset}`);
for (const { currency, assets_cents, claims_cents, holds } of identity)
  console.log(`identity: ${assets_cents} = ${claims_cents} ${currency} cents, ${holds ? 'holds' : 'BROKEN'}`);
