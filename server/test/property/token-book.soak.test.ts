import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runAudit } from '../../src/audit/index.ts';
import { describeOnEachDatabase } from '../harness/index.ts';
import { type TestApp, testApp } from '../harness/test-app.ts';
import { type CountingProvider, countingProvider } from './counting-provider.ts';
import { KNOWN_HISTORIES } from './known-histories.ts';
import { play } from './play.ts';
import { anyStep } from './steps.ts';

const soak = process.env.TALLYSTICK_SOAK === 'true';
const RUNS = soak ? 600 : 60;
const LONGEST_MS = soak ? 600_000 : 30_000;

describeOnEachDatabase('random histories', (getDb, { engine }) => {
  let app: TestApp;
  let provider: CountingProvider;
  const logs = new Map<string, string[]>();
  beforeAll(async () => {
    provider = countingProvider();
    app = await testApp(getDb(), { payments: provider, env: { TALLYSTICK_TEST_CLOCK: 'true' } });
  });
  afterAll(() => app.server.close());

  test(
    'are answered, and end, as a model of the contract says',
    async () => {
      const seed = Number(process.env.TALLYSTICK_SEED ?? Date.now() % 2 ** 31);
      let runs = 0;
      let steps_taken = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(anyStep, { minLength: 1, maxLength: 60, size: 'max' }), async (steps) => {
          await play({ app, provider, logs }, steps);
          runs += 1;
          steps_taken += steps.length;
        }),
        { seed, numRuns: RUNS, interruptAfterTimeLimit: LONGEST_MS, examples: KNOWN_HISTORIES },
      );
      console.log(
        `${engine}: seed ${seed}, ${runs} histories of ${steps_taken} steps (TALLYSTICK_SEED repeats)`,
      );
      expect(runs).toBeGreaterThan(5);
      const audit = await runAudit(app.db);
      const differing = audit.checks.flatMap(({ check, difference }) =>
        difference ? [`${check}: ${difference.detail}\n${logs.get(difference.tenant_id)?.join('\n')}`] : [],
      );
      expect(differing.join('\n')).toBe('');
    },
    LONGEST_MS + 120_000,
  );
});
