import { availableParallelism } from 'node:os';
import { describe, expect, test } from 'vitest';
import { ConfigError, readConfig } from './index.ts';

const long = 'k'.repeat(32);

/** The one line that a bad environment is refused with. */
function refusalOf(env: Record<string, string>): string {
  try {
    readConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error('the environment was accepted');
}

describe('readConfig', () => {
  test('has the defaults of the contract, and takes empty for unset', () => {
    const config = readConfig({});
    expect(config).toMatchObject({
      enableMonetization: false,
      host: '127.0.0.1',
      port: 4600,
      databaseUrl: undefined,
      redisUrl: undefined,
      tallystickData: '.tallystick',
      tallystickTestClock: false,
      tallystickLanes: availableParallelism() > 2 ? 2 : 1,
      tokenPriceCentsPer1k: '10',
      payments: 'sandbox',
      logLevel: 'info',
      trustProxy: false,
    });
    expect(readConfig({ PORT: '', HOST: '', DATABASE_URL: '', PAYMENTS: '', STRIPE_SECRET_KEY: '' })).toEqual(
      config,
    );
  });

  test('reads what is given and ignores what is not its own', () => {
    const config = readConfig({
      ENABLE_MONETIZATION: 'true',
      PORT: '0',
      DATABASE_URL: 'postgres:///tally?host=/var/run/postgresql',
      REDIS_URL: 'rediss://:word@limits.example.com:6380/2',
      TALLYSTICK_OPERATOR_KEY: long,
      PUBLIC_URL: 'https://billing.example.com/',
      TRUST_PROXY: '10.0.0.0/8, ::1',
      HOME: '/nowhere',
    });
    expect(config).toMatchObject({
      enableMonetization: true,
      port: 0,
      databaseUrl: 'postgres:///tally?host=/var/run/postgresql',
      redisUrl: 'rediss://:word@limits.example.com:6380/2',
      tallystickOperatorKey: long,
      publicUrl: 'https://billing.example.com',
      trustProxy: ['10.0.0.0/8', '::1'],
    });
    expect(readConfig({ TRUST_PROXY: '2' }).trustProxy).toBe(2);
    expect(readConfig({ TRUST_PROXY: 'true' }).trustProxy).toBe(true);
  });

  test.each([
    ['localhost', 'sandbox'],
    ['::1', 'sandbox'],
    ['127.8.9.1', 'sandbox'],
    ['127.0.0.1.example.com', 'none'],
    ['0.0.0.0', 'none'],
    ['billing.example.com', 'none'],
  ])('on HOST %s payments are %s unless asked for by name', (HOST, payments) => {
    expect(readConfig({ HOST }).payments).toBe(payments);
    expect(readConfig({ HOST, PAYMENTS: 'sandbox' }).payments).toBe('sandbox');
    expect(readConfig({ HOST, PAYMENTS: 'none' }).payments).toBe('none');
  });

  test.each(['smtp://mail.example', 'smtps://user:p%40ss@mail.example:465', 'smtp://[::1]:2525/'])(
    'SMTP_URL may hold %s',
    (SMTP_URL) => {
      expect(readConfig({ SMTP_URL }).smtpUrl).toBe(SMTP_URL);
    },
  );

  test('an operator’s address is in lower case, and a password as it was given', () => {
    const given = {
      TALLYSTICK_OPERATOR_EMAIL: 'Ann@Example.com',
      TALLYSTICK_OPERATOR_PASSWORD: 'Zwölf Häuser ',
    };
    expect(readConfig(given)).toMatchObject({
      tallystickOperatorEmail: 'ann@example.com',
      tallystickOperatorPassword: 'Zwölf Häuser ',
    });
  });

  test.each([
    ['ENABLE_MONETIZATION', 'yes'],
    ['HOST', 'a b'],
    ['PORT', '65536'],
    ['PORT', '80a'],
    ['TALLYSTICK_TEST_CLOCK', '1'],
    ['TALLYSTICK_LANES', '9'],
    ['TOKEN_PRICE_CENTS_PER_1K', '0.0'],
    ['TOKEN_PRICE_CENTS_PER_1K', '1e1'],
    ['PAYMENTS', 'paypal'],
    ['PUBLIC_URL', 'ftp://example.com'],
    ['LOG_LEVEL', 'loud'],
    ['TALLYSTICK_OPERATOR_EMAIL', 'operator'],
    ['TRUST_PROXY', '10.0.0.1,proxy'],
    ['TRUST_PROXY', '0'],
  ])('%s=%s is refused in one line with what it holds and takes', (name, text) => {
    const line = refusalOf({ [name]: text });
    expect(line.startsWith(`${name} holds "${text}"; it takes `)).toBe(true);
    expect(line).not.toContain('\n');
  });

  test.each([
    ['DATABASE_URL', 'mysql://root:hunter2@localhost/tally'],
    ['REDIS_URL', 'memcached://:hunter2@localhost'],
    ['TALLYSTICK_OPERATOR_KEY', 'hunter2'],
    ['TALLYSTICK_OPERATOR_PASSWORD', 'hunter2'],
    ['TALLYSTICK_SECRET_KEY', `hunter2 ${long}`],
    ['STRIPE_SECRET_KEY', 'sk hunter2'],
    ['STRIPE_WEBHOOK_SECRET', 'wh hunter2'],
    ['SMTP_URL', 'http://me:hunter2@mail.example'],
    ['SMTP_URL', 'smtp://me:hunter2@mail.example/?logger=true'],
    ['SMTP_URL', 'smtp://me:%hunter2@mail.example'],
    ['SMTP_URL', 'smtp://me-hunter2@mail.example'],
    ['SMTP_URL', 'hunter2'],
  ])('the value of %s is never shown', (name, text) => {
    const line = refusalOf({ [name]: text });
    expect(line).toContain(`${name} holds a secret of ${text.length} characters (not shown); it takes `);
    expect(line).not.toContain('hunter2');
  });

  const keys = { STRIPE_SECRET_KEY: 'sk_test_1', STRIPE_WEBHOOK_SECRET: 'whsec_test' };

  test('payments are Stripe with both of its keys, unless something else is asked for by name', () => {
    expect(readConfig(keys)).toMatchObject({
      payments: 'stripe',
      stripeSecretKey: 'sk_test_1',
      stripeWebhookSecret: 'whsec_test',
      stripeApiBase: undefined,
    });
    expect(readConfig({ ...keys, HOST: '0.0.0.0' }).payments).toBe('stripe');
    expect(readConfig({ ...keys, PAYMENTS: 'none' }).payments).toBe('none');
    expect(readConfig({ ...keys, PAYMENTS: 'sandbox' }).payments).toBe('sandbox');
    expect(readConfig({ STRIPE_SECRET_KEY: 'sk_test_1', PAYMENTS: 'sandbox' }).payments).toBe('sandbox');
  });

  test.each([
    [{ STRIPE_SECRET_KEY: 'sk_test_1' }, 'STRIPE_WEBHOOK_SECRET'],
    [{ STRIPE_WEBHOOK_SECRET: 'whsec_test' }, 'STRIPE_SECRET_KEY'],
    [{ PAYMENTS: 'stripe' }, 'STRIPE_SECRET_KEY'],
    [{ PAYMENTS: 'stripe', STRIPE_SECRET_KEY: 'sk_test_1' }, 'STRIPE_WEBHOOK_SECRET'],
  ])('Stripe without both of its keys is refused: %o', (env, name) => {
    expect(refusalOf(env as Record<string, string>)).toMatch(
      new RegExp(`^${name} holds nothing; it takes .*PAYMENTS=stripe needs$`),
    );
  });
});
