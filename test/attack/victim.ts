/**
 * A process that reads while something happens to it: victim.js JSON. Says `reading` on its standard output once it
 * reads, and `ok` at its end if all that it read was right or refused with an error of the library.
 * @module
 */
import * as fs from 'node:fs';
import { Worker } from 'node:worker_threads';
import type { Engine } from '../../lib/index.js';
import { isPosixParError, openArray } from '../../lib/index.js';
import { binding } from '../../lib/native/binding.js';
import { dropIdleFiles, idlePool, openDescriptors } from '../support/process-state.js';
import { always, checkCounting } from './victim-support.js';

/** What the process does. */
export interface VictimOrder {
  readonly path: string;
  readonly options: object;
  readonly engine: Engine;
  /** The reads of the main thread, of which several run at once. */
  readonly rounds: number;
  /** Worker threads that read, too, and are terminated after so many milliseconds. */
  readonly workers: readonly number[];
  /** How long each system call that reads takes longer, in milliseconds. */
  readonly slowMs: number;
  /** How it ends. */
  readonly end: 'natural' | 'exit' | 'throw' | 'abort';
  /** When it ends otherwise, in milliseconds. */
  readonly endMs: number;
  /** True if calls may be refused. */
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

/** Opens and reads; errors of the library are fine if calls may be refused. */
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
