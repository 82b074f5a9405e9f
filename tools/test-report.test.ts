import { expect, test } from 'vitest';
import { type Report, skippedSuites, summaryOf } from './test-report.ts';

const result = (status: string, ...titles: string[]) => ({
  status,
  title: titles.at(-1) ?? '',
  ancestorTitles: titles.slice(0, -1),
});

const report: Report = {
  testResults: [
    {
      name: 'a.test.ts',
      status: 'passed',
      assertionResults: [
        result('passed', 'PGlite', 'one'),
        result('skipped', 'PostgreSQL', 'one'),
        result('pending', 'PostgreSQL', 'deep', 'two'),
      ],
    },
    { name: 'b.test.ts', status: 'passed', assertionResults: [result('todo', 'alone')] },
  ],
};

test('a skipped suite is told once, with its tests', () => {
  expect(skippedSuites(report)).toEqual([
    { file: 'a.test.ts', suite: 'PostgreSQL', tests: 2 },
    { file: 'b.test.ts', suite: 'alone', tests: 1 },
  ]);
});

test('what failed without a failed test still counts', () => {
  expect(summaryOf(report, true)).toEqual({ passed: 1, failed: 0 });
  expect(summaryOf(report, false)).toEqual({ passed: 1, failed: 1 });
  expect(summaryOf({ testResults: [] }, false)).toEqual({ passed: 0, failed: 1 });
  const broken = { name: 'c.test.ts', status: 'failed', assertionResults: [] };
  expect(summaryOf({ testResults: [...report.testResults, broken] }, false)).toEqual({
    passed: 1,
    failed: 1,
  });
  const failing = { name: 'd.test.ts', status: 'failed', assertionResults: [result('failed', 'x')] };
  expect(summaryOf({ testResults: [...report.testResults, failing] }, false)).toEqual({
    passed: 1,
    failed: 1,
  });
});
