import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { chromiumPath, launchChromium } from './chromium.ts';
import { fillTenant, type ServedDashboard, serveDashboard } from './served-dashboard.ts';
import { eventually, LOOKS, type Look, type Visit, visit } from './visit.ts';

vi.setConfig({ testTimeout: 90_000, hookTimeout: 120_000 });

/** Waits for what is expected, on a busy machine too. */
/** The same, in less time than the figures take to refresh by themselves. */
const soon = (look: () => unknown) => expect.poll(look, { timeout: 8_000 });

describe.skipIf(chromiumPath === undefined)('the dashboard in a browser', () => {
  let served: ServedDashboard;
  let browser: Browser;
  let studio: string;
  /** The cookies of an operator: attempts to sign in are limited, so most visits bring them. */
  let signed_in: Awaited<ReturnType<BrowserContext['storageState']>>;
  beforeAll(async () => {
    served = await serveDashboard();
    browser = await launchChromium();
    studio = await served.makeTenant('Harbour Studio', { tier_name: 'professional' });
    await fillTenant(served, studio);
    const first = await visit(browser, page());
    await signIn(first.page);
    signed_in = await first.page.context().storageState();
    await first.close();
    for (const name of ['Saltbox Stories', 'Night Ferry Radio']) await served.makeTenant(name);
  });
  afterAll(async () => {
    await browser?.close();
    await served?.close();
  });

  const page = (path = '') => `${served.address}/dashboard/${path}`;
  async function signIn(where: Page, who: { email: string; password: string } = served.operator) {
    await where.getByLabel('E-mail').fill(who.email);
    await where.getByLabel('Password').fill(who.password);
    await where.getByRole('button', { name: 'Sign in' }).click();
    await where.getByRole('button', { name: 'Sign out' }).waitFor();
  }
  async function openStudio(look?: Look, tenant_id = studio): Promise<Visit> {
    const opened = await visit(browser, page(`?tenant=${tenant_id}`), look, { storageState: signed_in });
    await opened.page.getByRole('heading', { level: 1 }).waitFor();
    return opened;
  }
  /** The figure of the strip at the top under that name, and the line below it. */
  const figure = (where: Page, name: string) =>
    where.locator('dl[aria-label="Headline figures"] > div', {
      has: where.getByText(name, { exact: false }),
    });
  const shows = (where: Page, name: string) => async () =>
    (await figure(where, name).locator('dd').allInnerTexts()).join(' | ');
  const count = (number: number) => number.toLocaleString('en-US');

  test('says in words that a password is wrong, and lets in who knows it', async () => {
    const { page: where, faults, close } = await visit(browser, page());
    await where.getByLabel('E-mail').fill(served.operator.email);
    await where.getByLabel('Password').fill('a guess');
    await where.getByRole('button', { name: 'Sign in' }).click();
    await eventually(() => where.getByRole('alert').innerText()).toContain(
      'The e-mail address or the password is wrong.',
    );
    // The browser itself reports the 401.
    expect(faults.splice(0)).toEqual([expect.stringContaining('401')]);
    await signIn(where);
    expect(new URL(where.url()).pathname).toBe('/dashboard/');
    await where.getByRole('button', { name: 'Sign out' }).click();
    await where.getByRole('heading', { name: 'Sign in to Tallystick' }).waitFor();
    await where.goto(page());
    await where.getByRole('heading', { name: 'Sign in to Tallystick' }).waitFor();
    expect(faults).toEqual([]);
    await close();
  });

  test.each(LOOKS)('is sound in every state: $theme, $width px', async (look) => {
    const stranger = await visit(browser, page(), look);
    await stranger.page.getByLabel('E-mail').waitFor();
    await stranger.expectSound('the sign-in');
    await stranger.close();
    const opened = await openStudio(look);
    const { page: where, expectSound } = opened;
    await where.locator('.recharts-bar-rectangle').first().waitFor();
    await expectSound('the overview');
    await where.getByRole('button', { name: 'Show Balance as a table' }).click();
    await where.getByRole('button', { name: 'Show API calls as a table' }).click();
    await expectSound('the tables of the charts');
    await where.getByRole('button', { name: /^Tenant: / }).click();
    await where.getByRole('combobox').fill('radio');
    await expectSound('the list of tenants');
    await where.keyboard.press('Escape');
    await where.getByRole('button', { name: 'Buy tokens' }).click();
    await where.getByRole('button', { name: 'Buy for $10.00' }).waitFor();
    await expectSound('the purchase');
    await where.keyboard.press('Escape');
    await where.goto(page(`?tenant=${await served.makeTenant('Without Anything')}`));
    await where.getByText('No tokens yet').waitFor();
    await where.getByText('No API calls in the last 30 days').waitFor();
    await expectSound('a tenant with nothing yet');
    await opened.close();
  });

  test('shows what the API says', async () => {
    const { page: where, faults, close } = await openStudio();
    const balance = await served.ask(studio, 'GET /ai-tokens/balance');
    const calls = await served.ask(studio, 'GET /api-usage/summary?from=2020-01-01T00:00:00Z');
    await eventually(shows(where, 'Tokens remaining')).toBe(
      `${count(balance.tokens_remaining ?? -1)} | ${count(balance.tokens_held ?? -1)} held`,
    );
    await eventually(shows(where, 'Tokens sold')).toContain(count(balance.tokens_purchased ?? -1));
    await eventually(shows(where, 'Tokens used')).toContain(count(50_000));
    await eventually(shows(where, 'API calls')).toContain(count(calls.total_calls ?? -1));
    const region = (name: string) => where.getByRole('region', { name, exact: true });
    await eventually(() => region('Tokens by feature').innerText()).toMatch(/Content generation\s+41,234/);
    expect(await region('Tokens by feature').innerText()).toMatch(/Ad generation\s+0\s+0 uses · 3,000 held/);
    expect(await region('Status, latency, cost').innerText()).toContain('500');
    expect(await region('Endpoints').innerText()).toMatch(/\/search\s+100/);
    const bought = region('Latest transactions').getByRole('row', { name: /Purchase/ });
    expect(await bought.innerText()).toMatch(/\+250,000\s+\$25\.00\s+350,000/);
    expect(await region('Plan').innerText()).toMatch(/Professional\s+\$99\.00 a month\s+Active · renews /i);
    expect(await region('Plan').innerText()).toMatch(/Included tokens\s+50,000 of 100,000/);
    const invoice = region('Invoices').getByRole('row', { name: 'INV-000001' });
    expect(await invoice.innerText()).toMatch(/paid\s+\w+ \d+\s+\$99\.00\s+PDF/);
    const history = await served.ask<{ days: { day: string; tokens_remaining: number }[] }>(
      studio,
      'GET /ai-tokens/balance/history',
    );
    await where.getByRole('button', { name: 'Show Balance as a table' }).click();
    const today = history.days.at(-1);
    const row = where.getByRole('row', { name: new RegExp(today?.day ?? 'none') });
    expect(await row.innerText()).toContain(count(today?.tokens_remaining ?? -1));
    expect(faults).toEqual([]);
    await close();
  });

  test.each(LOOKS)('sells tokens, and the balance moves: $theme, $width px', async (look) => {
    const tenant_id = await served.makeTenant(`Buyer ${look.theme} ${look.width}`);
    const { page: where, expectSound, close } = await openStudio(look, tenant_id);
    await eventually(shows(where, 'Tokens remaining')).toContain('0 | 0 held');
    await where.getByRole('button', { name: 'Buy tokens' }).click();
    await where.getByLabel('Tokens', { exact: true }).fill('12250');
    // 122.5 cents, half to even.
    await where.getByRole('button', { name: 'Buy for $1.22' }).click();
    await eventually(() => where.getByRole('dialog').innerText()).toContain(
      '12,250 tokens for $1.22. The balance is 12,250.',
    );
    await expectSound('the purchase, done');
    await where.getByRole('button', { name: 'Back to the figures' }).click();
    await soon(shows(where, 'Tokens remaining')).toContain('12,250');
    await soon(() => where.getByRole('region', { name: 'Latest transactions' }).innerText()).toContain(
      '+12,250',
    );
    const { tokens_remaining } = await served.ask(tenant_id, 'GET /ai-tokens/balance');
    expect(tokens_remaining).toBe(12_250);
    await close();
  });

  test('charges once, however often the button is pressed while it is under way', async () => {
    const tenant_id = await served.makeTenant('Impatient');
    const { page: where, close } = await openStudio(undefined, tenant_id);
    await where.getByRole('button', { name: 'Buy tokens' }).click();
    const buy = where.getByRole('button', { name: 'Buy for $10.00' });
    await buy.waitFor();
    await buy.dblclick();
    await where.getByRole('button', { name: 'Back to the figures' }).waitFor();
    expect((await served.ask(tenant_id, 'GET /ai-tokens/balance')).tokens_purchased).toBe(100_000);
    await close();
  });

  test('says what is wrong with an amount before it is paid', async () => {
    const { page: where, faults, close } = await openStudio();
    await where.getByRole('button', { name: 'Buy tokens' }).click();
    await where.getByLabel('Tokens', { exact: true }).fill('5');
    await eventually(() => where.getByRole('dialog').innerText()).toContain('cost less than one cent');
    expect(await where.getByRole('button', { name: 'Buy for' }).isDisabled()).toBe(true);
    expect(faults.splice(0)).toEqual([expect.stringContaining('422')]);
    await close();
  });

  test('needs nothing but a keyboard', async () => {
    const { page: where, faults, close } = await visit(browser, page());
    await where.getByLabel('E-mail').waitFor();
    const keys = where.keyboard;
    await keys.type(served.operator.email);
    await keys.press('Tab');
    await keys.type(served.operator.password);
    await keys.press('Enter');
    await where.getByRole('button', { name: 'Sign out' }).waitFor();
    await where.getByRole('heading', { level: 1 }).waitFor();
    const focused = () =>
      where.evaluate('document.activeElement.innerText || document.activeElement.ariaLabel');
    await keys.press('Tab');
    expect(await focused()).toBe('Skip to the figures');
    await keys.press('Tab');
    expect(await focused()).toMatch(/^(?!Skip)/);
    await keys.press('Enter');
    await keys.type('night ferry');
    await keys.press('Enter');
    await where.getByRole('heading', { name: 'Night Ferry Radio' }).waitFor();
    expect(new URL(where.url()).searchParams.get('tenant')).toMatch(/^[0-9a-f-]{36}$/);
    // The focus is back where it was, and goes on to the window of time and the purchase.
    for (const name of ['Tenants', 'Revenue', 'Switch to the dark theme', 'Sign out']) {
      await keys.press('Tab');
      expect(await focused()).toBe(name);
    }
    await keys.press('Tab');
    await keys.press('ArrowLeft');
    await eventually(() => new URL(where.url()).searchParams.get('days')).toBe('7');
    await keys.press('Tab');
    expect(await focused()).toBe('Buy tokens');
    await keys.press('Enter');
    await where.getByRole('button', { name: 'Buy for $10.00' }).waitFor();
    await keys.press('Enter');
    await where.getByRole('button', { name: 'Back to the figures' }).waitFor();
    await keys.press('Enter');
    await eventually(focused).toBe('Buy tokens');
    await eventually(shows(where, 'Tokens remaining')).toContain('100,000');
    expect(faults).toEqual([]);
    await close();
  });

  test('refreshes by itself, and not while nobody sees it', async () => {
    const tenant_id = await served.makeTenant('Watched');
    const { page: where, close } = await openStudio(undefined, tenant_id);
    await eventually(shows(where, 'Tokens remaining')).toContain('0 | 0 held');
    await served.ask(tenant_id, 'POST /ai-tokens/grants', { tokens: 777, reason: 'while you look' });
    await eventually(shows(where, 'Tokens remaining')).toContain('777');
    const setVisibility = (state: 'hidden' | 'visible') =>
      where.evaluate(`Object.defineProperty(document, 'visibilityState', { value: '${state}', configurable: true });
        document.dispatchEvent(new Event('visibilitychange'))`);
    await setVisibility('hidden');
    // Longer than the figures take to refresh.
    await expect(where.waitForRequest(/ai-tokens\/balance$/, { timeout: 12_000 })).rejects.toThrow('Timeout');
    await Promise.all([where.waitForRequest(/ai-tokens\/balance$/), setVisibility('visible')]);
    await close();
  });

  test('keeps the theme that was chosen', async () => {
    const { page: where, close } = await openStudio();
    const canvas = () => where.evaluate('getComputedStyle(document.documentElement).backgroundColor');
    const light = await canvas();
    await where.getByRole('button', { name: 'Switch to the dark theme' }).click();
    await eventually(canvas).not.toBe(light);
    await where.reload();
    await where.getByRole('button', { name: 'Switch to the light theme' }).waitFor();
    expect(await canvas()).not.toBe(light);
    await close();
  });

  test('remembers the tenant in its address, and chooses one where it names none', async () => {
    const { page: where, close } = await openStudio();
    expect(new URL(where.url()).searchParams.get('tenant')).toBe(studio);
    await where.goto(page());
    await eventually(() => new URL(where.url()).searchParams.get('tenant')).toBe(studio);
    await where.goto(page('?tenant=01900000-0000-7fff-bfff-fffffffffffe'));
    await eventually(() => where.getByRole('alert').innerText()).toContain('There is no such tenant');
    await close();
  });

  test('shows a tenant’s user that tenant, whatever the address says', async () => {
    const own = await served.makeTenant('Own House');
    const { page: where, faults, close } = await visit(browser, page(`?tenant=${studio}`));
    await signIn(where, await served.makeUser(own));
    await where.goto(page(`?tenant=${studio}`));
    await where.getByRole('heading', { name: 'Own House' }).waitFor();
    expect(await where.getByRole('button', { name: /^Tenant: / }).count()).toBe(0);
    await eventually(shows(where, 'Tokens remaining')).toContain('0 | 0 held');
    expect(faults).toEqual([]);
    await close();
  });

  test('asks for the password again where the session has ended', async () => {
    const own = await served.makeTenant('Short Visit');
    const user = await served.makeUser(own);
    const { page: where, close } = await visit(browser, page());
    await signIn(where, user);
    await where.getByRole('heading', { name: 'Short Visit' }).waitFor();
    await served.app.call(`DELETE /tenants/${own}/users/${user.user_id}`);
    await eventually(() => where.locator('main').innerText()).toContain('Your session has ended');
    await close();
  });

  test('says so where the server does not answer, and goes on when it does', async () => {
    const { page: where, close } = await openStudio();
    await eventually(shows(where, 'Tokens remaining')).toContain('held');
    await where.context().setOffline(true);
    await where.getByText('90 d', { exact: true }).click();
    await eventually(() => where.locator('main').innerText()).toContain('not updated for');
    await where.context().setOffline(false);
    await eventually(() => where.locator('h1 + p').innerText()).toContain('live');
    await close();
  });
});

describe.skipIf(chromiumPath === undefined)('the dashboard with the feature off, in a browser', () => {
  test('says what to do', async () => {
    const served = await serveDashboard({ ENABLE_MONETIZATION: 'false' });
    const browser = await launchChromium();
    try {
      const { page: where } = await visit(browser, `${served.address}/dashboard/`);
      await where.getByLabel('E-mail').fill(served.operator.email);
      await where.getByLabel('Password').fill(served.operator.password);
      await where.keyboard.press('Enter');
      await eventually(() => where.getByRole('alert').innerText()).toContain('ENABLE_MONETIZATION=true');
    } finally {
      await browser.close();
      await served.close();
    }
  });
});
