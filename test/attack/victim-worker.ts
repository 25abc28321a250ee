/**
 * A worker thread that opens and reads until it is terminated.
 * @module
 */
import { workerData } from 'node:worker_threads';
import { isPosixParError, openArray } from '../../lib/index.js';
import type { VictimOrder } from './victim.js';
import { checkCounting } from './victim-support.js';

const { path, options, engine, mayFail } = workerData as VictimOrder;
for (;;) {
  try {
    await using array = await openArray(path, { ...options, engine });
    checkCounting((await array.read()).data);
    checkCounting(array.readSync().data);
  } catch (error) {
    if (!mayFail || !isPosixParError(error)) throw error;
    break;
  }
}
