import type { GetRevenueAnswer, GetRevenueMetricsAnswer } from '@tallystick/sdk';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { ROOT_TENANT_ID } from '../../server/src/id/index.ts';
import { chromiumPath, launchChromium } from './chromium.ts';
import { type ServedDashboard, serveDashboard } from './served-dashboard.ts';
import { eventually, LOOKS, type Look, type Visit, visit } from './visit.ts';

vi.setConfig({ testTimeout: 90_000, hookTimeout: 120_000 });

const dollars = (cents = Number.NaN) =>
  (cents / 100).toLocaleString('en-US', { style: 'currency', currency: 'USD' });

describe.skipIf(chromiumPath === undefined)('the revenue page in a browser', () => {
  let served: ServedDashboard;
  let browser: Browser;
  let signed_in: Awaited<ReturnType<BrowserContext['storageState']>>;

  beforeAll(async () => {
    served = await serveDashboard();
    browser = await launchChromium();
    const { page, close } = await visit(browser, address());
    await page.getByLabel('E-mail').fill(served.operator.email);
    await page.getByLabel('Password').fill(served.operator.password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('button', { name: 'Sign out' }).waitFor();
    signed_in = await page.context().storageState();
    await close();
  });
  afterAll(async () => {
    await browser?.close();
    await served?.close();
  });

  const address = (path = '') => `${served.address}/dashboard/${path}`;
  const region = (where: Page, name: string) => where.getByRole('region', { name, exact: true });
  async function openRevenue(look?: Look): Promise<Visit> {
    const opened = await visit(browser, address('revenue'), look, { storageState: signed_in });
    await opened.page.getByRole('heading', { name: 'Revenue', level: 1 }).waitFor();
    return opened;
  }
  async function subscriber(name: string, tier_name: string, currency = 'USD'): Promise<string> {
    const tenant_id = await served.makeTenant(name, { currency });
    await served.ask(tenant_id, 'POST /payment-methods', { token: 'sandbox_card' });
    await served.ask(tenant_id, 'POST /subscriptions', { tier_name });
    return tenant_id;
  }

  test('says what is to be done where nothing is earned yet', async () => {
    const { page, expectSound, close } = await openRevenue();
    await eventually(() => region(page, 'Recurring revenue').innerText()).toContain(
      'No paid subscription yet',
    );
    await eventually(() => region(page, 'Movements').innerText()).toContain('Nothing has moved');
    await eventually(() => region(page, 'Recognised and deferred').innerText()).toContain(
      'Nothing has been earned',
    );
    await expectSound('revenue without anything');
    await close();
  });

  test('shows what the API says, to the cent', async () => {
    await subscriber('Harbour Studio', 'professional');
    await subscriber('Night Ferry Radio', 'starter');
    const buyer = await subscriber('Halb Acht Audio', 'professional', 'EUR');
    await served.ask(buyer, 'POST /ai-tokens/purchase', { tokens_to_purchase: 12_345 });
    const metrics = await served.ask<GetRevenueMetricsAnswer>(ROOT_TENANT_ID, 'GET /metrics/revenue');
    const { months } = await served.ask<GetRevenueAnswer>(ROOT_TENANT_ID, 'GET /revenue');
    const month = metrics.by_month.at(-1);
    expect(metrics.mrr_cents).toBe(12_800);
    const { page, faults, close } = await openRevenue();
    const strip = page.locator('dl[aria-label="Headline figures"]');
    await eventually(() => strip.innerText()).toContain(dollars(metrics.mrr_cents));
    await eventually(() => strip.innerText()).toContain(dollars(metrics.arr_cents));
    const figures = (currency: string) =>
      months.findLast((row) => row.currency === currency && row.month === month?.month);
    await eventually(() => strip.innerText()).toContain(dollars(figures('USD')?.deferred_cents));
    await page.getByRole('button', { name: 'Show Recurring revenue as a table' }).click();
    await page.getByRole('button', { name: 'Show Movements as a table' }).click();
    await page.getByRole('button', { name: 'Show Recognised and deferred as a table' }).click();
    const row = (name: string) =>
      region(page, name)
        .getByRole('row', { name: new RegExp(month?.month ?? 'none') })
        .innerText();
    expect(await row('Recurring revenue')).toContain(`${dollars(month?.closing_mrr_cents)}\t2`);
    expect(await row('Movements')).toContain(`\t${dollars(month?.new_cents)}\t$0.00\t$0.00\t$0.00\t$0.00`);
    const earned = figures('USD');
    expect(await row('Recognised and deferred')).toContain(
      `${dollars(earned?.recognised_cents)}\t${dollars(earned?.deferred_cents)}\t$0.00\t${dollars(earned?.cash_received_cents)}`,
    );
    await page.getByText('EUR', { exact: true }).first().click();
    await eventually(() => strip.innerText()).toContain('€99.00');
    expect(new URL(page.url()).searchParams.get('currency')).toBe('EUR');
    await eventually(() => row('Recognised and deferred')).toContain(
      dollars(figures('EUR')?.deferred_cents).replace('$', '€'),
    );
    expect(faults).toEqual([]);
    await close();
  });

  test.each(LOOKS)('is sound as charts and as tables: $theme, $width px', async (look) => {
    const { page, expectSound, close } = await openRevenue(look);
    await page.locator('.recharts-bar-rectangle').first().waitFor();
    await expectSound('the revenue page');
    for (const name of ['Recurring revenue', 'Movements', 'Recognised and deferred'])
      await page.getByRole('button', { name: `Show ${name} as a table` }).click();
    await expectSound('the tables of the revenue page');
    await close();
  });

  test('is where an operator arrives who has left before the tenants are there', async () => {
    const { page, close } = await visit(browser, address('revenue'), undefined, { storageState: signed_in });
    const tenants_may_come = Promise.withResolvers<void>();
    const page_may_come = Promise.withResolvers<void>();
    await page.route(/\/tenants\?/, (route) => tenants_may_come.promise.then(() => route.continue()));
    await page.route(/revenue-route/, (route) => page_may_come.promise.then(() => route.continue()));
    await page.goto(address());
    const answered = page.waitForResponse(/\/tenants\?/);
    await page.getByRole('link', { name: 'Revenue' }).click();
    tenants_may_come.resolve();
    await (await answered).finished();
    await page.getByRole('button', { name: /^Tenant: (?!none)/ }).waitFor();
    page_may_come.resolve();
    await page.getByRole('heading', { name: 'Revenue', level: 1 }).waitFor();
    await close();
  });

  test('is reached and left by the keyboard, and is not for a tenant’s user', async () => {
    const { page, close } = await visit(browser, address(), undefined, { storageState: signed_in });
    const link = page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Revenue' });
    await link.focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Revenue', level: 1 }).waitFor();
    expect(await link.getAttribute('aria-current')).toBe('page');
    await page.getByRole('radio', { name: 'In USD' }).focus();
    await page.keyboard.press('ArrowLeft');
    await eventually(() => new URL(page.url()).searchParams.get('currency')).toBe('EUR');
    await close();
    const user = await served.makeUser(await served.makeTenant('Own House'));
    const other = await visit(browser, address('revenue'));
    await other.page.getByLabel('E-mail').fill(user.email);
    await other.page.getByLabel('Password').fill(user.password);
    await other.page.getByRole('button', { name: 'Sign in' }).click();
    await other.page.getByRole('heading', { name: 'Own House' }).waitFor();
    expect(await other.page.getByRole('navigation').count()).toBe(0);
    await other.page.goto(address('revenue'));
    await other.page.getByRole('heading', { name: 'Own House' }).waitFor();
    await other.close();
  });
});
