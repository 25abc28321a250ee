/**
 * A process that reads until an attack ends it: victim.js JSON. It prints `reading` when it begins to read. If it ends
 * normally, it prints `ok` if each read returned the right data or failed with an error of the library.
 * @module
 */
import * as fs from 'node:fs';
import { Worker } from 'node:worker_threads';
import type { Engine } from '../../lib/index.js';
import { isPosixParError, openArray } from '../../lib/index.js';
import { binding } from '../../lib/native/binding.js';
import { dropIdleFiles, idlePool, openDescriptors } from '../support/process-state.js';
import { always, checkCounting } from './victim-support.js';

/** Instructions for the process. */
export interface VictimOrder {
  readonly path: string;
  readonly options: object;
  readonly engine: Engine;
  /** Number of rounds of reads on the main thread; the reads of a round run at the same time. */
  readonly rounds: number;
  /** One entry per worker thread that also reads: the time in milliseconds after which it is terminated. */
  readonly workers: readonly number[];
  /** Delay of each read call, in milliseconds. */
  readonly slowMs: number;
  /**
   * Event that ends the reads. `natural`: they finish; `exit`: process.exit(); `throw`: an uncaught error; `abort`:
   * their AbortSignal, after which the process ends normally.
   */
  readonly end: 'natural' | 'exit' | 'throw' | 'abort';
  /** Time of that event in milliseconds, unless `end` is `natural`. */
  readonly endMs: number;
  /** True if system calls may be rejected. */
  readonly mayFail: boolean;
}

const order = JSON.parse(process.argv[2] ?? '') as VictimOrder;
if (order.end === 'exit') setTimeout(() => process.exit(7), order.endMs);
if (order.end === 'throw') {
  setTimeout(() => {
    throw new Error('thrown on purpose');
  }, order.endMs);
}
if (order.slowMs > 0) always({ op: 'pread', action: 'delay', value: order.slowMs, path: order.path });
const controller = new AbortController();
if (order.end === 'abort') setTimeout(() => controller.abort(), order.endMs);

/** Opens and reads. If system calls may be rejected, errors of the library are permitted. */
async function read(): Promise<void> {
  try {
    await using array = await openArray(order.path, {
      ...order.options,
      engine: order.engine,
      signal: controller.signal,
    });
    const reads = Array.from({ length: 3 }, () => array.read(null, { signal: controller.signal }));
    fs.writeSync(1, 'reading\n');
    for (const outcome of await Promise.allSettled(reads)) {
      if (outcome.status === 'fulfilled') checkCounting(outcome.value.data);
      else if (!isPosixParError(outcome.reason)) throw outcome.reason;
      else if (!order.mayFail && outcome.reason._tag !== 'AbortError') throw outcome.reason;
    }
    checkCounting(array.readSync().data);
  } catch (error) {
    if (!isPosixParError(error)) throw error;
    if (!order.mayFail && error._tag !== 'AbortError') throw error;
    fs.writeSync(1, `${error._tag} ${'code' in error ? error.code : ''}\n`);
  }
}

const workers = order.workers.map(async (afterMs) => {
  const worker = new Worker(new URL('victim-worker.js', import.meta.url), { workerData: order });
  worker.on('error', (error) => {
    throw error;
  });
  await new Promise((resolve) => setTimeout(resolve, afterMs));
  await worker.terminate();
});
for (let round = 0; round < order.rounds && !controller.signal.aborted; round += 1) await read();
await Promise.all(workers);
binding().set_faults([]);
await idlePool();
await dropIdleFiles();
for (let tries = 0; tries < 100 && openDescriptors(order.path).length > 0; tries += 1) {
  await new Promise((resolve) => setTimeout(resolve, 10));
  await dropIdleFiles();
}
const left = openDescriptors(order.path);
if (left.length > 0) throw new Error(`Files are still open: ${left.join(', ')}`);
fs.writeSync(1, 'ok\n');
