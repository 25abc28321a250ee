/**
 * Manages the child processes of the benchmark. The processes are started before a measurement and reused, so that no
 * measurement includes their start.
 * @module
 */
import { type ChildProcess, fork } from 'node:child_process';
import type { NativeProbeOptions, NativeWriteProbeOptions } from '../native/binding.js';
import type { ChildAnswer, ChildCommand, LibraryRun } from './child.js';
import { childScript } from './own-files.js';
import { type ProbeResult, probeOptions } from './probe.js';
import { mergeBuckets } from './rounds.js';
import { mergeWriteResults, type WriteProbeResult } from './write/probe.js';

/** Time in nanoseconds from the command to the simultaneous start of several processes. */
const startDelayNs = 30_000_000;

class Child {
  readonly #process: ChildProcess;
  readonly #ready: Promise<void>;
  #settle: ((answer: ChildAnswer) => void) | null = null;

  constructor() {
    this.#process = fork(childScript(), ['posix-par-bench-child'], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      execArgv: [],
      serialization: 'advanced',
    });
    let isReady: () => void = () => {};
    this.#ready = new Promise((resolve) => {
      isReady = resolve;
    });
    this.#process.on('message', (message) => {
      const answer = message as ChildAnswer;
      if (answer.kind === 'ready') isReady();
      else this.#settle?.(answer);
    });
    const lost = (why: string): void => {
      isReady();
      this.#settle?.({ kind: 'error', message: `a child process of the benchmark ended: ${why}` });
    };
    this.#process.on('error', (error) => lost(error.message));
    this.#process.on('exit', (code, signal) => lost(String(signal ?? code)));
  }

  async ready(): Promise<void> {
    await this.#ready;
  }

  async ask(command: ChildCommand): Promise<ProbeResult> {
    const answer = await this.#answer(command);
    if (answer.kind !== 'result') throw new Error(answer.kind === 'error' ? answer.message : 'no result');
    return answer.result;
  }

  async askForWrites(options: NativeWriteProbeOptions): Promise<WriteProbeResult> {
    const answer = await this.#answer({ kind: 'write probe', options });
    if (answer.kind !== 'write result') throw new Error(answer.kind === 'error' ? answer.message : 'no result');
    return answer.result;
  }

  async #answer(command: ChildCommand): Promise<ChildAnswer> {
    await this.#ready;
    const answer = await new Promise<ChildAnswer>((resolve) => {
      this.#settle = resolve;
      if (!this.#process.connected) resolve({ kind: 'error', message: 'a child process of the benchmark has ended' });
      else this.#process.send(command);
    });
    this.#settle = null;
    return answer;
  }

  /** Kills the process and waits for its exit. */
  async end(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    await new Promise<void>((resolve) => {
      this.#process.once('exit', () => resolve());
      this.#process.once('error', () => resolve());
      this.#process.kill('SIGKILL');
    });
  }
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** Merges the results of several processes. */
function mergeResults(results: readonly ProbeResult[]): ProbeResult {
  const first = Math.min(...results.map(({ startedNs }) => startedNs));
  const last = Math.max(...results.map(({ startedNs, elapsedNs }) => startedNs + elapsedNs));
  const total = (pick: (result: ProbeResult) => number): number => sum(results.map(pick));
  return {
    startedNs: first,
    elapsedNs: last - first,
    operations: total((r) => r.operations),
    bytes: total((r) => r.bytes),
    shortReads: total((r) => r.shortReads),
    latencies: mergeBuckets(results.map(({ latencies }) => latencies)),
    latencySumNs: total((r) => r.latencySumNs),
    latencyMaxNs: Math.max(...results.map(({ latencyMaxNs }) => latencyMaxNs)),
    threads: {
      wallNs: total((r) => r.threads.wallNs),
      cpuNs: total((r) => r.threads.cpuNs),
      runnableNs: total((r) => r.threads.runnableNs),
      voluntary: total((r) => r.threads.voluntary),
      involuntary: total((r) => r.threads.involuntary),
      deviceBytes: total((r) => r.threads.deviceBytes),
    },
    residentBefore: total((r) => r.residentBefore),
    residentAfter: total((r) => r.residentAfter),
    regionBytes: total((r) => r.regionBytes),
    coverage: null,
  };
}

/** Child processes that measure. Each is started when it is first needed. */
export class Children {
  readonly #children: Child[] = [];
  #library: Child | null = null;

  async #first(count: number): Promise<Child[]> {
    while (this.#children.length < count) this.#children.push(new Child());
    const wanted = this.#children.slice(0, count);
    await Promise.all(wanted.map((child) => child.ready()));
    return wanted;
  }

  /**
   * Runs the probe in `count` processes with one thread each. They start at the same time, and each reads its own part
   * of the region.
   */
  async probe(options: NativeProbeOptions, count: number): Promise<ProbeResult> {
    const children = await this.#first(count);
    const blocks = Math.floor(options.length / options.block_bytes / count);
    const length = blocks * options.block_bytes;
    // Prepares the page cache once, before the processes start.
    if (options.prepare !== 'keep') {
      await children[0]?.ask({ kind: 'probe', options: probeOptions({ ...options, threads: 1, duration_ns: 0 }) });
    }
    const start_at_ns = Number(process.hrtime.bigint()) + startDelayNs;
    const results = await Promise.all(
      children.map((child, i) => {
        const part = { ...options, threads: 1, prepare: 'keep', offset: i * length, length, start_at_ns } as const;
        return child.ask({ kind: 'probe', options: part });
      }),
    );
    return mergeResults(results);
  }

  /**
   * Writes blocks of one file with `count` processes of one thread each. They start at the same time.
   * Process i writes the blocks i, i + count, i + 2 * count, …
   */
  async probeWrites(options: NativeWriteProbeOptions, count: number): Promise<WriteProbeResult> {
    const children = await this.#first(count);
    const start_at_ns = Number(process.hrtime.bigint()) + startDelayNs;
    const part = { ...options, threads: 1, block_stride: count, start_at_ns };
    const results = await Promise.all(
      children.map((child, i) => {
        const blocks = Math.max(1, Math.floor((options.blocks - i + count - 1) / count));
        return child.askForWrites({ ...part, first_block: i, blocks });
      }),
    );
    return mergeWriteResults(results);
  }

  /** Measures reads of this library in a child process. */
  async library(run: LibraryRun): Promise<ProbeResult> {
    this.#library ??= new Child();
    return await this.#library.ask({ kind: 'library', options: run });
  }

  /**
   * Ends the process that reads with this library. It may still have pages mapped, which cannot be evicted from the
   * page cache.
   */
  async endLibrary(): Promise<void> {
    const library = this.#library;
    this.#library = null;
    await library?.end();
  }

  async end(): Promise<void> {
    await Promise.all([this.endLibrary(), ...this.#children.map((child) => child.end())]);
  }
}
