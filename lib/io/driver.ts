/**
 * Drives parsers: performs the requests that a generator yields, and resumes it with the answers. If a request fails,
 * the error is thrown into the parser, which may catch it.
 * @module
 */
import { throwIfAborted } from '../core/abort.js';
import type { AsyncBackend, AsyncBackendRun, IoCounters, SyncBackend, SyncBackendRun } from './backend.js';
import { newCounters } from './backend.js';
import { type DrivenSteps, type DriverOp, drive } from './drive.js';
import type { Io } from './io.js';
import { restoreIndex, restoreIndexSync } from './native-index.js';
import type { BackendOp, BackendReply } from './serve.js';
import { timeSlices } from './time-slices.js';

/**
 * Runs a parser to its end on the calling thread.
 * @param counters the counters of the run are added to these.
 * @throws the errors of the parser, after all files are closed. @throws {FormatError} if the parser exceeds its budget
 * (budget.ts).
 */
export function runSync<T>(io: Io<T>, backend: SyncBackend, counters: IoCounters = newCounters()): T {
  const steps = drive(io, counters);
  const run = backend.begin();
  try {
    let step = steps.next();
    while (step.done !== true) {
      let reply: BackendReply;
      try {
        reply = step.value.op === 'turn' ? null : performSync(run, step.value);
      } catch (error) {
        step = steps.throw(error);
        continue;
      }
      step = steps.next(reply);
    }
    return step.value;
  } finally {
    run.close();
  }
}

/**
 * Runs a parser to its end without blocking. Other work can run while the parser waits for I/O. While the parser
 * computes, other work can run every few milliseconds.
 * @param signal ends the run; the parser cannot catch that.
 * @param counters the counters of the run are added to these.
 * @throws {AbortError} if the signal is aborted; otherwise the errors of the parser. All files are closed first.
 * @throws {FormatError} if the parser exceeds its budget (budget.ts).
 */
export async function runAsync<T>(
  io: Io<T>,
  backend: AsyncBackend,
  signal?: AbortSignal,
  counters: IoCounters = newCounters(),
): Promise<T> {
  throwIfAborted(signal);
  return await startAsync(io, backend, signal, counters);
}

/**
 * Works like {@link runAsync}, except for a parser that needs no I/O and takes less than a time slice. Then it returns
 * the result and not a promise, or throws the error of the parser, and does not check `signal`.
 */
export function startAsync<T>(
  io: Io<T>,
  backend: AsyncBackend,
  signal: AbortSignal | undefined,
  counters: IoCounters = newCounters(),
): T | Promise<T> {
  const steps = drive(io, counters);
  const first = steps.next();
  return first.done === true ? first.value : finish(steps, first.value, backend, signal);
}

async function finish<T>(
  steps: DrivenSteps<T>,
  first: DriverOp,
  backend: AsyncBackend,
  signal: AbortSignal | undefined,
): Promise<T> {
  const run = backend.begin(signal);
  let step: IteratorResult<DriverOp, T> = { done: false, value: first };
  try {
    while (step.done !== true) {
      throwIfAborted(signal);
      let reply: BackendReply;
      try {
        reply = step.value.op === 'turn' ? await timeSlices.next() : await performAsync(run, step.value, signal);
      } catch (error) {
        throwIfAborted(signal);
        step = steps.throw(error);
        continue;
      }
      throwIfAborted(signal);
      step = steps.next(reply);
    }
    return step.value;
  } finally {
    steps.return(undefined as T);
    await run.close();
  }
}

function performSync(run: SyncBackendRun, op: BackendOp): BackendReply {
  switch (op.op) {
    case 'stat':
      return run.stat(op.path);
    case 'list':
      return run.list(op.path);
    case 'size':
      return run.size(op.path);
    case 'read':
      return run.read(op.path, op.ranges);
    case 'slices':
      return run.slices(op.slices);
    case 'inflate':
      return run.inflate(op.path, op.stream);
    case 'heapValues':
      return run.heapValues(op.request);
    case 'firstPass':
      return run.firstPass(op.path, op.stream);
    case 'restore':
      return restoreIndexSync(op);
  }
}

function performAsync(run: AsyncBackendRun, op: BackendOp, signal: AbortSignal | undefined): Promise<BackendReply> {
  switch (op.op) {
    case 'stat':
      return run.stat(op.path);
    case 'list':
      return run.list(op.path);
    case 'size':
      return run.size(op.path);
    case 'read':
      return run.read(op.path, op.ranges);
    case 'slices':
      return run.slices(op.slices);
    case 'inflate':
      return run.inflate(op.path, op.stream);
    case 'heapValues':
      return run.heapValues(op.request);
    case 'firstPass':
      return run.firstPass(op.path, op.stream);
    case 'restore':
      return restoreIndex(op, signal);
  }
}
