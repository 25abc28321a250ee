/**
 * Runs test suites repeatedly while other programs use the processor, to find races that do not occur on an idle
 * machine.
 * @module
 */
import { type ChildProcess, spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import { join } from 'node:path';
import { timesVariable } from './times-variable.js';

/**
 * Conditions under which the suites compete for processors with busy loops: with normal priority, with idle priority,
 * or with normal priority on one core.
 */
export const contentions = ['busy', 'idle', 'one core'] as const;

/** One of {@link contentions}. */
export type Contention = (typeof contentions)[number];

/** The suites that are repeated. */
const suites = ['test/fault', 'test/lifecycle'];
/**
 * Excluded tests. They need most of the memory of the machine, so two of them cannot run at the same time, and they do
 * not test races.
 */
const excluded = ['test/lifecycle/large-results.test.ts', 'test/lifecycle/memory-limit.test.ts'];
const busyLoops = 4;
/** Time limit of a run in milliseconds. A run that takes longer counts as hung. */
const runLimitMs = 3_600_000;

/** Result of one run. */
export interface RunResult {
  readonly contention: Contention;
  readonly passed: number;
  /** Names of failed tests with the first lines of their errors, or the problem of the run as a whole. */
  readonly failures: readonly string[];
  readonly seconds: number;
}

/** Returns the command prefix that starts the suites and the competing loops with the scheduling of `contention`. */
function prefixOf(contention: Contention): readonly string[] {
  if (contention === 'idle') return ['chrt', '--idle', '0'];
  return contention === 'one core' ? ['taskset', '--cpu-list', '0'] : [];
}

/** Number and kind of the runs of repeatSuites(). */
export interface RepeatOptions {
  /** Number of runs, each with processes of its own. */
  readonly times: number;
  /** Number of times that each test runs in the process of its file. */
  readonly each: number;
  /** Number of runs at the same time. */
  readonly jobs: number;
  /** Kinds of contention, used in turn. */
  readonly kinds: readonly Contention[];
}

/** Runs the suites `times` times, with each kind of contention in turn; `onRun` is called after each run. */
export async function repeatSuites(
  { times, each, jobs, kinds }: RepeatOptions,
  onRun: (run: number, result: RunResult) => void,
): Promise<boolean> {
  let isClean = true;
  let started = 0;
  const repeat = async (): Promise<void> => {
    while (started < times) {
      const run = started++;
      const result = await runSuites(kinds[run % kinds.length] ?? 'busy', each);
      if (result.failures.length > 0) isClean = false;
      onRun(run, result);
    }
  };
  await Promise.all(Array.from({ length: Math.min(jobs, times) }, repeat));
  return isClean;
}

async function runSuites(contention: Contention, each: number): Promise<RunResult> {
  const folder = fs.mkdtempSync(join(os.tmpdir(), 'posix-par-repeat-'));
  const loops: ChildProcess[] = [];
  const start = Date.now();
  try {
    const [loop = '', ...loopArgs] = [...prefixOf(contention), process.execPath, '-e', 'for (;;);'];
    if (contention !== 'one core')
      for (let n = 0; n < busyLoops; n += 1) loops.push(spawn(loop, loopArgs, { stdio: 'ignore' }));
    const json = join(folder, 'result.json');
    const exclude = excluded.flatMap((file) => ['--exclude', file]);
    const vitest = [process.execPath, 'node_modules/vitest/vitest.mjs', 'run', ...suites, ...exclude];
    const [program = '', ...args] = [...prefixOf(contention), ...vitest, '--reporter=json', `--outputFile=${json}`];
    const child = spawn(program, args, {
      stdio: 'ignore',
      detached: true,
      env: { ...process.env, ...(each > 1 ? { [timesVariable]: String(each) } : {}) },
    });
    const end = await new Promise<string>((resolve, reject) => {
      const timer = setTimeout(() => {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      }, runLimitMs);
      child.on('error', reject);
      child.on('close', (code, signal) => {
        clearTimeout(timer);
        resolve(`code ${code}, signal ${signal}`);
      });
    });
    return { contention, ...summarize(json, end), seconds: (Date.now() - start) / 1000 };
  } finally {
    for (const loop of loops) loop.kill('SIGKILL');
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** Parts of vitest's report that are used here. */
interface Report {
  readonly numPassedTests: number;
  readonly success: boolean;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}

function summarize(json: string, end: string): Pick<RunResult, 'passed' | 'failures'> {
  if (!fs.existsSync(json)) return { passed: 0, failures: [`the run has no result: ${end}`] };
  const { numPassedTests, success, testResults } = JSON.parse(fs.readFileSync(json, 'utf8')) as Report;
  const failures = testResults.flatMap(({ name, status, message, assertionResults }) => {
    const failed = assertionResults
      .filter((test) => test.status === 'failed')
      .map(({ fullName, failureMessages }) => `${fullName}: ${firstLine(failureMessages[0] ?? '')}`);
    return failed.length === 0 && status === 'failed' ? [`${name}: ${firstLine(message)}`] : failed;
  });
  if (!success && failures.length === 0) failures.push(`the run failed: ${end}`);
  return { passed: numPassedTests, failures };
}
