/**
 * The part of a driver that blocking and asynchronous runs share: a generator that resumes a parser with the answers to
 * its requests, and yields what the operating system has to answer. It keeps the parser within its budget (budget.ts),
 * and turns every error that is not one of this library into a FormatError (guard.ts).
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
 * What a run waits for: an operation of the backend, or its next turn on the JavaScript thread (answered with null).
 */
export type DriverOp = BackendOp | { readonly op: 'turn' };

/** A parser in the care of a driver. */
export type Course<T> = Generator<DriverOp, T, BackendReply>;

/**
 * Runs `io`. To give it up, call `return` on the generator: the parser cannot catch that.
 * @param counters is added to when the run ends.
 * @throws what the parser throws. @throws {FormatError} when it exceeds its budget; the parser cannot catch that
 * either.
 */
export function* drive<T>(io: Io<T>, counters: IoCounters): Course<T> {
  let cache: WindowCache | undefined; // Many runs ask for nothing.
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
        // The work of a planner is bounded by what the caller selects, and not by the file.
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
    // What the backend failed with says nothing of the file, unless memory for its bytes is not available.
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

/** Bytes of metadata in `reply`; a name of a directory counts as 64. */
function bytesOf(reply: IoReply): number {
  if (isBytes(reply)) return reply.length;
  if (!Array.isArray(reply)) return 0;
  let bytes = 0;
  for (const item of reply as readonly (Uint8Array | string | { readonly bytes: Uint8Array } | null)[]) {
    if (item === null) continue;
    if (typeof item === 'string') bytes += 64;
    else bytes += isBytes(item) ? item.length : item.bytes.length;
  }
  return bytes;
}
