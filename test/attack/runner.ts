/**
 * Runs campaigns in child processes and watches them. If a child crashes, hangs or uses too much memory, the
 * runner records the case that caused it, and continues with the remaining cases.
 * @module
 */
import { type ChildProcess, spawn } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Campaign } from './campaign.js';
import {
  type Counts,
  type Progress,
  type RecordedFinding,
  readFindings,
  readJournal,
  readKinds,
  readNotes,
} from './journal.js';
import { removeWorkFolders } from './work-folders.js';

/** Limits of a child. */
export interface Limits {
  /** Processor time in seconds after which a case counts as hung. */
  readonly hangCpuSeconds: number;
  /** Wall-clock time in seconds after which a case counts as hung, even on a busy machine. */
  readonly hangSeconds: number;
  /** Maximum resident memory of a child, in MiB. */
  readonly memoryMib: number;
}

export const defaultLimits: Limits = { hangCpuSeconds: 60, hangSeconds: 600, memoryMib: 1536 };

/** End of the process of a batch. `reported`: the process exited after it had reported a fatal error of a case. */
export type End = 'done' | 'reported' | 'crashed' | 'hung' | 'memory';

/** Result of a batch of cases. */
export interface Batch {
  readonly progress: Progress;
  readonly end: End;
  readonly findings: readonly RecordedFinding[];
  /** Numbers of cases by kind and outcome. */
  readonly kinds: ReadonlyMap<string, Counts>;
}

/** Description of a batch. */
export interface BatchRequest {
  readonly campaign: Campaign;
  readonly seed: number;
  readonly first: number;
  readonly count: number;
  /** Time limit of the batch in seconds; 0 means no limit. */
  readonly seconds: number;
  /** An empty folder. */
  readonly folder: string;
  readonly limits: Limits;
}

const childScript = fileURLToPath(new URL('child.js', import.meta.url));
/** Exit code of a child that has reported the reason of its end. */
export const reportedExitCode = 3;
const pollMs = 100;
const clockTicksPerSecond = 100;

const living = new Set<ChildProcess>();

/** If this process gets SIGINT, SIGTERM or SIGHUP, ends all children and removes their folders before it ends. */
export function endWithChildren(): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      for (const child of living) killGroup(child);
      removeWorkFolders();
      process.kill(process.pid, signal);
    });
  }
}

/** Runs a batch in a child process. The promise always resolves, even if the child crashes or is killed. */
export async function runBatch(request: BatchRequest): Promise<Batch> {
  const { campaign, seed, first, count, seconds, folder, limits } = request;
  const args = [campaign.name, seed, first, count, seconds, folder].map(String);
  const log = fs.openSync(join(folder, 'stderr'), 'w');
  const child = spawn(process.execPath, ['--max-old-space-size=512', childScript, ...args], {
    stdio: ['ignore', log, log],
    // Makes the child the leader of a process group, so that killGroup() also kills the processes that it starts.
    detached: true,
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  const exit = new Promise<{ code: number | null; signal: string | null }>((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code, signal) => resolve({ code, signal }));
  });
  living.add(child);
  const watch = new Watch(child, request);
  let killed: End | null = null;
  const timer = setInterval(() => {
    killed ??= watch.look(limits);
    if (killed !== null) killGroup(child);
  }, pollMs);
  const { code, signal } = await exit;
  clearInterval(timer);
  killGroup(child);
  living.delete(child);
  fs.closeSync(log);
  const progress = readJournal(folder, first);
  const findings = [...readFindings(folder)];
  const kinds = readKinds(folder);
  if (killed === null && progress.isDone && code === 0) return { progress, end: 'done', findings, kinds };
  if (killed === null && code === reportedExitCode) return { progress, end: 'reported', findings, kinds };
  const stderr = fs.readFileSync(join(folder, 'stderr'), 'utf8').slice(0, 4000);
  const end: End = killed ?? (/heap out of memory|Array buffer allocation failed/.test(stderr) ? 'memory' : 'crashed');
  const what = `${end}: exit code ${code}, signal ${signal}\n${stderr}`;
  findings.push({ verdict: 'wrong', index: progress.current, notes: readNotes(folder), what });
  return { progress, end, findings, kinds };
}

/** Kills a child and all processes that it has started. */
function killGroup(child: ChildProcess): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  } catch {
    // All processes of the group have ended.
  }
}

/** Checks that a child makes progress, and how much CPU time and memory it uses. */
class Watch {
  readonly #child: ChildProcess;
  readonly #request: BatchRequest;
  #state = '';
  #since = Date.now();
  #cpuSince = 0;

  constructor(child: ChildProcess, request: BatchRequest) {
    this.#child = child;
    this.#request = request;
  }

  /** Returns the limit that the child has exceeded, or null. */
  look(limits: Limits): End | null {
    const { pid } = this.#child;
    if (pid === undefined) return null;
    const { current, next } = readJournal(this.#request.folder, this.#request.first);
    const cpu = processorSeconds(pid);
    const state = `${current} ${next}`;
    if (state !== this.#state) {
      this.#state = state;
      this.#since = Date.now();
      this.#cpuSince = cpu;
    } else if (cpu - this.#cpuSince > limits.hangCpuSeconds) return 'hung';
    else if (Date.now() - this.#since > 1000 * limits.hangSeconds) return 'hung';
    return residentMib(pid) > limits.memoryMib ? 'memory' : null;
  }
}

function processorSeconds(pid: number): number {
  try {
    const fields = fs
      .readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return (Number(fields[11]) + Number(fields[12])) / clockTicksPerSecond;
  } catch {
    return 0;
  }
}

function residentMib(pid: number): number {
  try {
    const status = fs.readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(/^RssAnon:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}
