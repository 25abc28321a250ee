/**
 * Reports the progress of native operations to callbacks.
 * @module
 */
import { binding } from '../native/binding.js';
import { callAtIntervals } from './pace.js';

/** Progress of a read or write. */
export interface Progress {
  /** Bytes of the elements that are complete. */
  readonly bytesDone: number;
  /** Bytes of all elements. */
  readonly bytesTotal: number;
  /** Number of chunks that are complete or known to be absent. */
  readonly chunksDone: number;
  /** Number of chunks that the selection touches. `blocks`, `reduce` and `convert` count their blocks instead. */
  readonly chunksTotal: number;
}

/** Callback for {@link Progress}. */
export type OnProgress = ((progress: Progress) => void) | undefined;

/** Minimum time in milliseconds between progress reports. The final report, at the end, is made in any case. */
const intervalMs = 100;

/** The reports of one operation. */
export interface ProgressReports {
  /** Exception of the callback; undefined if there was none. An exception cancels the operation. */
  readonly error: { readonly thrown: unknown } | undefined;
  /** Ends the reports. */
  end(): void;
}

/**
 * Calls `onProgress` at intervals until the reports are ended.
 * @param words memory for the counters of the operation.
 * @param convert converts the counters to progress.
 */
export function reportProgress(
  ticket: number,
  words: Float64Array,
  convert: (words: Float64Array) => Progress,
  onProgress: OnProgress,
): ProgressReports {
  if (onProgress === undefined) return { error: undefined, end: () => {} };
  const native = binding();
  let error: ProgressReports['error'];
  const report = (): void => {
    if (!native.progress(ticket, words)) return;
    try {
      onProgress(convert(words));
    } catch (thrown) {
      // Fails only this operation. Thrown from a timer, the error would end the process.
      error ??= { thrown };
      native.cancel(ticket);
    }
  };
  const end = callAtIntervals(report, intervalMs);
  return {
    get error() {
      return error;
    },
    end,
  };
}
