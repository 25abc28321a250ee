/**
 * Shows the progress of operations that take longer than a second, if standard error is a terminal.
 * @module
 */
import { Presets, SingleBar } from 'cli-progress';
import { formatBytes } from './numbers.js';

/** Delay before the bar is shown. */
const delayMs = 1000;

/** Unit of the progress. */
export type ProgressUnit = 'bytes' | 'items';

/** Progress of one operation. Call `stop` at its end. */
export interface ProgressMeter {
  /** Reports how much is done, and the total. */
  update(done: number, total: number): void;
  /** Removes the bar. May be called again. */
  stop(): void;
}

const silent: ProgressMeter = { update: () => {}, stop: () => {} };

/** Starts a progress bar labelled `label`. It writes nothing unless standard error is a terminal. */
export function startProgress(label: string, unit: ProgressUnit = 'bytes'): ProgressMeter {
  const stream = process.stderr;
  if (!stream.isTTY) return silent;
  const startedMs = performance.now();
  const show = unit === 'bytes' ? formatBytes : String;
  let shown: SingleBar | null = null;
  let stopped = false;
  return {
    update(done, total) {
      if (stopped || performance.now() - startedMs < delayMs) return;
      if (shown === null) {
        shown = new SingleBar(
          {
            stream,
            format: `${label} {bar} {percentage} % {done} of {all}, {eta_formatted} left`,
            clearOnComplete: true,
            hideCursor: true,
            gracefulExit: false,
            barsize: Math.max(10, Math.min(40, (stream.columns ?? 80) - label.length - 50)),
          },
          Presets.shades_classic,
        );
        shown.start(total, done, { done: show(done), all: show(total) });
        return;
      }
      shown.setTotal(total);
      shown.update(done, { done: show(done), all: show(total) });
    },
    stop() {
      stopped = true;
      shown?.stop();
      shown = null;
    },
  };
}
