/**
 * Adds the caller's stack frames to errors that were created elsewhere: in a native thread or deep in a parser.
 * @module
 */
import { isErrorNamed } from '../core/brands.js';
import { isPosixParError } from '../core/errors.js';

/**
 * Awaits `promise`. If it fails with an error of this library, a TypeError or a RangeError, appends the functions that
 * await the result to the error's stack. The engine knows them when it resumes this function
 * (https://v8.dev/docs/stack-trace-api), so a read that succeeds costs nothing extra.
 */
export async function withCaller<T>(promise: Promise<T>): Promise<T> {
  try {
    return await promise;
  } catch (error) {
    if (isPosixParError(error) || isErrorNamed(error, 'TypeError', 'RangeError')) addFrames(error);
    throw error;
  }
}

function addFrames(error: Error): void {
  const here: { stack?: string } = {};
  Error.captureStackTrace(here, addFrames);
  // The first line is the message and the second is the function that caught the error.
  const frames = here.stack?.split('\n').slice(2) ?? [];
  const stack = error.stack ?? '';
  const missing = frames.filter((frame) => !stack.includes(extractPosition(frame)));
  if (missing.length > 0) error.stack = [stack, ...missing].join('\n');
}

/** Returns the source position of a stack frame: `at async f (file:1:2)` and `at file:1:2` have the same one. */
function extractPosition(frame: string): string {
  return /\(([^()]*)\)$/.exec(frame)?.[1] ?? frame.replace(/^\s*at (async )?/, '');
}
