/**
 * Closing of array handles.
 * @module
 */
import { isPosixParError } from '../core/errors.js';
import type { Resources } from '../exec/resources.js';

/** Returns the text of the warning about a handle that was not closed. */
export function forgottenMessage(what: string, path: string): string {
  return `${what} of ${path} was garbage-collected without close(). Call close() when you no longer need the array`;
}

/** Releases the resources of handles that were garbage-collected without `close()`, with a warning. */
export const forgottenHandles = new FinalizationRegistry<{ readonly resources: Resources; readonly path: string }>(
  ({ resources, path }) => {
    resources.release();
    process.emitWarning(forgottenMessage('An array handle', path), 'PosixParWarning');
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
