import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { breachesIn } from './check-conventions.ts';

function breachesOf(...files: string[]): string[] {
  const root = mkdtempSync(join(tmpdir(), 'tallystick-conventions-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  for (const file of ['server/src/main.ts', ...files]) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), '');
  }
  return breachesIn(root);
}

test('a domain has a README and an index, a leaf an index', () => {
  expect(breachesOf('server/src/ledger/store.ts', 'server/src/money/round.ts')).toEqual([
    'server/src/ledger has no index.ts',
    'server/src/ledger has no README.md',
    'server/src/money has no index.ts',
  ]);
  expect(breachesOf('server/src/ledger/index.ts', 'server/src/ledger/README.md')).toEqual([]);
});

test('a file is named after what it exports', () => {
  expect(breachesOf('sdk/src/utils.ts', 'server/test/helpers/a.ts', 'sdk/src/retry-helper.ts')).toHaveLength(
    3,
  );
  expect(breachesOf('sdk/src/utilisation.ts', 'sdk/node_modules/a/utils.ts')).toEqual([]);
});

test('migrations are numbered without gaps and say what they hold', () => {
  const folder = 'server/migrations';
  expect(breachesOf(`${folder}/0001_core_schema.sql`, `${folder}/0002_core_policies.sql`)).toEqual([]);
  expect(breachesOf(`${folder}/0001_core_schema.sql`, `${folder}/0003_core_policies.sql`)).toHaveLength(1);
  expect(breachesOf(`${folder}/0001_core.sql`)).toHaveLength(1);
});

test('what AGENTS.md names exists', () => {
  const root = mkdtempSync(join(tmpdir(), 'tallystick-conventions-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  mkdirSync(join(root, 'server/src'), { recursive: true });
  writeFileSync(
    join(root, 'AGENTS.md'),
    'Imitate `server/src/gone.ts`, see `docs/decisions/` and `npm test`.',
  );
  expect(breachesIn(root)).toEqual(['AGENTS.md names server/src/gone.ts, which is not there']);
});
