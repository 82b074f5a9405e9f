import { isIP } from 'node:net';
import { availableParallelism } from 'node:os';
import { z } from 'zod';

/** The environment, read and checked once at start. Each field is its variable's name in camelCase. */
export interface Config {
  enableMonetization: boolean;
  host: string;
  /** 0 takes any free port. */
  port: number;
  /** PostgreSQL; without it the embedded database in `tallystickData`. */
  databaseUrl: string | undefined;
  tallystickData: string;
  /** Redis, for rate limits that all processes share; without it each has its own. */
  redisUrl: string | undefined;
  tallystickOperatorKey: string | undefined;
  /** In lower case. */
  tallystickOperatorEmail: string | undefined;
  tallystickOperatorPassword: string | undefined;
  tallystickSecretKey: string | undefined;
  tallystickTestClock: boolean;
  /** Batch writers for tokens and for API usage each; 0: every write is a transaction of its own. */
  tallystickLanes: number;
  /** Minor units for 1,000 tokens: a plain decimal text, as priceOf() takes it. */
  tokenPriceCentsPer1k: string;
  /** Minor units for 1,000 successful API calls beyond what is included: a plain decimal text, zero included. */
  apiPriceCentsPer1k: string;
  payments: 'stripe' | 'sandbox' | 'none';
  stripeSecretKey: string | undefined;
  /** Signs what Stripe reports. */
  stripeWebhookSecret: string | undefined;
  /** Another address than Stripe's own, for tests; without a path. */
  stripeApiBase: string | undefined;
  /** Where the outside world reaches this server, without a slash at the end. */
  publicUrl: string | undefined;
  /** A mail server; without it e-mails are kept to be read. */
  smtpUrl: string | undefined;
  logLevel: (typeof logLevels)[number];
  /** Whom to believe an X-Forwarded-For: nobody, everybody, this many hops, or these addresses. */
  trustProxy: boolean | number | string[];
}

/** A variable that cannot be used. The message is the one line that the operator sees; it holds no secret. */
export class ConfigError extends Error {
  override name = 'ConfigError';
}

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
const flag = z.enum(['true', 'false']).transform((text) => text === 'true');
const secret = z.string().regex(/^[\x21-\x7e]{32,512}$/);
const isAddress = (text: string) => isIP(text.replace(/\/\d{1,3}$/, '')) !== 0;
const addresses = z
  .string()
  .transform((text) => text.split(',').map((address) => address.trim()))
  .refine((list) => list.every(isAddress));
const webAddress = z.url({ protocol: /^https?$/ }).transform((text) => text.replace(/\/+$/, ''));

/** A host and at most a user, a password and a port. What stands behind them, as in a query, would be ignored. */
function isMailServer(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { hostname, pathname, search, hash, username, password } = new URL(text);
  if (hostname === '' || !['', '/'].includes(pathname) || search !== '' || hash !== '') return false;
  try {
    for (const part of [username, password]) decodeURIComponent(part);
  } catch {
    return false;
  }
  return (username === '') === (password === '');
}

const environment = z.object({
  ENABLE_MONETIZATION: flag.default(false),
  HOST: z
    .string()
    .regex(/^[0-9A-Za-z.:_-]{1,253}$/)
    .default('127.0.0.1'),
  PORT: z
    .string()
    .regex(/^\d{1,5}$/)
    .transform(Number)
    .refine((port) => port <= 65535)
    .default(4600),
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }).optional(),
  REDIS_URL: z.url({ protocol: /^rediss?$/ }).optional(),
  TALLYSTICK_DATA: z.string().default('.tallystick'),
  TALLYSTICK_OPERATOR_KEY: secret.optional(),
  TALLYSTICK_OPERATOR_EMAIL: z.email().max(254).toLowerCase().optional(),
  TALLYSTICK_OPERATOR_PASSWORD: z
    .string()
    .regex(/^\P{C}{8,128}$/u)
    .optional(),
  TALLYSTICK_SECRET_KEY: secret.optional(),
  TALLYSTICK_TEST_CLOCK: flag.default(false),
  TALLYSTICK_LANES: z
    .string()
    .regex(/^\d$/)
    .transform(Number)
    .refine((lanes) => lanes <= 8)
    // Beside a core for this process, one for each writer's session; two writers keep it busy.
    .default(() => (availableParallelism() > 2 ? 2 : 1)),
  TOKEN_PRICE_CENTS_PER_1K: z
    .string()
    .regex(/^\d{1,12}(\.\d{1,9})?$/)
    .refine((text) => Number(text) > 0)
    .default('10'),
  API_PRICE_CENTS_PER_1K: z
    .string()
    .regex(/^\d{1,12}(\.\d{1,9})?$/)
    .default('5'),
  PAYMENTS: z.enum(['stripe', 'sandbox', 'none']).optional(),
  STRIPE_SECRET_KEY: z
    .string()
    .regex(/^[\x21-\x7e]{8,255}$/)
    .optional(),
  STRIPE_WEBHOOK_SECRET: z
    .string()
    .regex(/^[\x21-\x7e]{8,255}$/)
    .optional(),
  STRIPE_API_BASE: webAddress.optional(),
  PUBLIC_URL: webAddress.optional(),
  SMTP_URL: z
    .url({ protocol: /^smtps?$/ })
    .refine(isMailServer)
    .optional(),
  LOG_LEVEL: z.enum(logLevels).default('info'),
  TRUST_PROXY: z
    .union([
      flag,
      z
        .string()
        .regex(/^[1-9]\d?$/)
        .transform(Number),
      addresses,
    ])
    .default(false),
});

const takes: Record<keyof typeof environment.shape, string> = {
  ENABLE_MONETIZATION: 'true or false',
  HOST: 'a host name or an IP address to listen on',
  PORT: 'a port from 0 to 65535',
  DATABASE_URL: 'postgres://user:password@host:port/database',
  REDIS_URL: 'redis://user:password@host:port/number, or rediss:// for TLS',
  TALLYSTICK_DATA: 'a folder',
  TALLYSTICK_OPERATOR_KEY: '32 to 512 printable ASCII characters without spaces',
  TALLYSTICK_OPERATOR_EMAIL: 'an e-mail address',
  TALLYSTICK_OPERATOR_PASSWORD: '8 to 128 printable characters',
  TALLYSTICK_SECRET_KEY: '32 to 512 printable ASCII characters without spaces',
  TALLYSTICK_TEST_CLOCK: 'true or false',
  TALLYSTICK_LANES: 'a number of batch writers from 0 to 8',
  TOKEN_PRICE_CENTS_PER_1K: 'a plain decimal above zero, such as 10 or 0.5',
  API_PRICE_CENTS_PER_1K: 'a plain decimal, such as 5 or 0.5',
  PAYMENTS: 'stripe, sandbox or none',
  STRIPE_SECRET_KEY: 'the secret key of a Stripe account (sk_...), which PAYMENTS=stripe needs',
  STRIPE_WEBHOOK_SECRET:
    'the signing secret of the webhook endpoint (whsec_...), which PAYMENTS=stripe needs',
  STRIPE_API_BASE: 'an http:// or https:// address',
  PUBLIC_URL: 'an http:// or https:// address',
  SMTP_URL: 'smtp://user:password@host:port, or smtps:// for TLS from the start, without a path',
  LOG_LEVEL: logLevels.join(', '),
  TRUST_PROXY: 'true, false, a number of hops from 1 to 99, or IP addresses and ranges with commas between',
};

const secrets = new Set([
  'DATABASE_URL',
  'REDIS_URL',
  'TALLYSTICK_OPERATOR_KEY',
  'TALLYSTICK_OPERATOR_PASSWORD',
  'TALLYSTICK_SECRET_KEY',
  'STRIPE_SECRET_KEY',
  'STRIPE_WEBHOOK_SECRET',
  'SMTP_URL',
]);

/**
 * The configuration that an environment holds; an empty variable counts as unset. Throws a ConfigError whose message
 * is one line naming the variable, what it holds (of a secret only its length) and what it takes.
 */
export function readConfig(env: Record<string, string | undefined>): Config {
  const given = Object.fromEntries(
    Object.entries(env).filter(([, text]) => text !== undefined && text !== ''),
  );
  const read = environment.safeParse(given);
  if (!read.success) {
    const name = String(read.error.issues[0]?.path[0]) as keyof typeof takes;
    throw new ConfigError(`${name} holds ${shown(name, given[name] ?? '')}; it takes ${takes[name]}`);
  }
  const values = read.data;
  return {
    enableMonetization: values.ENABLE_MONETIZATION,
    host: values.HOST,
    port: values.PORT,
    databaseUrl: values.DATABASE_URL,
    tallystickData: values.TALLYSTICK_DATA,
    redisUrl: values.REDIS_URL,
    tallystickOperatorKey: values.TALLYSTICK_OPERATOR_KEY,
    tallystickOperatorEmail: values.TALLYSTICK_OPERATOR_EMAIL,
    tallystickOperatorPassword: values.TALLYSTICK_OPERATOR_PASSWORD,
    tallystickSecretKey: values.TALLYSTICK_SECRET_KEY,
    tallystickTestClock: values.TALLYSTICK_TEST_CLOCK,
    tallystickLanes: values.TALLYSTICK_LANES,
    tokenPriceCentsPer1k: values.TOKEN_PRICE_CENTS_PER_1K,
    apiPriceCentsPer1k: values.API_PRICE_CENTS_PER_1K,
    payments: paymentsOf(values),
    stripeSecretKey: values.STRIPE_SECRET_KEY,
    stripeWebhookSecret: values.STRIPE_WEBHOOK_SECRET,
    stripeApiBase: values.STRIPE_API_BASE,
    publicUrl: values.PUBLIC_URL,
    smtpUrl: values.SMTP_URL,
    logLevel: values.LOG_LEVEL,
    trustProxy: values.TRUST_PROXY,
  };
}

/** The sandbox hands out goods for play money, so only a host that nobody else can reach gets it unasked. */
/**
 * Who takes the money. One key of Stripe without the other is refused and not read as a wish for play money: it would
 * give goods away.
 */
function paymentsOf(values: z.output<typeof environment>): Config['payments'] {
  const keys = ['STRIPE_SECRET_KEY', 'STRIPE_WEBHOOK_SECRET'] as const;
  const missing = keys.filter((name) => values[name] === undefined);
  const named = values.PAYMENTS;
  if (named === 'stripe' || (named === undefined && missing.length < keys.length)) {
    if (missing[0] !== undefined)
      throw new ConfigError(`${missing[0]} holds nothing; it takes ${takes[missing[0]]}`);
    return 'stripe';
  }
  return named ?? (isLoopback(values.HOST) ? 'sandbox' : 'none');
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

function shown(name: string, text: string): string {
  if (secrets.has(name)) return `a secret of ${text.length} characters (not shown)`;
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}...` : text);
}
