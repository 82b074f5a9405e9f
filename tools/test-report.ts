/** What of Vitest's JSON report is read here. */
export interface Report {
  testResults: {
    name: string;
    status: string;
    assertionResults: { status: string; title: string; ancestorTitles: string[] }[];
  }[];
}

const notRun = new Set(['skipped', 'pending', 'todo', 'disabled']);

/** The suites of which tests were skipped: a top-level describe of a file, or a test outside of any, with its count. */
export function skippedSuites(report: Report): { file: string; suite: string; tests: number }[] {
  const suites = new Map<string, { file: string; suite: string; tests: number }>();
  for (const { name: file, assertionResults } of report.testResults) {
    for (const { status, title, ancestorTitles } of assertionResults) {
      if (!notRun.has(status)) continue;
      const suite = ancestorTitles[0] || title;
      const known = suites.get(`${file} ${suite}`) ?? { file, suite, tests: 0 };
      suites.set(`${file} ${suite}`, { ...known, tests: known.tests + 1 });
    }
  }
  return [...suites.values()];
}

/**
 * How many tests passed and failed. A file that failed without a failed test (it did not load, or a hook threw) counts
 * as one, and so does a run that did not succeed for a reason that no test carries, such as an unhandled rejection.
 */
export function summaryOf(report: Report, succeeded: boolean): { passed: number; failed: number } {
  let passed = 0;
  let failed = 0;
  for (const { status, assertionResults } of report.testResults) {
    const failedHere = assertionResults.filter((result) => result.status === 'failed').length;
    passed += assertionResults.filter((result) => result.status === 'passed').length;
    failed += failedHere === 0 && status === 'failed' ? 1 : failedHere;
  }
  return { passed, failed: failed === 0 && !succeeded ? 1 : failed };
}
