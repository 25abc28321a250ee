/**
 * Tests how the results of test runs are counted, also of runs that were stopped: each unfinished file (TypeScript) or
 * test (C++) counts as a failure. Also tests the time limit of a test file.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { countProgress, describeFailures } from '../../../scripts/test/counts.mjs';
import { countLog, mergeShards } from '../../../scripts/test/merge-shards.mjs';
import { forget, overdue } from '../../../scripts/test/progress.mjs';
import { TemporaryDirectory } from '../../support/temporary.js';

const directory = new TemporaryDirectory();
const root = join(import.meta.dirname, '../../..');
const lines = (...events: readonly object[]): string => events.map((event) => `${JSON.stringify(event)}\n`).join('');
const run = { event: 'run', files: ['a.test.ts', 'b.test.ts', 'c.test.ts'] };
const file = (name: string, passed: number, failed = 0, skipped = 0): object => {
  return { event: 'file', file: name, passed, failed, skipped };
};
const end = { event: 'end', reason: 'passed', errors: [] };

describe('the counts of the TypeScript tests', () => {
  it('sum the files of a complete run', () => {
    const text = lines(run, file('a.test.ts', 3), file('b.test.ts', 2, 1), file('c.test.ts', 1, 0, 4), end);
    expect(countProgress(text)).toEqual({ passed: 6, failed: 1, skipped: 4 });
  });

  it('count a failure per file that did not finish, even if the last line is cut off', () => {
    const text = `${lines(run, file('b.test.ts', 2, 0, 1))}{"event":"file","file":"a.te`;
    expect(countProgress(text)).toEqual({
      passed: 2,
      failed: 2,
      skipped: 1,
      note: '2 of 3 files did not finish: a.test.ts, c.test.ts',
    });
  });

  it('count a failure for an error outside of tests, and for a run that was stopped after its last file', () => {
    const files = [file('a.test.ts', 1), file('b.test.ts', 1), file('c.test.ts', 1)];
    expect(countProgress(lines(run, ...files, { ...end, errors: ['x'] })).failed).toBe(1);
    expect(countProgress(lines(run, ...files, { ...end, reason: 'interrupted' })).failed).toBe(1);
    expect(countProgress(lines(run, ...files)).failed).toBe(1);
    expect(countProgress(lines(run, ...files, end)).failed).toBe(0);
  });

  it('name the failed tests and the errors outside of tests', () => {
    const failed = { ...file('b.test.ts', 2, 1), failures: [{ name: 'group > reads', error: 'expected 1 to be 2' }] };
    expect(describeFailures(lines(run, file('a.test.ts', 3), failed, { ...end, errors: ['lost'] }))).toEqual([
      'FAIL b.test.ts > group > reads\nexpected 1 to be 2',
      'ERROR outside of tests\nlost',
    ]);
  });

  it('reject a run that did not begin', () => {
    expect(() => countProgress('')).toThrow('Expected the files of the run');
  });
});

describe('the counts of a C++ shard', () => {
  const log = `Running main() from gtest_main.cc
[==========] Running 5 tests from 2 test suites.
[----------] 3 tests from Pool
[ RUN      ] Pool.Works
[       OK ] Pool.Works (1 ms)
[ RUN      ] Pool.Fails
file.cc:3: Failure
[  FAILED  ] Pool.Fails (0 ms)
[ RUN      ] Pool.Skips
[  SKIPPED ] Pool.Skips (0 ms)
[ RUN      ] All/Engine.Hangs/3
`;

  it('come from the log if the shard was stopped', () => {
    expect(countLog(log)).toEqual({ passed: 1, failed: 3, skipped: 1, unfinished: 2, running: ['All/Engine.Hangs/3'] });
    expect(countLog('')).toEqual({ passed: 0, failed: 1, skipped: 0, unfinished: 1, running: [] });
  });

  it('count a test once, although the summary names it again', () => {
    const whole = [
      '[==========] Running 1 test from 1 test suite.',
      '[ RUN      ] A.B',
      '[  FAILED  ] A.B (0 ms)',
      '[  FAILED  ] 1 test, listed below:',
      '[  FAILED  ] A.B',
      '',
    ].join('\n');
    expect(countLog(whole)).toMatchObject({ passed: 0, failed: 1, unfinished: 0 });
  });

  it('are merged with the results of the other shards', () => {
    const report = { testsuites: [{ testsuite: [{ status: 'RUN', result: 'COMPLETED' }] }] };
    expect(mergeShards([{ report }, { report }])).toEqual({ testsuites: [...report.testsuites, ...report.testsuites] });
    expect(mergeShards([{ report }, { log }])).toEqual({
      passed: 2,
      failed: 3,
      skipped: 1,
      note: '2 tests did not finish, stopped in All/Engine.Hangs/3',
    });
  });
});

describe('the limit of a test file', () => {
  it('lists processes that announced themselves too long ago', () => {
    const folder = directory.at('running');
    expect(overdue(folder, 1000)).toEqual([]);
    mkdirSync(folder);
    for (const name of ['12', '13', 'other']) writeFileSync(join(folder, name), `${name}.test.ts`);
    utimesSync(join(folder, '12'), 5, 5);
    utimesSync(join(folder, '13'), 9, 9);
    expect(overdue(folder, 4000, 10_000)).toEqual([{ pid: 12, path: join(folder, '12'), file: '12.test.ts' }]);
    forget(folder, '12.test.ts');
    expect(overdue(folder, 4000, 10_000)).toEqual([]);
  });

  it('stops a test file that never ends, and keeps the results and errors of the others', () => {
    const folder = directory.at('project');
    mkdirSync(folder);
    const test = "import { test, expect } from 'vitest';\n";
    writeFileSync(join(folder, 'good.test.ts'), `${test}test('is good', () => expect(1).toBe(1));\n`);
    writeFileSync(join(folder, 'endless.test.ts'), `${test}test('is endless', () => { for (;;); });\n`);
    writeFileSync(join(folder, 'bad.test.ts'), `${test}test('is bad', () => expect(1).toBe(2));\n`);
    writeFileSync(join(folder, 'empty.test.ts'), 'throw new Error("cannot load");\n');
    const progress = directory.at('progress.jsonl');
    const vitest = join(root, 'node_modules/vitest/vitest.mjs');
    const config = join(folder, 'vitest.config.mjs');
    const setup = JSON.stringify(join(root, 'test/support/announce-file.ts'));
    writeFileSync(config, `export default { test: { pool: 'forks', setupFiles: [${setup}] } };\n`);
    execFileSync('ln', ['-s', join(root, 'node_modules'), join(folder, 'node_modules')]);
    const reporter = `--reporter=${join(root, 'scripts/test/progress.mjs')}`;
    const env = { ...process.env, POSIX_PAR_TEST_PROGRESS: progress, POSIX_PAR_TEST_FILE_LIMIT_S: '5' };
    const ran = spawnSync(process.execPath, [vitest, 'run', reporter], { cwd: folder, env, encoding: 'utf8' });
    expect(ran.stderr).toContain('endless.test.ts took longer than 5 s');
    expect(ran.status).not.toBe(0);
    const text = readFileSync(progress, 'utf8');
    expect(countProgress(text)).toMatchObject({ passed: 1, failed: 3 });
    expect(describeFailures(text)).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^FAIL bad.test.ts > is bad\nexpected 1 to be 2/),
        expect.stringMatching(/^FAIL empty.test.ts > \(outside of its tests\)\ncannot load/),
      ]),
    );
  });
});
