import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { checkBoundaries } from './boundaries.ts';
import { rules } from './boundary-rules.ts';

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'tallystick-boundaries-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** Writes a checkout of files that each import the paths given, and answers which rules it breaks. */
async function brokenBy(files: Record<string, string[]>): Promise<string[]> {
  for (const [file, imports] of Object.entries(files)) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    const lines = imports.map((path) =>
      path.startsWith('value of ') ? `import '${path.slice(9)}';\n` : `import type {} from '${path}';\n`,
    );
    writeFileSync(join(root, file), `${lines.join('')}export const name = '${file}';\n`);
  }
  const { modules, violations } = await checkBoundaries(root);
  expect(modules).toBeGreaterThanOrEqual(Object.keys(files).length);
  return violations.map((violation) => violation.rule);
}

test('the directions of the design are allowed', async () => {
  const broken = await brokenBy({
    'server/src/main.ts': ['./http/index.ts', './cli/index.ts', './ai-tokens/index.ts', './db/index.ts'],
    'server/src/cli/index.ts': ['../http/index.ts', '../ledger/index.ts'],
    'server/src/http/index.ts': ['./routes/ai-tokens.ts', '../request-keys/index.ts'],
    'server/src/http/routes/ai-tokens.ts': ['../../ai-tokens/index.ts'],
    'server/src/ai-tokens/index.ts': ['../ledger/index.ts', '../request-keys/index.ts', './plan/plan.ts'],
    'server/src/ai-tokens/plan/plan.ts': ['../../money/index.ts'],
    'server/src/ai-tokens/plan/plan.test.ts': ['../../http/routes/ai-tokens.ts', 'node:fs'],
    'server/src/ledger/index.ts': ['../db/index.ts', '../money/index.ts'],
    'server/src/request-keys/index.ts': ['../db/index.ts', '../errors/index.ts'],
    'server/src/db/index.ts': ['../clock/index.ts'],
    'server/src/clock/index.ts': [],
    'server/src/errors/index.ts': [],
    'server/src/money/index.ts': [],
    'sdk/src/index.ts': ['./client.ts'],
    'dashboard/src/main.tsx': ['./pages/home.tsx', './ui/button.tsx'],
    'dashboard/src/pages/home.tsx': ['../ui/button.tsx', '../api/queries.ts'],
    'dashboard/src/api/queries.ts': ['../../../sdk/src/index.ts'],
    'dashboard/src/ui/button.tsx': [],
    'sdk/src/client.ts': [],
    'sdk/src/recorder/index.ts': ['node:fs', '../client.ts'],
    'sdk/src/fastify/index.ts': ['../recorder/index.ts', '../index.ts'],
  });
  expect(broken).toEqual([]);
});

const violations: Record<string, [from: string, to: string, target: string][]> = {
  'no-cycles': [['server/src/ledger/index.ts', './back.ts', 'server/src/ledger/back.ts']],
  'leaves-import-no-domain': [
    ['server/src/money/index.ts', '../ledger/index.ts', 'server/src/ledger/index.ts'],
    ['server/src/clock/index.ts', '../request-keys/index.ts', 'server/src/request-keys/index.ts'],
    ['server/src/db/index.ts', '../http/index.ts', 'server/src/http/index.ts'],
  ],
  'request-keys-is-a-leaf': [
    ['server/src/request-keys/index.ts', '../ledger/index.ts', 'server/src/ledger/index.ts'],
  ],
  'domains-know-no-edge': [
    ['server/src/ai-tokens/index.ts', '../http/index.ts', 'server/src/http/index.ts'],
    ['server/src/ledger/index.ts', '../cli/index.ts', 'server/src/cli/index.ts'],
    ['server/src/due-work/index.ts', '../jobs/index.ts', 'server/src/jobs/index.ts'],
    ['server/src/tenants/index.ts', '../main.ts', 'server/src/main.ts'],
  ],
  'ledger-imports-no-domain': [
    ['server/src/ledger/index.ts', '../tenants/index.ts', 'server/src/tenants/index.ts'],
  ],
  'edges-know-no-root': [['server/src/http/index.ts', '../main.ts', 'server/src/main.ts']],
  'http-and-jobs-know-no-cli': [['server/src/http/index.ts', '../cli/index.ts', 'server/src/cli/index.ts']],
  'folders-meet-at-index': [
    ['server/src/ai-tokens/index.ts', '../ledger/chart.ts', 'server/src/ledger/chart.ts'],
    ['server/src/http/routes/a.ts', '../../ai-tokens/store.ts', 'server/src/ai-tokens/store.ts'],
  ],
  'root-enters-at-index': [['server/src/main.ts', './db/transactions.ts', 'server/src/db/transactions.ts']],
  'source-knows-no-test': [['server/src/db/index.ts', '../../test/harness.ts', 'server/test/harness.ts']],
  'sdk-depends-on-nothing': [
    ['sdk/src/index.ts', '../../server/src/money/index.ts', 'server/src/money/index.ts'],
    ['sdk/src/index.ts', 'node:crypto', 'sdk/src/client.ts'],
    ['sdk/src/index.ts', './recorder/index.ts', 'sdk/src/recorder/index.ts'],
  ],
  'recorder-needs-only-node': [
    ['sdk/src/recorder/index.ts', '../fastify/index.ts', 'sdk/src/fastify/index.ts'],
    ['sdk/src/recorder/index.ts', '../../../server/src/db/index.ts', 'server/src/db/index.ts'],
  ],
  'fastify-plugin-needs-only-fastify': [
    ['sdk/src/fastify/index.ts', '../../../server/src/db/index.ts', 'server/src/db/index.ts'],
  ],
  'fastify-only-as-types': [['sdk/src/fastify/index.ts', 'value of fastify', 'sdk/src/fastify/plugin.ts']],
  'dashboard-uses-the-sdk': [
    ['dashboard/src/main.tsx', '../../server/src/money/index.ts', 'server/src/money/index.ts'],
    ['dashboard/src/main.tsx', '../../sdk/src/retry.ts', 'sdk/src/retry.ts'],
  ],
  'dashboard-ui-knows-no-page': [
    ['dashboard/src/ui/button.tsx', '../pages/home.tsx', 'dashboard/src/pages/home.tsx'],
    ['dashboard/src/charts/bars.tsx', '../api/queries.ts', 'dashboard/src/api/queries.ts'],
  ],
  'examples-use-the-sdk': [['examples/a/main.ts', '../../server/src/index.ts', 'server/src/index.ts']],
  'imports-resolve': [['server/src/db/index.ts', './absent.ts', 'server/src/db/present.ts']],
};

test('every rule has a case that it refuses', () => {
  expect(Object.keys(violations).sort()).toEqual(rules.map((rule) => rule.name).sort());
});

for (const [rule, cases] of Object.entries(violations)) {
  test.each(cases)(`${rule} refuses %s -> %s`, async (from, to, target) => {
    const back = rule === 'no-cycles' ? ['./index.ts'] : [];
    expect(await brokenBy({ [target]: back, [from]: [to] })).toContain(rule);
  });
}
