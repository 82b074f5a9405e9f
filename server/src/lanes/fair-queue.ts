/** How much a queue holds, and how much a tenant may take at its turn. */
export interface FairQueueBounds {
  /** The weight that may wait, of all tenants together. */
  capacity: number;
  /** The most that one item weighs, and what a tenant gets of a batch before the next one has its turn. */
  turn_weight: number;
}

/** One item, and the one that the same tenant offered after it. */
interface Waiting<T> {
  readonly item: T;
  readonly weight: number;
  next: Waiting<T> | undefined;
}

/** What one tenant has waiting: never empty, because an empty line is taken out of the queue. */
interface Line<T> {
  first: Waiting<T>;
  last: Waiting<T>;
  weight: number;
  /** What earlier turns left over: less than its first item weighs, but within its turn. */
  credit: number;
}

/**
 * A bounded queue in which no tenant keeps the others out. Two rules make it fair, and each is O(1) for an item:
 *
 * Who comes in: a tenant may have as much waiting as there is room left, which is the dynamic threshold of Choudhury and
 * Hahne (1998) with alpha = 1. So one tenant alone fills half of the queue, n tenants fill n/(n+1) of it evenly, and one
 * that has nothing waiting finds room as long as there is any.
 *
 * Who comes out: tenants take turns, and a turn is measured in weight, not in items; what an item was too heavy for is
 * kept for the tenant's next turn. That is the deficit round robin of Shreedhar and Varghese (1995). A tenant's own items
 * leave in the order in which they came.
 */
export class FairQueue<T> {
  readonly #bounds: FairQueueBounds;
  /** In the order of turns: a Map keeps the order of insertion, and its first line is the next to be served. */
  readonly #lines = new Map<string, Line<T>>();
  #weight = 0;
  /** Whether the first line's turn has begun: a batch was full in the middle of it. */
  #in_turn = false;

  /** Throws a RangeError for bounds that are no whole numbers above 0, or a turn that is more than the capacity. */
  constructor(bounds: FairQueueBounds) {
    const { capacity, turn_weight } = bounds;
    if (!isWeight(capacity) || !isWeight(turn_weight) || turn_weight > capacity)
      throw new RangeError(`no queue: turns of ${turn_weight} out of ${capacity}`);
    this.#bounds = bounds;
  }

  /** What waits, of all tenants together. */
  get weight(): number {
    return this.#weight;
  }

  /**
   * Queues an item, or answers false where the tenant has its share waiting. Throws a RangeError for a weight that is no
   * whole number from 1 to turn_weight.
   */
  offer(tenant_id: string, item: T, weight = 1): boolean {
    const { capacity, turn_weight } = this.#bounds;
    if (!isWeight(weight) || weight > turn_weight)
      throw new RangeError(`an item of ${weight}, with turns of ${turn_weight}`);
    const line = this.#lines.get(tenant_id);
    // The room left is no less than what this leaves to the tenant, so what passes fits as well.
    if ((line?.weight ?? 0) + weight > capacity - this.#weight) return false;
    const waiting: Waiting<T> = { item, weight, next: undefined };
    if (line === undefined) {
      this.#lines.set(tenant_id, { first: waiting, last: waiting, weight, credit: 0 });
    } else {
      line.last.next = waiting;
      line.last = waiting;
      line.weight += weight;
    }
    this.#weight += weight;
    return true;
  }

  /**
   * The next items, turn by turn, up to a weight in all. There is at least one wherever anything waits, though it be
   * heavier than that, so whoever takes until nothing is left comes to an end.
   */
  take(weight_max: number): T[] {
    const taken: T[] = [];
    let room = weight_max;
    // A line that goes back to the end is met again by this very loop.
    for (const [tenant_id, line] of this.#lines) {
      if (!this.#in_turn) line.credit += this.#bounds.turn_weight;
      this.#in_turn = true;
      while (line.first.weight <= line.credit) {
        const { item, weight, next } = line.first;
        if (weight > room && taken.length > 0) return taken;
        taken.push(item);
        room -= weight;
        this.#weight -= weight;
        line.weight -= weight;
        line.credit -= weight;
        if (next === undefined) break;
        line.first = next;
      }
      this.#in_turn = false;
      this.#lines.delete(tenant_id);
      if (line.weight > 0) this.#lines.set(tenant_id, line);
    }
    return taken;
  }
}

function isWeight(weight: number): boolean {
  return Number.isSafeInteger(weight) && weight > 0;
}
