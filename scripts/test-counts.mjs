// Sums what the test runners wrote into .cache/test-results: scripts/test-counts.mjs SUITE...
// Prints a line a suite and, last, `N passed, N failed, N skipped`; exits with 1 when something failed or a suite left no
// result, which counts as one failure.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Counts of vitest's JSON reporter. */
export function countVitest(report) {
  const counts = {
    passed: report.numPassedTests,
    failed: report.numFailedTests,
    skipped: report.numPendingTests + report.numTodoTests,
  };
  // A file that could not be loaded has failed without a test of its own.
  counts.failed += report.testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
  ).length;
  // An error outside of any test.
  if (!report.success && counts.failed === 0) counts.failed = 1;
  return counts;
}

/** Counts of GoogleTest's JSON output. */
export function countGoogleTest(report) {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const test of report.testsuites.flatMap(({ testsuite }) => testsuite)) {
    if (test.failures !== undefined) counts.failed += 1;
    else if (test.status !== 'RUN' || test.result === 'SKIPPED') counts.skipped += 1;
    else counts.passed += 1;
  }
  return counts;
}

function countsOf(suite) {
  try {
    const report = JSON.parse(readFileSync(join(root, '.cache', 'test-results', `${suite}.json`), 'utf8'));
    if (report.testResults !== undefined) return countVitest(report);
    if (report.testsuites !== undefined) return countGoogleTest(report);
    const { passed, failed, skipped } = report;
    return { passed, failed, skipped };
  } catch {
    return { passed: 0, failed: 1, skipped: 0, note: 'no result: it did not run to its end' };
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const sum = { passed: 0, failed: 0, skipped: 0 };
  for (const suite of process.argv.slice(2)) {
    const { note = '', ...counts } = countsOf(suite);
    for (const key of Object.keys(sum)) sum[key] += counts[key];
    console.log(`${suite.padEnd(14)} ${JSON.stringify(counts).replace(/["{}]/g, '').replaceAll(',', ', ')} ${note}`);
  }
  console.log(`${sum.passed} passed, ${sum.failed} failed, ${sum.skipped} skipped`);
  process.exitCode = sum.failed === 0 ? 0 : 1;
}
