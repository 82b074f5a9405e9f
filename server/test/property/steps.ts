import fc from 'fast-check';
import type { Model } from './model.ts';
import type { Request } from './model-answers.ts';
import { type ModelBook, type ModelHold, timeText } from './model-book.ts';

/** How a request gets a key: none, one of its own, or one of few that others take too. */
type KeyMode = 'none' | 'own' | 'few';

interface Purchase {
  do: 'purchase';
  tenant: number;
  tokens: number;
  asserted: KeyMode;
  key: KeyMode;
  provider: 'answers' | 'declines' | 'is lost';
}
interface Grant {
  do: 'grant';
  tenant: number;
  tokens: number;
  priority: number;
  lives_seconds: number | null;
  key: KeyMode;
}
interface Use {
  do: 'use';
  tenant: number;
  tokens: number;
  feature_type: string;
  request_id: KeyMode;
  key: KeyMode;
}
interface Hold {
  do: 'hold';
  tenant: number;
  tokens: number;
  feature_type: string;
  ttl_seconds: number;
  request_id: KeyMode;
  key: KeyMode;
}
interface Settle {
  do: 'settle';
  tenant: number;
  /** Which hold, from the newest. */
  which: number;
  how: 'below' | 'at' | 'above';
  by: number;
  key: KeyMode;
}
interface Release {
  do: 'release';
  tenant: number;
  which: number;
  key: KeyMode;
}
interface Refund {
  do: 'refund';
  tenant: number;
  which: number;
  /** Null for all that can be. */
  percent: number | null;
  key: KeyMode;
  provider: 'answers' | 'is lost';
}
interface Retry {
  do: 'retry';
  /** Which earlier request, from the newest. */
  which: number;
  change: 'nothing' | 'the body' | 'no Idempotency-Key';
}
interface PassTime {
  do: 'pass time';
  seconds: number;
  runner: boolean;
}
interface Travel {
  do: 'travel';
  tenant: number;
  seconds: number;
}

/** One thing that happens, in terms that still make sense when other steps are left out. */
export type Step = Purchase | Grant | Use | Hold | Settle | Release | Refund | Retry | PassTime | Travel;

const tenant = fc.constantFrom(0, 0, 0, 1, 1, 2);
const key = fc.constantFrom<KeyMode>('none', 'none', 'own', 'few');
const feature_type = fc.constantFrom(
  'content_generation',
  'content_generation',
  'ad_generation',
  'not_registered',
);
const which = fc.nat(5);
const seconds = fc.oneof(
  fc.integer({ min: 1, max: 120 }),
  fc.integer({ min: 600, max: 7200 }),
  fc.integer({ min: 80_000, max: 400_000 }),
);
const provider = fc.constantFrom('answers', 'answers', 'answers', 'is lost' as const);

const record = <T extends Step>(name: T['do'], fields: { [K in keyof Omit<T, 'do'>]: fc.Arbitrary<T[K]> }) =>
  fc.record({ do: fc.constant(name), ...fields }) as unknown as fc.Arbitrary<T>;

/** Any step; sales, uses and holds are the most common. */
export const anyStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: record<Purchase>('purchase', {
      tenant,
      tokens: fc.oneof(
        { weight: 6, arbitrary: fc.integer({ min: 100, max: 3000 }) },
        { weight: 1, arbitrary: fc.integer({ min: 1, max: 110 }) },
      ),
      asserted: fc.constantFrom<KeyMode>('none', 'own', 'few'),
      key,
      provider: fc.constantFrom<Purchase['provider']>('answers', 'answers', 'answers', 'declines', 'is lost'),
    }),
  },
  {
    weight: 3,
    arbitrary: record<Grant>('grant', {
      tenant,
      tokens: fc.integer({ min: 1, max: 600 }),
      priority: fc.constantFrom(50, 100, 100, 200),
      lives_seconds: fc.option(seconds),
      key,
    }),
  },
  {
    weight: 6,
    arbitrary: record<Use>('use', {
      tenant,
      tokens: fc.integer({ min: 1, max: 700 }),
      feature_type,
      request_id: key,
      key,
    }),
  },
  {
    weight: 5,
    arbitrary: record<Hold>('hold', {
      tenant,
      tokens: fc.integer({ min: 1, max: 400 }),
      feature_type,
      ttl_seconds: fc.constantFrom(1, 60, 900, 86_400),
      request_id: fc.constantFrom<KeyMode>('own', 'own', 'few'),
      key,
    }),
  },
  {
    weight: 5,
    arbitrary: record<Settle>('settle', {
      tenant,
      which,
      how: fc.constantFrom<Settle['how']>('below', 'at', 'above'),
      by: fc.integer({ min: 1, max: 900 }),
      key,
    }),
  },
  { weight: 2, arbitrary: record<Release>('release', { tenant, which, key }) },
  {
    weight: 3,
    arbitrary: record<Refund>('refund', {
      tenant,
      which,
      percent: fc.option(fc.integer({ min: 1, max: 110 })),
      key,
      provider: provider as fc.Arbitrary<Refund['provider']>,
    }),
  },
  {
    weight: 5,
    arbitrary: record<Retry>('retry', {
      which: fc.nat(12),
      change: fc.constantFrom<Retry['change']>('nothing', 'nothing', 'the body', 'no Idempotency-Key'),
    }),
  },
  { weight: 2, arbitrary: record<PassTime>('pass time', { seconds, runner: fc.boolean() }) },
  { weight: 1, arbitrary: record<Travel>('travel', { tenant, seconds }) },
);

/**
 * The request that a step stands for, given what was done before; undefined where there is nothing to do it to.
 * `number` makes keys of its own; `sent` are the requests so far.
 */
export function requestOf(
  step: Exclude<Step, PassTime | Travel>,
  number: number,
  model: Model,
  sent: readonly Request[],
): Request | undefined {
  if (step.do === 'retry') {
    const again = sent.at(-1 - step.which);
    return again && changed(again, step.change);
  }
  const book = model.book(step.tenant);
  const made = bodyOf(step, number, book, model.now(step.tenant));
  if (made === undefined) return undefined;
  const body = Object.fromEntries(Object.entries(made.body).filter(([, value]) => value !== undefined));
  const lost = 'provider' in step && step.provider === 'is lost';
  const header = keyOf(step.key, number);
  return {
    tenant: step.tenant,
    route: step.do,
    body: body as Request['body'],
    ...(made.hold_id === undefined ? {} : { hold_id: made.hold_id }),
    ...(header === undefined ? {} : { key: header }),
    ...(lost ? { lost } : {}),
  };
}

function keyOf(mode: KeyMode, number: number): string | undefined {
  return { none: undefined, own: `own-${number}`, few: `few-${number % 3}` }[mode];
}

interface Made {
  body: Record<string, string | number | undefined>;
  hold_id?: string | undefined;
}

function bodyOf(
  step: Exclude<Step, PassTime | Travel | Retry>,
  number: number,
  book: ModelBook,
  now: number,
): Made | undefined {
  switch (step.do) {
    case 'purchase': {
      const transaction_id = keyOf(step.asserted, number);
      const payment_method = step.provider === 'declines' ? 'sandbox_card_declined' : undefined;
      return { body: { tokens_to_purchase: step.tokens, transaction_id, payment_method } };
    }
    case 'grant': {
      const lives = step.lives_seconds;
      const expires_at = timeText(lives === null ? null : now + lives * 1000) ?? undefined;
      return { body: { tokens: step.tokens, reason: 'a gift', priority: step.priority, expires_at } };
    }
    case 'use': {
      const request_id = keyOf(step.request_id, number);
      return { body: { tokens_used: step.tokens, feature_type: step.feature_type, request_id } };
    }
    case 'hold': {
      const { tokens, feature_type, ttl_seconds } = step;
      return { body: { tokens, feature_type, request_id: keyOf(step.request_id, number), ttl_seconds } };
    }
    case 'settle': {
      const held = holdAt(book, step.which);
      return held && { body: { tokens_used: usedOf(held.tokens, step) }, hold_id: held.hold_id };
    }
    case 'release': {
      const held = holdAt(book, step.which);
      return held && { body: {}, hold_id: held.hold_id };
    }
    case 'refund': {
      const grant = book.grants.filter(({ transaction_id }) => transaction_id).at(-1 - step.which);
      const part = Math.ceil(((grant?.price ?? 0) * (step.percent ?? 0)) / 100);
      const amount_cents = part === 0 ? undefined : part;
      return grant && { body: { transaction_id: grant.transaction_id, amount_cents, reason: 'not wanted' } };
    }
  }
}

function holdAt(book: ModelBook, place: number): ModelHold | undefined {
  return book.holds.at(-1 - place);
}

function usedOf(held: number, { how, by }: Settle): number {
  if (how === 'at') return held;
  return how === 'above' ? held + by : Math.max(1, held - by);
}

const AMOUNTS = ['tokens_used', 'tokens', 'tokens_to_purchase', 'amount_cents'];

function changed(request: Request, change: Retry['change']): Request {
  const { key: header, lost: _answered, ...again } = request;
  const keyed = header === undefined ? again : { ...again, key: header };
  if (change === 'no Idempotency-Key') return again;
  const amount = AMOUNTS.find((field) => field in request.body);
  if (change === 'nothing' || amount === undefined) return keyed;
  return { ...keyed, body: { ...request.body, [amount]: Number(request.body[amount]) + 1 } };
}
