import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FairQueue } from './fair-queue.ts';

/** Offers the same item until the queue refuses it, and answers how often it was taken. */
function flood(queue: FairQueue<string>, tenant_id: string, weight = 1): number {
  let taken = 0;
  while (queue.offer(tenant_id, tenant_id, weight)) taken += 1;
  return taken;
}

describe('who comes in', () => {
  test('one tenant alone fills half of the queue, and the others find the rest', () => {
    const queue = new FairQueue<string>({ capacity: 1000, turn_weight: 10 });
    expect(flood(queue, 'flood')).toBe(500);
    expect(queue.offer('quiet', 'a debit')).toBe(true);
    expect(flood(queue, 'second')).toBe(250);
    expect(queue.offer('flood', 'one more')).toBe(false);
    expect(queue.offer('third', 'the first of another')).toBe(true);
  });

  test('n tenants that take turns to flood it fill n/(n+1) of it, each the same', () => {
    const queue = new FairQueue<string>({ capacity: 1000, turn_weight: 10 });
    const counts = new Map<string, number>();
    for (let round = 0; round < 1000; round += 1) {
      for (const tenant_id of ['a', 'b', 'c', 'd'])
        if (queue.offer(tenant_id, 'x')) counts.set(tenant_id, (counts.get(tenant_id) ?? 0) + 1);
    }
    expect([...counts.values()]).toEqual([200, 200, 200, 200]);
  });

  test('what is taken out makes room again', () => {
    const queue = new FairQueue<string>({ capacity: 10, turn_weight: 5 });
    expect(flood(queue, 'a', 5)).toBe(1);
    expect(queue.take(5)).toEqual(['a']);
    expect([queue.weight, queue.offer('a', 'again', 5)]).toEqual([0, true]);
  });
});

describe('who comes out', () => {
  test('tenants take turns, and each is served in the order of its coming', () => {
    const queue = new FairQueue<string>({ capacity: 100, turn_weight: 1 });
    for (const item of ['a1', 'a2', 'a3', 'b1', 'c1', 'c2']) queue.offer(item.charAt(0), item);
    expect(queue.take(4)).toEqual(['a1', 'b1', 'c1', 'a2']);
    queue.offer('b', 'b2');
    expect(queue.take(100)).toEqual(['c2', 'a3', 'b2']);
    expect(queue.take(100)).toEqual([]);
  });

  test('a turn that a full batch cut short goes on in the next one', () => {
    const queue = new FairQueue<string>({ capacity: 100, turn_weight: 4 });
    for (const item of ['a1', 'a2', 'a3', 'a4', 'a5', 'b1', 'b2']) queue.offer(item.charAt(0), item);
    expect(queue.take(3)).toEqual(['a1', 'a2', 'a3']);
    expect(queue.take(3)).toEqual(['a4', 'b1', 'b2']);
    expect(queue.take(3)).toEqual(['a5']);
  });

  test('turns are of equal weight, whatever the items weigh', () => {
    const queue = new FairQueue<string>({ capacity: 100_000, turn_weight: 100 });
    for (let item = 0; item < 200; item += 1) queue.offer('heavy', 'heavy', 60);
    for (let item = 0; item < 12_000; item += 1) queue.offer('light', 'light');
    const served = { heavy: 0, light: 0 };
    for (let batch = 0; batch < 20; batch += 1)
      for (const item of queue.take(500))
        served[item === 'heavy' ? 'heavy' : 'light'] += item === 'heavy' ? 60 : 1;
    expect(Math.abs(served.heavy - served.light)).toBeLessThanOrEqual(200);
  });

  test('an item heavier than the batch comes alone', () => {
    const queue = new FairQueue<string>({ capacity: 100, turn_weight: 20 });
    queue.offer('a', 'heavy', 20);
    queue.offer('b', 'light', 1);
    expect([queue.take(5), queue.take(5)]).toEqual([['heavy'], ['light']]);
  });
});

test('bounds and weights that are none are refused', () => {
  for (const [capacity, turn_weight] of [
    [0, 0],
    [10, 11],
    [10, 0.5],
    [Number.NaN, 1],
  ] as const)
    expect(() => new FairQueue({ capacity, turn_weight })).toThrow(RangeError);
  const queue = new FairQueue({ capacity: 10, turn_weight: 5 });
  for (const weight of [0, -1, 1.5, 6]) expect(() => queue.offer('a', 'x', weight)).toThrow(RangeError);
});

/** What may happen to a queue: somebody offers, or the lane takes a batch. */
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ tenant: fc.constantFrom('a', 'b', 'c'), weight: fc.integer({ min: 1, max: 7 }) }),
  },
  { weight: 1, arbitrary: fc.record({ batch: fc.integer({ min: 1, max: 20 }) }) },
);

test('whatever happens: bounded, fair to newcomers, in order, nothing lost and nothing twice', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), fc.integer({ min: 7, max: 60 }), (steps, capacity) => {
      const queue = new FairQueue<{ tenant: string; weight: number; number: number }>({
        capacity,
        turn_weight: 7,
      });
      const waiting = new Map<string, { weight: number; number: number }[]>();
      const weightOf = (tenant: string) =>
        (waiting.get(tenant) ?? []).reduce((sum, { weight }) => sum + weight, 0);
      const total = () => ['a', 'b', 'c'].reduce((sum, tenant) => sum + weightOf(tenant), 0);
      const leave = (batch: number) => {
        const taken = queue.take(batch);
        const weight = taken.reduce((sum, item) => sum + item.weight, 0);
        expect(weight <= batch || taken.length === 1).toBe(true);
        expect(taken.length > 0).toBe(total() > 0);
        for (const item of taken) expect(waiting.get(item.tenant)?.shift()?.number).toBe(item.number);
      };
      for (const [number, happening] of steps.entries()) {
        if ('batch' in happening) {
          leave(happening.batch);
        } else {
          const { tenant, weight } = happening;
          const has_room = weightOf(tenant) + weight <= capacity - total();
          expect(queue.offer(tenant, { tenant, weight, number }, weight)).toBe(has_room);
          if (has_room) waiting.set(tenant, [...(waiting.get(tenant) ?? []), { weight, number }]);
        }
        expect(queue.weight).toBe(total());
        expect(queue.weight).toBeLessThanOrEqual(capacity);
      }
      while (total() > 0) leave(5);
      expect(queue.take(5)).toEqual([]);
    }),
  );
});
