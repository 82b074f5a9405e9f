import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { expect } from 'vitest';

/** How somebody looks at the page. */
export interface Look {
  theme: 'light' | 'dark';
  width: number;
}

/** Both themes, on a desk and on a phone. */
export const LOOKS: readonly Look[] = [
  { theme: 'light', width: 1440 },
  { theme: 'dark', width: 1440 },
  { theme: 'light', width: 390 },
  { theme: 'dark', width: 390 },
];

/** A page in a browser without a past. */
export interface Visit {
  page: Page;
  /** What went wrong so far: console errors (a broken content policy is one), exceptions, requests to other hosts. */
  faults: string[];
  /** Fails for anything that axe finds, for a page wider than its window, and for faults. */
  expectSound(state: string): Promise<void>;
  close(): Promise<void>;
}

/** Looks again until it is as expected: pages take their time. */
export const eventually = (look: () => unknown) => expect.poll(look, { timeout: 30_000 });

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const HEIGHT = 900;

/** Opens a page of the dashboard. */
export async function visit(
  browser: Browser,
  address: string,
  look: Look = { theme: 'light', width: 1440 },
  more: BrowserContextOptions = {},
): Promise<Visit> {
  const context = await browser.newContext({
    colorScheme: look.theme,
    viewport: { width: look.width, height: HEIGHT },
    // The tests wait for what they expect; nothing is to be caught half-way.
    reducedMotion: 'reduce',
    ...more,
  });
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => faults.push(`exception: ${error.message}`));
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (url.protocol !== 'data:' && url.origin !== new URL(address).origin)
      faults.push(`foreign: ${url.href}`);
  });
  await page.goto(address);
  return {
    page,
    faults,
    expectSound: (state) => expectSound(page, faults, `${state}, ${look.theme}, ${look.width} px`),
    close: () => context.close(),
  };
}

async function expectSound(page: Page, faults: readonly string[], state: string): Promise<void> {
  // Through the debugger and not as a script of the page, whose policy admits none but the server's.
  const results = (await page.evaluate(`${axe}; axe.run()`)) as AxeResults;
  const found = results.violations.map(
    ({ id, nodes }) => `${id}: ${nodes.map((node) => `${node.html} ${node.failureSummary}`).join('\n')}`,
  );
  expect(found, `axe on ${state}`).toEqual([]);
  const beyond = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
  expect(beyond, `${state} scrolls sideways`).toBeLessThanOrEqual(0);
  expect(faults, state).toEqual([]);
}
