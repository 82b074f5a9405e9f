import { sql } from 'kysely';
import { beforeEach, describe, expect, test } from 'vitest';
import { OffsetClock } from '../../src/clock/index.ts';
import type { Database, Tx } from '../../src/db/index.ts';
import {
  type DueHandler,
  type DueItem,
  type DueKind,
  DueWorkRunner,
  schedule,
} from '../../src/due-work/index.ts';
import { newId, ROOT_TENANT_ID } from '../../src/id/index.ts';
import { describeOnEachDatabase, type FixedClock, fixedClock } from '../harness/index.ts';

const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
const second = 1000;
const minute = 60 * second;

/** What a row of due_work shows beside its names. */
interface Left {
  kind: string;
  ref_id: string;
  next_due_at: Date;
  attempts: number;
  last_error: string | null;
}

describeOnEachDatabase('the due-work runner', (getDb, { engine, get }) => {
  let wall: FixedClock;
  let clock: OffsetClock;
  let alice: string;
  let bob: string;

  beforeEach(async () => {
    wall = fixedClock();
    clock = new OffsetClock(wall);
    alice = newId(wall.now());
    bob = newId(wall.now());
    await getDb().asOwner(async (tx) => {
      await sql`delete from due_work`.execute(tx);
      await sql`
        insert into tenants (tenant_id, parent_tenant_id, name, currency, tier_name, created_at)
        select tenant_id, ${ROOT_TENANT_ID}, 'Studio', 'USD', 'free', ${wall.now()}
        from unnest(${[alice, bob]}::uuid[]) as new (tenant_id)`.execute(tx);
    });
  });

  const runnerOf = (handlers: readonly DueHandler[], db: Database = getDb()) =>
    new DueWorkRunner({ db, clock, handlers, log });

  /** Makes something due `in_ms` from now, and answers its id. */
  async function due(tenant_id: string, in_ms: number, kind: DueKind = 'token_hold'): Promise<string> {
    const ref_id = newId(wall.now());
    const next_due_at = new Date(wall.now().getTime() + in_ms);
    await getDb().inTenant(tenant_id, (tx) => schedule(tx, { tenant_id, kind, ref_id, next_due_at }));
    return ref_id;
  }

  async function left(): Promise<Left[]> {
    const { rows } = await getDb().asJob((tx) =>
      sql<Left>`
        select kind, ref_id, next_due_at, attempts, last_error from due_work order by next_due_at`.execute(
        tx,
      ),
    );
    return rows;
  }

  /** A handler of one transaction that notes what it ran. */
  function noting(
    ran: string[],
    run?: (tx: Tx, item: DueItem, now: Date) => Promise<Date | undefined>,
  ): DueHandler {
    return {
      kind: 'token_hold',
      run: async (tx, item, now) => {
        ran.push(item.ref_id);
        return await run?.(tx, item, now);
      },
    };
  }

  test('runs what is due and nothing else, the earliest first, over all tenants', async () => {
    const third = await due(alice, -1 * second);
    const first = await due(bob, -3 * second);
    const later = await due(alice, 1);
    const second_one = await due(alice, -2 * second);
    const at_this_moment = await due(bob, 0);
    const ran: string[] = [];
    expect(await runnerOf([noting(ran)]).runDue()).toBe(4);
    expect(ran).toEqual([first, second_one, third, at_this_moment]);
    expect((await left()).map(({ ref_id }) => ref_id)).toEqual([later]);
  });

  test('goes by the clock of each tenant', async () => {
    const for_alice = await due(alice, 60 * minute);
    await due(bob, 60 * minute);
    clock.load([[alice, 60 * minute]]);
    const ran: string[] = [];
    const times: Date[] = [];
    await runnerOf([
      noting(ran, async (_tx, _item, now) => {
        times.push(now);
        return undefined;
      }),
    ]).runDue();
    expect(ran).toEqual([for_alice]);
    expect(times).toEqual([clock.now(alice)]);
  });

  test('moves an item to the time its handler answers', async () => {
    const ref_id = await due(alice, 0);
    const next = new Date(wall.now().getTime() + minute);
    await runnerOf([noting([], async () => next)]).runDue();
    expect(await left()).toEqual([
      { kind: 'token_hold', ref_id, next_due_at: next, attempts: 0, last_error: null },
    ]);
  });

  test('a failing item says why, is tried again after 10 s, 20 s, 40 s, ... 1 h, and keeps nobody from running', async () => {
    const bad = await due(alice, -second);
    const good = await due(alice, 0);
    const ran: string[] = [];
    const runner = runnerOf([
      noting(ran, async (_tx, item) => {
        if (item.ref_id === bad) throw new Error('the moon is\0 wrong');
        return undefined;
      }),
    ]);
    const pauses: number[] = [];
    for (let attempts = 1; attempts <= 11; attempts++) {
      await runner.runDue();
      const [row] = await left();
      expect(row).toMatchObject({ ref_id: bad, attempts, last_error: 'the moon is wrong' });
      pauses.push((row?.next_due_at.getTime() ?? 0) - wall.now().getTime());
      wall.set(row?.next_due_at ?? wall.now());
    }
    expect(pauses.map((pause) => pause / second)).toEqual([
      10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600,
    ]);
    expect(ran.filter((ref_id) => ref_id === good)).toHaveLength(1);
  });

  test('a handler that fails half-way leaves nothing of its work', async () => {
    const bad = await due(alice, 0);
    const half = newId(wall.now());
    await runnerOf([
      noting([], async (tx, { tenant_id }) => {
        await schedule(tx, { tenant_id, kind: 'payment_intent', ref_id: half, next_due_at: wall.now() });
        throw new Error('stopped half-way');
      }),
    ]).runDue();
    expect((await left()).map(({ ref_id }) => ref_id)).toEqual([bad]);
  });

  test('a handler that puts its item on another time itself is obeyed', async () => {
    const ref_id = await due(alice, 0);
    const next_due_at = new Date(wall.now().getTime() + minute);
    await runnerOf([
      noting([], async (tx, { tenant_id, kind }) => {
        await schedule(tx, { tenant_id, kind, ref_id, next_due_at });
        return undefined;
      }),
    ]).runDue();
    expect(await left()).toMatchObject([{ ref_id, next_due_at }]);
  });

  test('an item of a kind without a handler is left alone, and nobody waits behind it', async () => {
    const unknown = await due(alice, -minute, 'payment_intent');
    const known = await due(alice, 0);
    const ran: string[] = [];
    await runnerOf([noting(ran)]).runDue();
    expect(ran).toEqual([known]);
    expect(await left()).toMatchObject([{ ref_id: unknown, attempts: 0 }]);
  });

  test('two runners at once do every item, and none twice', async () => {
    const refs: string[] = [];
    for (let count = 0; count < 40; count++) refs.push(await due(count % 2 ? alice : bob, -count));
    const other = engine === 'postgres' ? await get().open() : getDb();
    const ran: string[] = [];
    await Promise.all([runnerOf([noting(ran)]).runDue(), runnerOf([noting(ran)], other).runDue()]);
    // A second turn that found the item done does not run the handler, so a repeat would show here.
    expect(ran.toSorted()).toEqual(refs.toSorted());
    expect(await left()).toEqual([]);
  });

  describe('over several tenants at once', () => {
    /** Begins every item, and ends none before two tenants have one under way. */
    const meeting = (begun: string[], ended: string[]): DueHandler => {
      const under_way = new Set<string>();
      const met = Promise.withResolvers<void>();
      return {
        kind: 'payment_intent',
        runOwn: async ({ tenant_id, ref_id }) => {
          begun.push(ref_id);
          under_way.add(tenant_id);
          if (under_way.size === 2) met.resolve();
          await met.promise;
          ended.push(ref_id);
          return undefined;
        },
      };
    };

    test('two tenants do not wait for one another, and the items of each keep their order', async () => {
      const of_alice = [
        await due(alice, -3 * second, 'payment_intent'),
        await due(alice, -1, 'payment_intent'),
      ];
      const of_bob = [await due(bob, -2 * second, 'payment_intent'), await due(bob, 0, 'payment_intent')];
      const begun: string[] = [];
      const ended: string[] = [];
      const handlers = [meeting(begun, ended)];
      expect(await new DueWorkRunner({ db: getDb(), clock, handlers, log, at_once: 2 }).runDue()).toBe(4);
      expect(begun.slice(0, 2).toSorted()).toEqual([of_alice[0], of_bob[0]].toSorted());
      for (const order of [begun, ended]) {
        expect(order.filter((ref_id) => of_alice.includes(ref_id))).toEqual(of_alice);
        expect(order.filter((ref_id) => of_bob.includes(ref_id))).toEqual(of_bob);
      }
    });

    test('a tick ends early for whoever waits for a turn, and the next goes on', async () => {
      const refs: string[] = [];
      for (let count = 0; count < 201; count++) refs.push(await due(alice, count - 201, 'payment_intent'));
      let tick: () => void = () => undefined;
      const repeat = (work: () => void) => {
        tick = work;
        return () => undefined;
      };
      const waited = Promise.withResolvers<number>();
      const ran: string[] = [];
      const handler: DueHandler = {
        kind: 'payment_intent',
        runOwn: async ({ ref_id }) => {
          if (ran.length === 0) void runner.exclusive(async () => waited.resolve(ran.length));
          ran.push(ref_id);
          return undefined;
        },
      };
      const runner = new DueWorkRunner({ db: getDb(), clock, handlers: [handler], log, repeat });
      runner.start();
      tick();
      expect(await waited.promise).toBe(200);
      const goOn = () => {
        tick();
        return ran;
      };
      await expect.poll(goOn).toEqual(refs);
    });
  });

  describe('work with transactions of its own', () => {
    test('is leased: nobody else has it meanwhile, and after a crash it runs again when the lease is over', async () => {
      const ref_id = await due(alice, 0, 'payment_intent');
      const begun = Promise.withResolvers<void>();
      const crashed: DueHandler = {
        kind: 'payment_intent',
        runOwn: () => {
          begun.resolve();
          return new Promise(() => undefined);
        },
      };
      void runnerOf([crashed]).runDue();
      await begun.promise;
      const ran: string[] = [];
      const healthy: DueHandler = {
        kind: 'payment_intent',
        runOwn: async (item) => {
          ran.push(item.ref_id);
          return undefined;
        },
      };
      const other = runnerOf([healthy]);
      await other.runDue();
      expect(ran).toEqual([]);
      wall.advance(5 * minute);
      await other.runDue();
      expect(ran).toEqual([ref_id]);
      expect(await left()).toEqual([]);
    });

    test('that fails is tried again after the pause and not after the lease', async () => {
      await due(alice, 0, 'payment_intent');
      const failing: DueHandler = {
        kind: 'payment_intent',
        runOwn: async () => {
          throw new Error('no answer');
        },
      };
      await runnerOf([failing]).runDue();
      const next_due_at = new Date(wall.now().getTime() + 10 * second);
      expect(await left()).toMatchObject([{ attempts: 1, last_error: 'no answer', next_due_at }]);
    });
  });

  describe('started', () => {
    test('runs at every tick until it is stopped, which waits for the item under way', async () => {
      let tick: () => void = () => undefined;
      let stopped = false;
      const repeat = (work: () => void) => {
        tick = work;
        return () => {
          stopped = true;
        };
      };
      const begun = Promise.withResolvers<void>();
      const go = Promise.withResolvers<void>();
      const handler: DueHandler = {
        kind: 'payment_intent',
        runOwn: async () => {
          begun.resolve();
          await go.promise;
          return undefined;
        },
      };
      const runner = new DueWorkRunner({ db: getDb(), clock, handlers: [handler], log, repeat });
      runner.start();
      await due(alice, -second, 'payment_intent');
      const not_begun = await due(alice, 0, 'payment_intent');
      tick();
      await begun.promise;
      expect(await runner.stop(1)).toBe(false);
      const ended = runner.stop(10 * second);
      go.resolve();
      expect(await ended).toBe(true);
      expect(stopped).toBe(true);
      expect((await left()).map(({ ref_id }) => ref_id)).toEqual([not_begun]);
    });

    test('says once that it cannot run, and that it goes on', async () => {
      const said: string[] = [];
      const say = (_fields: object, message: string) => void said.push(message);
      let tick: () => void = () => undefined;
      let away = true;
      const db = {
        ...({} as Database),
        asJob: async () => {
          if (away) throw new Error('away');
          return { rows: [] };
        },
      } as unknown as Database;
      const repeat = (work: () => void) => {
        tick = work;
        return () => undefined;
      };
      const runner = new DueWorkRunner({
        db,
        clock,
        handlers: [],
        log: { info: say, warn: say, error: say },
        repeat,
      });
      runner.start();
      for (const is_away of [true, true, false]) {
        away = is_away;
        tick();
        // The next turn begins when the tick's has ended.
        await runner.exclusive(async () => undefined);
      }
      await expect.poll(() => said).toEqual(['due work cannot run', 'due work goes on']);
    });
  });
});
