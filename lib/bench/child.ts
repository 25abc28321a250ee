/**
 * Program of the child processes of the benchmark. It measures on command: it runs the native probe of reads or of
 * writes with one thread (method `processes`), or reads with this library and times the reads in JavaScript. Commands
 * and answers are messages of `child_process`.
 * @module
 */

import * as fs from 'node:fs';
import { allocate } from '../api/memory.js';
import { openArray } from '../api/open.js';
import type { OpenOptions } from '../api/options.js';
import { isError } from '../core/brands.js';
import type { NativeProbeOptions, NativeWriteProbeOptions } from '../native/binding.js';
import { Durations } from './durations.js';
import { type ProbeResult, probe } from './probe.js';
import { probeWrites, type WriteProbeResult } from './write/probe.js';

/** Command to a child process. */
export type ChildCommand =
  | { readonly kind: 'probe'; readonly options: NativeProbeOptions }
  | { readonly kind: 'write probe'; readonly options: NativeWriteProbeOptions }
  | { readonly kind: 'library'; readonly options: LibraryRun };

/** A run of this library that keeps `inFlight` reads of one block each in flight. */
export interface LibraryRun {
  readonly path: string;
  readonly engine: NonNullable<OpenOptions['engine']>;
  readonly inFlight: number;
  readonly blockBytes: number;
  readonly regionBytes: number;
  readonly order: 'sequential' | 'random';
  readonly durationNs: number;
}

/** Answer of a child process. */
export type ChildAnswer =
  | { readonly kind: 'ready' }
  | { readonly kind: 'result'; readonly result: ProbeResult; readonly engine?: string }
  | { readonly kind: 'write result'; readonly result: WriteProbeResult }
  | { readonly kind: 'error'; readonly message: string };

interface ThreadTimes {
  readonly cpuNs: number;
  readonly runnableNs: number;
  readonly voluntary: number;
  readonly involuntary: number;
}

/**
 * Sums the CPU times, the times of waiting for a CPU, and the context switches of all threads of this process. It reads
 * one file per thread, so it must not be called during a measurement.
 */
function threadTimes(): ThreadTimes {
  let runnableNs = 0;
  for (const id of fs.readdirSync('/proc/self/task')) {
    const text = readText(`/proc/self/task/${id}/schedstat`);
    runnableNs += text === null ? Number.NaN : Number(text.split(' ')[1]);
  }
  const { user, system } = process.cpuUsage();
  const { voluntaryContextSwitches, involuntaryContextSwitches } = process.resourceUsage();
  return {
    cpuNs: (user + system) * 1e3,
    runnableNs,
    voluntary: voluntaryContextSwitches,
    involuntary: involuntaryContextSwitches,
  };
}

function readText(path: string): string | null {
  try {
    return fs.readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

function storageBytes(): number {
  const text = readText('/proc/self/io');
  return text === null ? Number.NaN : Number(/^read_bytes: (\d+)$/m.exec(text)?.[1]);
}

/** Returns a permutation of the numbers below `count`. It is the same in each run. */
function shuffleBlocks(count: number): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  let state = 0x9e3779b9;
  for (let i = count - 1; i > 0; i--) {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x6d2b79f5) >>> 0;
    const j = state % (i + 1);
    const [a = 0, b = 0] = [order[i], order[j]];
    order[i] = b;
    order[j] = a;
  }
  return order;
}

async function runLibrary(run: LibraryRun): Promise<{ result: ProbeResult; engine: string }> {
  const blocks = run.regionBytes / run.blockBytes;
  const options = { format: 'raw', dtype: 'uint8', shape: [blocks, run.blockBytes], engine: run.engine } as const;
  await using array = await openArray(run.path, options);
  const order = run.order === 'random' ? shuffleBlocks(blocks) : null;
  // Uses page-aligned buffers, like the probe and fio.
  const targets = Array.from({ length: run.inFlight }, () => allocate('uint8', run.blockBytes));
  const durations = new Durations();
  let engine = '';
  const readOne = async (target: Uint8Array, block: number): Promise<void> => {
    const { stats } = await array.readInto(target, [order?.[block % blocks] ?? block % blocks]);
    engine ||= stats.engine;
  };
  // Warms up before the measurement: starts threads, touches buffers, compiles code.
  await Promise.all(targets.map((target, i) => readOne(target, i)));
  const [before, bytesBefore] = [threadTimes(), storageBytes()];
  const start = process.hrtime.bigint();
  const end = start + BigInt(Math.round(run.durationNs));
  let next = 0;
  const lane = async (target: Uint8Array): Promise<void> => {
    for (let now = process.hrtime.bigint(); now < end; ) {
      const block = next++;
      await readOne(target, block);
      const done = process.hrtime.bigint();
      durations.add(Number(done - now));
      now = done;
    }
  };
  await Promise.all(targets.map(lane));
  const elapsedNs = Number(process.hrtime.bigint() - start);
  const [after, bytesAfter] = [threadTimes(), storageBytes()];
  return {
    engine,
    result: {
      startedNs: Number(start),
      elapsedNs,
      operations: durations.count,
      bytes: durations.count * run.blockBytes,
      shortReads: 0,
      latencies: durations.buckets(),
      latencySumNs: durations.sumNs,
      latencyMaxNs: durations.maxNs,
      threads: {
        wallNs: durations.sumNs,
        cpuNs: after.cpuNs - before.cpuNs,
        runnableNs: after.runnableNs - before.runnableNs,
        voluntary: after.voluntary - before.voluntary,
        involuntary: after.involuntary - before.involuntary,
        deviceBytes: bytesAfter - bytesBefore,
      },
      residentBefore: Number.NaN,
      residentAfter: Number.NaN,
      regionBytes: run.regionBytes,
      coverage: null,
    },
  };
}

async function perform(command: ChildCommand): Promise<ChildAnswer> {
  try {
    if (command.kind === 'library') return { kind: 'result', ...(await runLibrary(command.options)) };
    if (command.kind === 'write probe') {
      return { kind: 'write result', result: await probeWrites(command.options) };
    }
    return { kind: 'result', result: await probe(command.options) };
  } catch (error) {
    return { kind: 'error', message: isError(error) ? error.message : String(error) };
  }
}

/** Performs the commands of the parent process until the parent exits. */
export function serve(): void {
  process.on('disconnect', () => process.exit(0));
  // Ignores interrupts that the terminal sends to the whole process group, because the parent ends its children.
  for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => {});
  process.on('message', (command) => {
    void perform(command as ChildCommand).then((answer) => process.send?.(answer));
  });
  process.send?.({ kind: 'ready' } satisfies ChildAnswer);
}

if (process.send !== undefined && process.argv[2] === 'posix-par-bench-child') serve();
