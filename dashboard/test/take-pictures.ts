import { fileURLToPath } from 'node:url';
import { launchChromium } from './chromium.ts';

// Takes the pictures of the documentation from a demo that runs: `npm run pictures`, with the operator's password in
// TALLYSTICK_OPERATOR_PASSWORD for both, and TALLYSTICK_URL where it is not on port 4600.

const address = `${process.env.TALLYSTICK_URL ?? 'http://127.0.0.1:4600'}/dashboard/`;
const email = process.env.TALLYSTICK_OPERATOR_EMAIL ?? 'operator@tallystick.localhost';
const password = process.env.TALLYSTICK_OPERATOR_PASSWORD;
if (password === undefined)
  throw new Error('TALLYSTICK_OPERATOR_PASSWORD takes the password of the operator');

const browser = await launchChromium();
const page = await browser.newPage({
  colorScheme: 'light',
  viewport: { width: 1440, height: 900 },
  reducedMotion: 'reduce',
});
await page.goto(address);
await page.getByLabel('E-mail').fill(email);
await page.getByLabel('Password').fill(password);
await page.getByRole('button', { name: 'Sign in' }).click();
await page.getByRole('button', { name: /^Tenant: / }).click();
await page.getByRole('combobox').fill('Larkspur Audio');
await page.keyboard.press('Enter');
await page.getByRole('heading', { name: 'Larkspur Audio' }).waitFor();
await take('dashboard');
await page.getByRole('link', { name: 'Revenue' }).click();
await page.getByRole('heading', { name: 'Revenue', level: 1 }).waitFor();
await take('revenue');
await browser.close();

/** A picture of the top of the page, once everything is drawn and without the pointer or the focus on anything. */
async function take(name: string): Promise<void> {
  await page.locator('.recharts-bar-rectangle').first().waitFor();
  await page.locator('.skeleton').first().waitFor({ state: 'detached' });
  await page.mouse.move(0, 0);
  await page.evaluate('document.activeElement.blur(); scrollTo(0, 0)');
  const path = fileURLToPath(new URL(`../../docs/images/${name}.png`, import.meta.url));
  await page.screenshot({ path });
  process.stdout.write(`${path}\n`);
}
