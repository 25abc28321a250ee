/**
 * Adds the caller's stack frames to errors that were created elsewhere: in a native thread or deep in a parser.
 * @module
 */
import { basename, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isErrorNamed } from '../core/brands.js';
import { isPosixParError } from '../core/errors.js';

/**
 * Awaits `promise`. If it fails with an error of this library, a TypeError or a RangeError, the stack trace of the
 * error is replaced by the stack trace of the caller: the functions that await the result. V8 knows these functions
 * when it resumes this one (https://v8.dev/docs/stack-trace-api), so no stack trace is recorded for calls that succeed.
 * Frames of the library are removed, because the error's message says what happened.
 */
export async function withCaller<T>(promise: Promise<T>): Promise<T> {
  try {
    return await promise;
  } catch (error) {
    throw withCallersFrames(error);
  }
}

/**
 * Replaces the stack trace of `error` as {@link withCaller} does, and returns it. Call this in the function whose
 * promise the caller gets.
 */
export function withCallersFrames(error: unknown): unknown {
  if (isPosixParError(error) || isErrorNamed(error, 'TypeError', 'RangeError')) replaceFrames(error);
  return error;
}

/** Folder of the library's own files, whose frames are removed; null if it is unknown, as in some bundles. */
const libraryFolder = findLibraryFolder();

function findLibraryFolder(): string | null {
  const { url } = import.meta as { readonly url?: string };
  // CommonJS has no `import.meta.url`.
  const commonJs = typeof __filename === 'string' ? __filename : null;
  const file = url?.startsWith('file:') === true ? fileURLToPath(url) : commonJs;
  if (file === null) return null;
  const folder = dirname(file);
  // The folder is lib/api in a checkout and dist in the package. Any other folder contains a bundle, in which the
  // caller's own functions may be too.
  if (basename(folder) === 'api') return `${dirname(folder)}/`;
  return basename(folder) === 'dist' && basename(dirname(folder)) === 'posix-par' ? `${folder}/` : null;
}

/** Replaces the frames of `error` by the caller's frames, if they are known. */
function replaceFrames(error: Error): void {
  const here: { stack?: string } = {};
  Error.captureStackTrace(here, withCallersFrames);
  const own = listFrames(error.stack);
  // Skips the first frame, which is the function of the library that caught the error.
  const all = [...own, ...listFrames(here.stack).slice(1)].filter(isOfCaller);
  // Skips built-in functions that the library called, such as `at Array.map (<anonymous>)`, before the caller's frames.
  const first = all.findIndex((frame) => !frame.endsWith('(<anonymous>)'));
  const frames = libraryFolder === null ? all : all.slice(Math.max(0, first));
  const unique = frames.filter(
    (frame, i) => frames.findIndex((other) => extractPosition(other) === extractPosition(frame)) === i,
  );
  if (unique.length > 0) error.stack = [`${error.name}: ${error.message}`, ...unique].join('\n');
}

function listFrames(stack: string | undefined): readonly string[] {
  return stack?.split('\n').filter((line) => /^\s+at /.test(line)) ?? [];
}

/** False for frames of the library. `at parse.next (<anonymous>)` is a generator of the library. */
function isOfCaller(frame: string): boolean {
  return libraryFolder === null || !(frame.includes(libraryFolder) || frame.endsWith('.next (<anonymous>)'));
}

/** Returns the source position of a stack frame. `at async f (file:1:2)` and `at file:1:2` have the same position. */
function extractPosition(frame: string): string {
  return /\(([^()]*)\)$/.exec(frame)?.[1] ?? frame.replace(/^\s*at (async )?/, '');
}
