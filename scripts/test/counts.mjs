// Sums the results of the test runners in .cache/test-results. Usage: scripts/test/counts.mjs SUITE...
// Prints the failed TypeScript tests with their errors, one line per suite, and last `N passed, N failed, N skipped`.
// Exits with 1 if a test failed or did not finish, or if a suite has no result, which counts as one failure.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/**
 * Counts the results that scripts/test/progress.mjs wrote. An unfinished file counts as one failure. If no test failed
 * but the run did not end, or ended with an error outside of tests, there is also one failure.
 */
export function countProgress(text) {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  const events = parseEvents(text);
  const run = events.find(({ event }) => event === 'run');
  if (run === undefined) throw new Error('Expected the files of the run');
  const finished = new Map(events.filter(({ event }) => event === 'file').map((file) => [file.file, file]));
  for (const file of finished.values()) for (const key of Object.keys(counts)) counts[key] += file[key];
  const unfinished = run.files.filter((file) => !finished.has(file));
  counts.failed += unfinished.length;
  const end = events.find(({ event }) => event === 'end');
  if (counts.failed === 0 && (end === undefined || end.reason !== 'passed' || end.errors.length > 0)) counts.failed = 1;
  if (unfinished.length === 0) return counts;
  const first = unfinished.slice(0, 5).join(', ');
  const rest = unfinished.length > 5 ? ', …' : '';
  const note = `${unfinished.length} of ${run.files.length} files did not finish: ${first}${rest}`;
  return { ...counts, note };
}

function parseEvents(text) {
  return text.split('\n').flatMap((line) => {
    try {
      return [JSON.parse(line)];
    } catch {
      return []; // Empty, or truncated because the run was stopped.
    }
  });
}

/** Describes the failed tests and the errors outside of tests, one text each, from what progress.mjs wrote. */
export function describeFailures(text) {
  return parseEvents(text).flatMap(({ event, file, failures = [], errors = [] }) => {
    if (event === 'file') return failures.map(({ name, error }) => `FAIL ${file} > ${name}\n${error}`);
    return errors.map((error) => `ERROR outside of tests\n${error}`);
  });
}

/** Counts the tests in GoogleTest's JSON output. */
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
    const results = join(root, '.cache', 'test-results');
    if (suite === 'vitest') {
      const text = readFileSync(join(results, 'vitest.jsonl'), 'utf8');
      for (const failure of describeFailures(text)) console.log(`${failure}\n`);
      return countProgress(text);
    }
    const report = JSON.parse(readFileSync(join(results, `${suite}.json`), 'utf8'));
    if (report.testsuites !== undefined) return countGoogleTest(report);
    const { passed, failed, skipped, note } = report;
    return { passed, failed, skipped, note };
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
