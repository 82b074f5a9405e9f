import type { Browser, BrowserContext, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { chromiumPath, launchChromium } from './chromium.ts';
import { type ServedDashboard, serveDashboard } from './served-dashboard.ts';
import { eventually, LOOKS, type Look, type Visit, visit } from './visit.ts';

vi.setConfig({ testTimeout: 90_000, hookTimeout: 120_000 });

/** Waits for what is expected, on a busy machine too. */

describe.skipIf(chromiumPath === undefined)('the outbox in a browser', () => {
  let served: ServedDashboard;
  let browser: Browser;
  let studio: string;
  let signed_in: Awaited<ReturnType<BrowserContext['storageState']>>;
  beforeAll(async () => {
    served = await serveDashboard();
    browser = await launchChromium();
    await served.app.call('PUT /billing-details', {
      body: { legal_name: 'Lighthouse <script>alert(1)</script> Media', email: 'money@lighthouse.example' },
    });
    studio = await served.makeTenant('Harbour Studio');
    await served.ask(studio, 'PUT /billing-details', { email: 'books@harbour.example' });
    await served.ask(studio, 'POST /subscriptions', { tier_name: 'professional' });
    for (let bought = 0; bought < 7; bought += 1)
      await served.ask(studio, 'POST /ai-tokens/purchase', { tokens_to_purchase: 250_000 });
    await served.app.composition.runner.runDue();
    const first = await visit(browser, page());
    await first.page.getByLabel('E-mail').fill(served.operator.email);
    await first.page.getByLabel('Password').fill(served.operator.password);
    await first.page.getByRole('button', { name: 'Sign in' }).click();
    await first.page.getByRole('button', { name: 'Sign out' }).waitFor();
    signed_in = await first.page.context().storageState();
    await first.close();
  });
  afterAll(async () => {
    await browser?.close();
    await served?.close();
  });

  const page = (path = '') => `${served.address}/dashboard/${path}`;
  const openTenant = (tenant_id: string, look?: Look): Promise<Visit> =>
    visit(browser, page(`?tenant=${tenant_id}`), look, { storageState: signed_in });
  const outbox = (where: Page) => where.getByRole('region', { name: 'E-mails', exact: true });

  test.each(LOOKS)('shows e-mails and one of them as its reader sees it: $theme, $width px', async (look) => {
    const { page: where, expectSound, close } = await openTenant(studio, look);
    const list = outbox(where);
    await eventually(() => list.getByRole('row').count()).toBe(7);
    await list.getByRole('button', { name: 'Show more' }).click();
    await eventually(() => list.getByRole('row').count()).toBe(9);
    expect(await list.innerText()).toContain('Set SMTP_URL to send');
    await expectSound('the outbox');
    const subject = list.getByRole('button', { name: 'We received your payment of $99.00' });
    await subject.focus();
    await where.keyboard.press('Enter');
    const dialog = where.getByRole('dialog', { name: 'We received your payment of $99.00' });
    await eventually(() => dialog.innerText()).toContain('books@harbour.example');
    const mail = dialog.frameLocator('iframe');
    await eventually(() => mail.getByRole('heading').innerText()).toBe('We received your payment of $99.00');
    // Its styles are let in, and its words are words.
    expect(await styleOf(mail.locator('.card'), 'maxWidth')).toBe('560px');
    expect(await mail.locator('.card').innerText()).toContain('Lighthouse <script>alert(1)</script> Media');
    const ground = await styleOf(mail.locator('.card'), 'backgroundColor');
    expect(ground).toBe(look.theme === 'dark' ? 'rgb(30, 34, 39)' : 'rgb(255, 255, 255)');
    await expectSound('an e-mail');
    await where.keyboard.press('Escape');
    await eventually(() => hasFocus(subject)).toBe(true);
    await close();
  });

  test('says what to do where there is none, and queues a kept one again', async () => {
    const empty = await openTenant(await served.makeTenant('Without Anything'));
    await eventually(() => outbox(empty.page).innerText()).toContain('Set it with PUT /billing-details');
    await empty.expectSound('an empty outbox');
    await empty.close();
    const { page: where, faults, close } = await openTenant(studio);
    await outbox(where)
      .getByRole('button', { name: /payment of/ })
      .first()
      .click();
    await where.getByRole('button', { name: 'Send again' }).click();
    await eventually(() => where.getByRole('dialog').innerText()).toContain('Waits to be sent');
    expect(faults).toEqual([]);
    await close();
  });
});

/** What of an element in the page is asked here; the types of the browser are not those of the tests. */
type Shown = HTMLElement & {
  ownerDocument: {
    activeElement: unknown;
    defaultView: { getComputedStyle(of: unknown): Readonly<Record<string, string>> };
  };
};

/** How an element looks in the end, whatever says so. */
const styleOf = (element: Locator, property: string) =>
  element.evaluate((it: Shown, name) => it.ownerDocument.defaultView.getComputedStyle(it)[name], property);

const hasFocus = (element: Locator) => element.evaluate((it: Shown) => it === it.ownerDocument.activeElement);
