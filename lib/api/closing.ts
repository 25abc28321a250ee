/**
 * Closing of array handles.
 * @module
 */
import { isPosixParError } from '../core/errors.js';
import type { Resources } from '../exec/resources.js';

/** Releases the resources of handles that were garbage-collected without `close()`, with a warning. */
export const forgottenHandles = new FinalizationRegistry<{ readonly resources: Resources; readonly path: string }>(
  ({ resources, path }) => {
    resources.release();
    process.emitWarning(`An array handle of ${path} was garbage-collected without close()`, 'PosixParWarning');
  },
);

/**
 * Returns the ClosedError that caused `error`, if the call was aborted because the array was closed, and not by the
 * caller's signal. Otherwise returns `error`.
 */
export function closedErrorOr(error: unknown, signal: AbortSignal | undefined): unknown {
  const cause = isPosixParError(error, 'AbortError') && signal?.aborted !== true ? error.cause : undefined;
  return isPosixParError(cause, 'ClosedError') ? cause : error;
}
