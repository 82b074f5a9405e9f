import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runAudit } from '../../src/audit/index.ts';
import { describeOnEachDatabase } from '../harness/index.ts';
import type { TestApp } from '../harness/test-app.ts';
import { makeStudio, type Studio } from '../routes/token-fixtures.ts';
import { sendEvent, stripeApp } from './stripe-app.ts';
import type { StripeDouble } from './stripe-double.ts';

const HISTORIES = process.env.TALLYSTICK_SOAK === 'true' ? 60 : 6;
const FEE = 2900;

const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ dispute: fc.constantFrom(1, 700, 1450, FEE, 2 * FEE) }) },
  { weight: 3, arbitrary: fc.record({ end: fc.constantFrom('won', 'lost', 'lost') }) },
  { weight: 2, arbitrary: fc.record({ refund: fc.constantFrom(1, 500, 2400, FEE) }) },
  { weight: 2, arbitrary: fc.constant({ pay: true }) },
);
type Step = { dispute: number } | { end: string } | { refund: number } | { pay: true };

/** One payment of the invoice, as plain numbers: what a bank or we gave back of it, and what a bank may still. */
interface PaymentModel {
  charge: string;
  paid: number;
  refunded: number;
  lost: number;
  open: { id: string; cents: number }[];
}

describeOnEachDatabase('payments of invoices that are disputed in parts', (getDb) => {
  let app: TestApp;
  let double: StripeDouble;
  beforeAll(async () => {
    ({ app, double } = await stripeApp(getDb(), 1500));
  });
  afterAll(async () => {
    await app.server.close();
    await double.close();
  });

  const report = async (type: string, object: object) => {
    await sendEvent({ app, double }, type, object);
    await app.composition.runner.runDue();
  };
  const newest = (studio: Studio) => {
    const charges = double
      .made('pi_')
      .filter(({ metadata }) => (metadata as { tenant_id?: string }).tenant_id === studio.tenant_id);
    return String(charges.at(-1)?.id);
  };
  const subscribe = async () => {
    const studio = await makeStudio(app);
    await studio.call('POST /payment-methods', { token: 'pm_card_visa' });
    const started = await studio.call('POST /subscriptions', { tier_name: 'starter' });
    expect(started.statusCode, started.body).toBe(201);
    return studio;
  };
  const paymentOf = (studio: Studio): PaymentModel => {
    const charge = newest(studio);
    const paid = Number(double.resources.get(charge)?.amount);
    return { charge, paid, refunded: 0, lost: 0, open: [] };
  };
  const owedOf = (payments: readonly PaymentModel[]) =>
    payments.reduce((owed, { paid, lost }) => owed - paid + lost, FEE);

  async function take(studio: Studio, payments: PaymentModel[], one: Step): Promise<void> {
    const payment = payments.at(-1) as PaymentModel;
    const disputed = payment.open.reduce((sum, { cents }) => sum + cents, payment.lost);
    if ('dispute' in one) {
      const dispute = double.dispute(payment.charge, 'needs_response', one.dispute);
      await report('charge.dispute.created', dispute);
      payment.open.push({ id: dispute.id, cents: Math.min(one.dispute, payment.paid - disputed) });
    } else if ('end' in one) {
      const ended = payments.flatMap(({ open }) => open).at(0);
      if (ended === undefined) return;
      await report('charge.dispute.closed', double.change(ended.id, { status: one.end }));
      const of = payments.find(({ open }) => open.includes(ended)) as PaymentModel;
      of.open = of.open.filter((other) => other !== ended);
      if (one.end === 'lost') of.lost += ended.cents;
    } else if ('refund' in one) {
      const external = (await studio.call('GET /transactions?type=invoice_payment')).json().data;
      const { transaction_id } = external[0];
      const body = { transaction_id, amount_cents: one.refund, reason: 'asked for' };
      const answer = await studio.operate('POST /refunds', body);
      const all_refunded = payments.reduce((sum, { refunded }) => sum + refunded, 0);
      const left = Math.min(
        payment.paid - payment.lost - payment.refunded,
        FEE - owedOf(payments) - all_refunded,
      );
      const refused = payments.some(({ open }) => open.length > 0) ? 409 : one.refund > left ? 422 : 201;
      expect(answer.statusCode, answer.body).toBe(refused);
      if (refused === 201) payment.refunded += one.refund;
    } else {
      const owed = owedOf(payments);
      const [{ invoice_id }] = await invoicesOf(studio);
      app.clock.advance(1000);
      const answer = await studio.operate(`POST /invoices/${invoice_id}/pay`);
      expect(answer.statusCode, answer.body).toBe(200);
      if (owed > 0) payments.push(paymentOf(studio));
      expect(payments.at(-1)?.paid).toBe(owed > 0 ? owed : payment.paid);
    }
  }

  const invoicesOf = async (studio: Studio) =>
    (await studio.call('GET /invoices'))
      .json()
      .data.filter(({ kind }: { kind: string }) => kind === 'invoice');

  async function compare(studio: Studio, payments: readonly PaymentModel[]): Promise<void> {
    const [invoice] = await invoicesOf(studio);
    const sum = (pick: (one: PaymentModel) => number) => payments.reduce((all, one) => all + pick(one), 0);
    const owed = owedOf(payments);
    const status = owed > 0 ? 'uncollectible' : 'paid';
    const amount_paid_cents = FEE - owed;
    const amount_refunded_cents = sum(({ refunded }) => refunded);
    expect(invoice).toMatchObject({ status, amount_paid_cents, amount_refunded_cents });
    const { accounts, identity } = (await studio.call('GET /ledger/accounts')).json();
    const balance = (name: string) =>
      accounts.find(({ account }: { account: string }) => account === name)?.balance ?? 0;
    expect(balance('written_off')).toBe(owed);
    expect(balance('cash')).toBe(sum(({ paid, lost, refunded }) => paid - lost - refunded));
    expect(identity.every(({ holds }: { holds: boolean }) => holds)).toBe(true);
    const subscription = (await studio.call('GET /subscriptions/current')).json();
    expect(subscription.status).toBe(owed > 0 ? 'suspended' : 'active');
  }

  it('lose the lost part only, and agree with a simple model', { timeout: 180_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 12 }), async (steps) => {
        const studio = await subscribe();
        const payments = [paymentOf(studio)];
        for (const one of steps as Step[]) {
          await take(studio, payments, one);
          await compare(studio, payments);
        }
      }),
      {
        numRuns: HISTORIES,
        ...(process.env.TALLYSTICK_SEED ? { seed: Number(process.env.TALLYSTICK_SEED) } : {}),
      },
    );
    expect((await runAudit(getDb())).checks.filter(({ difference }) => difference)).toEqual([]);
  });

  it('a part that is lost leaves the rest paid, and it alone is paid again', async () => {
    const studio = await subscribe();
    const payments = [paymentOf(studio)];
    await take(studio, payments, { dispute: 700 });
    await take(studio, payments, { end: 'lost' });
    await compare(studio, payments);
    expect((await invoicesOf(studio))[0]).toMatchObject({
      amount_paid_cents: 2200,
      status: 'uncollectible',
      dispute_status: 'lost',
    });
    await take(studio, payments, { pay: true });
    await compare(studio, payments);
    expect(payments.at(-1)?.paid).toBe(700);
  });
});
