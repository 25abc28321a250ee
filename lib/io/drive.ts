/**
 * Implements the common part of the blocking and the asynchronous driver: a generator that runs a parser. It resumes
 * the parser with the answers to its requests, and yields the operations that the operating system must perform. It
 * enforces the parser's budget (budget.ts), and turns unforeseen errors into FormatErrors (guard.ts).
 * @module
 */
import { isBytes, isErrorNamed } from '../core/brands.js';
import type { Checkpoint } from '../core/checkpoint.js';
import type { IoCounters } from './backend.js';
import { newCounters } from './backend.js';
import { Budget } from './budget.js';
import { guardedError } from './guard.js';
import type { Io, IoReply, IoRequest } from './io.js';
import { type BackendOp, type BackendReply, serve } from './serve.js';
import { timeSlices } from './time-slices.js';
import { WindowCache } from './window-cache.js';

/**
 * Event that the run of a parser waits for: an operation of the backend, or its next turn on the JavaScript thread
 * (answered with null).
 */
export type DriverOp = BackendOp | { readonly op: 'turn' };

/** A run of a parser: yields the operations that a driver must perform, and returns the result of the parser. */
export type DrivenSteps<T> = Generator<DriverOp, T, BackendReply>;

/**
 * Runs `io`. To end it early, call `return` on the generator; the parser cannot catch that.
 * @param counters at the end, the counters of this run are added to them.
 * @throws the errors of the parser. @throws {FormatError} if the parser exceeds its budget; it cannot catch that.
 */
export function* drive<T>(io: Io<T>, counters: IoCounters): DrivenSteps<T> {
  let cache: WindowCache | undefined; // Created at the first request, because many runs have none.
  const budget = new Budget();
  const started = performance.now();
  const own = newCounters();
  let path = '';
  let failure: unknown;
  try {
    let step = io.next();
    while (step.done !== true) {
      const request = step.value;
      if (request.kind === 'checkpoint') {
        // Checkpoints cost no budget: they come from planners, whose work is limited by the caller's selection, not by
        // the file.
        if (timeSlices.isOver()) yield { op: 'turn' };
        step = io.next(null);
        continue;
      }
      path = pathOf(request) ?? path;
      if (timeSlices.isOver(started)) yield { op: 'turn' };
      budget.spendSteps(stepsOf(request), path);
      if (request.kind === 'pause') {
        step = io.next(null);
        continue;
      }
      const readBefore = own.bytesRead;
      let reply: IoReply;
      try {
        cache ??= new WindowCache();
        reply = yield* serve(request, cache, own);
      } catch (error) {
        failure = error;
        step = io.throw(error);
        continue;
      }
      const decoded = request.kind === 'decode' ? request.decodedBytes : 0;
      budget.spendBytes(own.bytesRead - readBefore + decoded, bytesOf(reply), path);
      step = io.next(reply);
    }
    return step.value;
  } catch (error) {
    // Errors of the backend do not come from the content of the file, so they are thrown unchanged. The exception is a
    // RangeError: metadata of the file required more memory than is available.
    throw error === failure && !isErrorNamed(error, 'RangeError') ? error : guardedError(error, path);
  } finally {
    io.return(undefined as T);
    own.steps = budget.steps;
    for (const name of Object.keys(own) as (keyof IoCounters)[]) counters[name] += own[name];
  }
}

function pathOf(request: Exclude<IoRequest, Checkpoint>): string | undefined {
  return request.kind === 'slices' ? request.slices[0]?.path : request.path;
}

function stepsOf(request: Exclude<IoRequest, Checkpoint>): number {
  switch (request.kind) {
    case 'pause':
      return request.steps;
    case 'ranges':
      return 1 + request.ranges.length;
    case 'slices':
      return 1 + request.slices.length;
    default:
      return 1;
  }
}

/** Returns the number of bytes of metadata in `reply`. A name in a directory counts as 64 bytes. */
function bytesOf(reply: IoReply): number {
  if (isBytes(reply)) return reply.length;
  if (!Array.isArray(reply)) return 0;
  let bytes = 0;
  for (const item of reply as readonly (Uint8Array | string | number | { readonly bytes: Uint8Array } | null)[]) {
    if (item === null || typeof item === 'number') continue;
    if (typeof item === 'string') bytes += 64;
    else bytes += isBytes(item) ? item.length : item.bytes.length;
  }
  return bytes;
}
