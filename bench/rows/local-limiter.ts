import { RateLimiterMemory, RateLimiterUnion } from 'rate-limiter-flexible';
import { openCalls } from '../limiters/calls.ts';
import { makeLimitedKeys, POINTS, WINDOWS } from '../limiters/our-limits.ts';
import { peerVersion } from '../limiters/peer-version.ts';
import type { BenchRow } from '../row.ts';
import { ownProcess } from '../run/processor-time.ts';
import { composeForBench } from '../token-debits/books.ts';

/** What a call weighs, on both sides. */
const COST = 2;

/** Deciding about a call in the process's own memory. */
export const localLimiter: BenchRow = {
  name: 'local-limiter',
  work: 'calls that cost 2 of 1,000 keys, each decided in memory by three windows at once: a policy of the key, one of the tenant and one of everybody, with the figures for the headers; against a union of three in-memory limiters',
  compare: 'throughput',
  goal: 5,
  needs: [],
  open: async (context) => {
    const composition = await composeForBench({ folder: context.folder });
    const { limits } = composition.services;
    const keys = await makeLimitedKeys(composition, { every_window: true });
    const ours = await openCalls('Tallystick, in memory', keys, {
      callers: 1,
      clock: ownProcess,
      decide: ({ tenant_id, api_key_id }) => {
        const answer = limits.take({ tenant_id, api_key_id, endpoint: '/reports', cost: COST });
        if (!(answer instanceof Promise)) return requireYes(answer);
        return answer.then(requireYes);
      },
      close: () => composition.close(),
    });
    // Which counts a call in the other windows where one refuses it: all or nothing it does not have.
    const union = new RateLimiterUnion(
      ...Object.values(WINDOWS).map(
        ({ name, window_seconds }) =>
          new RateLimiterMemory({ keyPrefix: name, points: POINTS, duration: window_seconds }),
      ),
    );
    const theirs = await openCalls(`rate-limiter-flexible ${peerVersion()}, union in memory`, keys, {
      callers: 1,
      clock: ownProcess,
      decide: ({ api_key_id }) => union.consume(api_key_id, COST),
      close: async () => undefined,
    });
    return { ours, theirs };
  },
};

function requireYes({ outcome }: { outcome: string }): void {
  if (outcome !== 'allowed') throw new Error(`a call was ${outcome}`);
}
