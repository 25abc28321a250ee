/**
 * The caller's frames in the stack of an error that was made where no caller waits: on the report of a native thread, or deep in a parser.
 * @module
 */
import { isErrorNamed } from '../core/brands.js';
import { isPosixParError } from '../core/errors.js';

/**
 * What `promise` gives. The stack of an error that this library throws on purpose, be it of its own classes or
 * because an argument is wrong, goes on with the functions that await this one: the
 * engine finds them when it resumes here (https://v8.dev/docs/stack-trace-api), so nothing is kept while all goes well.
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
  // The first line is no frame, the next one is the function that caught it.
  const frames = here.stack?.split('\n').slice(2) ?? [];
  const stack = error.stack ?? '';
  const missing = frames.filter((frame) => !stack.includes(placeOf(frame)));
  if (missing.length > 0) error.stack = [stack, ...missing].join('\n');
}

/** `at async f (file:1:2)` and `at file:1:2` are the same place. */
function placeOf(frame: string): string {
  return /\(([^()]*)\)$/.exec(frame)?.[1] ?? frame.replace(/^\s*at (async )?/, '');
}
