/**
 * Runs test suites repeatedly while other programs use the processor, to find races that do not occur on an idle
 * machine.
 * @module
 */
import { type ChildProcess, spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import { join } from 'node:path';
import { timesVariable } from '../support/repeated-tests.js';

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
const runLimitMs = 7_200_000;

/** Result of one run. */
export interface RunResult {
  readonly contention: Contention;
  readonly passed: number;
  /** Names of failed tests with the first lines of their errors, or the problem of the run as a whole. */
  readonly failures: readonly string[];
  readonly seconds: number;
}

/** Returns the command prefix that starts a program with the scheduling of `contention`; `job` chooses the one core. */
function prefixOf(contention: Contention, job: number): readonly string[] {
  if (contention === 'idle') return ['chrt', '--idle', '0'];
  return contention === 'one core' ? ['taskset', '--cpu-list', String(job % os.availableParallelism())] : [];
}

/** Number and kind of the runs of repeatSuites(). */
export interface RepeatOptions {
  /** Number of runs, each with processes of its own. */
  readonly times: number;
  /** Number of times that each test runs in the process of its file. */
  readonly each: number;
  /** Number of runs at the same time. They compete with the same busy loops, and with each other. */
  readonly jobs: number;
  /** Kinds of contention, one after the other. They share the runs as equally as possible. */
  readonly kinds: readonly Contention[];
}

/** Runs the suites `times` times, with one kind of contention after the other; `onRun` is called after each run. */
export async function repeatSuites(
  { times, each, jobs, kinds }: RepeatOptions,
  onRun: (run: number, result: RunResult) => void,
): Promise<boolean> {
  let isClean = true;
  let ended = 0;
  for (const [k, kind] of kinds.entries()) {
    let left = Math.floor((times + kinds.length - 1 - k) / kinds.length);
    const repeat = async (job: number): Promise<void> => {
      while (left > 0) {
        left -= 1;
        const result = await runSuites(kind, each, job);
        if (result.failures.length > 0) isClean = false;
        onRun(ended++, result);
      }
    };
    const loops = startLoops(kind);
    try {
      await Promise.all(Array.from({ length: Math.min(jobs, left) }, (_, job) => repeat(job)));
    } finally {
      for (const loop of loops) loop.kill('SIGKILL');
    }
  }
  return isClean;
}

/** Starts the processes that compete with the suites. On one core, the threads of a run compete with each other. */
function startLoops(contention: Contention): ChildProcess[] {
  if (contention === 'one core') return [];
  const [program = '', ...args] = [...prefixOf(contention, 0), process.execPath, '-e', 'for (;;);'];
  return Array.from({ length: busyLoops }, () => spawn(program, args, { stdio: 'ignore' }));
}

async function runSuites(contention: Contention, each: number, job: number): Promise<RunResult> {
  const folder = fs.mkdtempSync(join(os.tmpdir(), 'posix-par-repeat-'));
  const start = Date.now();
  try {
    const json = join(folder, 'result.json');
    const exclude = excluded.flatMap((file) => ['--exclude', file]);
    const vitest = [process.execPath, 'node_modules/vitest/vitest.mjs', 'run', ...suites, ...exclude];
    const command = [...prefixOf(contention, job), ...vitest, '--reporter=json', `--outputFile=${json}`];
    const [program = '', ...args] = command;
    const child = spawn(program, args, {
      stdio: 'ignore',
      detached: true,
      env: { ...process.env, [timesVariable]: String(each) },
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

/** Maximum number of lines of the error of a test that are reported. The differences of objects are in later lines. */
const maxErrorLines = 30;

function firstLines(text: string): string {
  return text.split('\n').slice(0, maxErrorLines).join('\n    ');
}

function summarize(json: string, end: string): Pick<RunResult, 'passed' | 'failures'> {
  if (!fs.existsSync(json)) return { passed: 0, failures: [`the run has no result: ${end}`] };
  const { numPassedTests, success, testResults } = JSON.parse(fs.readFileSync(json, 'utf8')) as Report;
  const failures = testResults.flatMap(({ name, status, message, assertionResults }) => {
    const failed = assertionResults
      .filter((test) => test.status === 'failed')
      .map(({ fullName, failureMessages }) => `${fullName}: ${firstLines(failureMessages[0] ?? '')}`);
    return failed.length === 0 && status === 'failed' ? [`${name}: ${firstLines(message)}`] : failed;
  });
  if (!success && failures.length === 0) failures.push(`the run failed: ${end}`);
  return { passed: numPassedTests, failures };
}
