import { parseDecimal, type Rational } from './decimal.ts';
import { ceilDiv } from './round.ts';

/**
 * A stretch of quantities with a price of its own. Prices are plain decimal texts in minor units of the currency, such
 * as `0.005` for half a cent per hundred.
 */
export interface PriceTier {
  /** The last quantity of the tier, included; null for the last tier, which has no end. */
  up_to: number | null;
  unit_price_cents: string;
  /** Due once as soon as the tier is reached; nothing where it is left out. */
  flat_price_cents?: string | undefined;
}

/** How a quantity becomes an amount. */
export type PriceModel =
  /** One amount, whatever the quantity, and for none as well: a fee. */
  | { model: 'flat'; flat_price_cents: string }
  /** The same price for each unit. */
  | { model: 'per_unit'; unit_price_cents: string }
  /** Whole packages only: one that was begun is paid for. */
  | { model: 'package'; package_size: number; package_price_cents: string }
  /** Each unit at the price of the tier that it falls into. */
  | { model: 'graduated'; tiers: readonly PriceTier[] }
  /** All units at the price of the tier that the whole quantity falls into. */
  | { model: 'volume'; tiers: readonly PriceTier[] };

/** How many tiers a price may have. */
export const PRICE_TIERS_MAX = 50;

/** One line of an explanation: quantity times unit price is the amount, exactly. */
export interface PriceStep {
  /** What the quantity counts: units, begun packages, or an amount that is due once. */
  of: 'units' | 'packages' | 'once';
  quantity: bigint;
  unit_price_cents: string;
  amount: Rational;
}

/** What a quantity costs in minor units, exactly, and the steps that add up to it. */
export interface RatedQuantity {
  amount: Rational;
  steps: PriceStep[];
}

/**
 * What a quantity of zero or more costs. Nothing is rounded: the caller rounds once, where an invoice line begins.
 * Throws a RangeError for a negative quantity and for a model that priceModelProblem() finds fault with.
 */
export function rate(model: PriceModel, quantity: bigint): RatedQuantity {
  if (quantity < 0n) throw new RangeError('a quantity to rate is negative');
  const steps = stepsOf(model, quantity);
  return { amount: steps.reduce((sum, step) => add(sum, step.amount), zero), steps };
}

function stepsOf(model: PriceModel, quantity: bigint): PriceStep[] {
  switch (model.model) {
    case 'flat':
      return [stepOf('once', 1n, model.flat_price_cents)];
    case 'per_unit':
      return quantity === 0n ? [] : [stepOf('units', quantity, model.unit_price_cents)];
    case 'package': {
      if (model.package_size < 1) throw new RangeError('a package holds nothing');
      const packages = ceilDiv(quantity, BigInt(model.package_size));
      return packages === 0n ? [] : [stepOf('packages', packages, model.package_price_cents)];
    }
    case 'graduated':
      return graduatedSteps(model.tiers, quantity);
    case 'volume':
      return volumeSteps(model.tiers, quantity);
  }
}

function graduatedSteps(tiers: readonly PriceTier[], quantity: bigint): PriceStep[] {
  const steps: PriceStep[] = [];
  let below = 0n;
  for (const tier of tiers) {
    if (quantity <= below) return steps;
    const end = tier.up_to === null ? quantity : smaller(quantity, BigInt(tier.up_to));
    if (end <= below) throw new RangeError('a tier ends before it begins');
    steps.push(...tierSteps(tier, end - below));
    below = end;
  }
  if (quantity > below) throw new RangeError('no tier takes the whole quantity');
  return steps;
}

function volumeSteps(tiers: readonly PriceTier[], quantity: bigint): PriceStep[] {
  if (quantity === 0n) return [];
  const tier = tiers.find(({ up_to }) => up_to === null || quantity <= BigInt(up_to));
  if (tier === undefined) throw new RangeError('no tier takes the whole quantity');
  return tierSteps(tier, quantity);
}

function tierSteps({ unit_price_cents, flat_price_cents }: PriceTier, quantity: bigint): PriceStep[] {
  const units = stepOf('units', quantity, unit_price_cents);
  return flat_price_cents === undefined ? [units] : [stepOf('once', 1n, flat_price_cents), units];
}

function stepOf(of: PriceStep['of'], quantity: bigint, unit_price_cents: string): PriceStep {
  const { numerator, denominator } = parseDecimal(unit_price_cents);
  return { of, quantity, unit_price_cents, amount: { numerator: quantity * numerator, denominator } };
}

const zero: Rational = { numerator: 0n, denominator: 1n };

function smaller(one: bigint, other: bigint): bigint {
  return one < other ? one : other;
}

/** Decimal denominators are powers of ten, so the larger one is common to both. */
function add(one: Rational, other: Rational): Rational {
  if (one.denominator < other.denominator) return add(other, one);
  const scale = one.denominator / other.denominator;
  return { numerator: one.numerator + other.numerator * scale, denominator: one.denominator };
}

/**
 * What is wrong with a price model that came from outside, in words for who sent it; undefined for a sound one. Its
 * shape is taken as given: this looks at what no schema says. A credit (a price below zero) takes `negative_allowed`.
 */
export function priceModelProblem(model: PriceModel, { negative_allowed = false } = {}): string | undefined {
  const prices = pricesOf(model);
  if (!prices.every(isDecimal)) return 'a price must be a plain decimal number such as 0.005';
  if (!negative_allowed && prices.some((price) => parseDecimal(price).numerator < 0n))
    return 'a price must not be below zero';
  if (model.model === 'package') {
    const { package_size } = model;
    return Number.isSafeInteger(package_size) && package_size >= 1
      ? undefined
      : 'package_size must be a whole number of at least 1';
  }
  return model.model === 'graduated' || model.model === 'volume' ? tiersProblem(model.tiers) : undefined;
}

function pricesOf(model: PriceModel): string[] {
  switch (model.model) {
    case 'flat':
      return [model.flat_price_cents];
    case 'per_unit':
      return [model.unit_price_cents];
    case 'package':
      return [model.package_price_cents];
    case 'graduated':
    case 'volume':
      return model.tiers.flatMap(({ unit_price_cents, flat_price_cents }) =>
        flat_price_cents === undefined ? [unit_price_cents] : [unit_price_cents, flat_price_cents],
      );
  }
}

function isDecimal(text: string): boolean {
  try {
    parseDecimal(text);
    return true;
  } catch {
    return false;
  }
}

function tiersProblem(tiers: readonly PriceTier[]): string | undefined {
  const ends = tiers.map(({ up_to }) => up_to);
  if (ends.length < 1 || ends.length > PRICE_TIERS_MAX) return `a price has 1 to ${PRICE_TIERS_MAX} tiers`;
  if (ends.at(-1) !== null) return 'the last tier must have no end: its up_to is null';
  const bounded = ends.slice(0, -1);
  if (bounded.some((end) => end === null)) return 'only the last tier may have no end';
  if (bounded.some((end) => !Number.isSafeInteger(end) || Number(end) < 1))
    return 'up_to must be a whole number of at least 1';
  const ascending = bounded.every((end, index) => index === 0 || Number(end) > Number(bounded[index - 1]));
  return ascending ? undefined : 'each tier must end after the one before it';
}
