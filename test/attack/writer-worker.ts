/**
 * A thread that changes arrays while others read them. Each message (WriterOrder) lists versions to write one after the
 * other; the answer is `done`.
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { parentPort } from 'node:worker_threads';
import { type Change, changeVersion, type Layout } from './versions.js';

/** Message to the writer. */
export interface WriterOrder {
  readonly folder: string;
  readonly layout: Layout;
  readonly how: Change;
  readonly versions: readonly number[];
  /** Pause before each version, in milliseconds. */
  readonly pauseMs: number;
}

parentPort?.on('message', async ({ folder, layout, how, versions, pauseMs }: WriterOrder) => {
  for (const version of versions) {
    if (pauseMs > 0) await sleep(pauseMs);
    changeVersion(folder, layout, version, how);
  }
  parentPort?.postMessage('done');
});
