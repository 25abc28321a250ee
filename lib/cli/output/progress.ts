/**
 * Progress of what takes longer than a second: on standard error, and only when that is a terminal.
 * @module
 */
import { Presets, SingleBar } from 'cli-progress';
import { formatBytes } from './numbers.js';

/** Waiting time before a bar is shown. */
const delayMs = 1000;

/** What is counted. */
export type ProgressUnit = 'bytes' | 'items';

/** The progress of one activity; `stop` must be called at its end. */
export interface ProgressMeter {
  /** How much is done, and how much there is. */
  update(done: number, total: number): void;
  /** Takes the bar away. Calling again is fine. */
  stop(): void;
}

const silent: ProgressMeter = { update: () => {}, stop: () => {} };

/** A meter for `label`; it writes nothing unless standard error is a terminal. */
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
