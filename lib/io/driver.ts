/**
 * Drives parsers: performs the requests that a generator yields and resumes it with the answers. An error of a request
 * is thrown into the parser where it waits, so that a parser may catch it.
 * @module
 */
import { AbortError } from '../core/errors.js';
import type { AsyncBackend, AsyncBackendRun, IoCounters, SyncBackend, SyncBackendRun } from './backend.js';
import { newCounters } from './backend.js';
import type { Io, IoReply, IoRequest } from './io.js';
import { type BackendOp, type BackendReply, serve } from './serve.js';
import { WindowCache } from './window-cache.js';

/**
 * Runs a parser to its end on the calling thread.
 * @param counters is added to.
 * @throws what the parser throws, after all files were closed.
 */
export function runSync<T>(io: Io<T>, backend: SyncBackend, counters: IoCounters = newCounters()): T {
  const run = backend.begin();
  const cache = new WindowCache();
  try {
    let step = io.next();
    while (step.done !== true) {
      let reply: IoReply;
      try {
        reply = serveSync(step.value, run, cache, counters);
      } catch (error) {
        step = io.throw(error);
        continue;
      }
      step = io.next(reply);
    }
    return step.value;
  } finally {
    run.close();
  }
}

/**
 * Runs a parser to its end without blocking.
 * @param signal gives the parser up between two operations; the parser cannot catch that.
 * @param counters is added to.
 * @throws {AbortError} when the signal is aborted; else what the parser throws. All files are closed before.
 */
export async function runAsync<T>(
  io: Io<T>,
  backend: AsyncBackend,
  signal?: AbortSignal,
  counters: IoCounters = newCounters(),
): Promise<T> {
  const run = backend.begin();
  const cache = new WindowCache();
  try {
    throwIfAborted(signal);
    let step = io.next();
    while (step.done !== true) {
      let reply: IoReply;
      try {
        reply = await serveAsync(step.value, run, cache, counters, signal);
      } catch (error) {
        throwIfAborted(signal);
        step = io.throw(error);
        continue;
      }
      throwIfAborted(signal);
      step = io.next(reply);
    }
    return step.value;
  } catch (error) {
    if (error instanceof AbortError) io.return(undefined as T);
    throw error;
  } finally {
    await run.close();
  }
}

function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new AbortError('The read was aborted', { cause: signal.reason });
}

function serveSync(request: IoRequest, run: SyncBackendRun, cache: WindowCache, counters: IoCounters): IoReply {
  const ops = serve(request, cache, counters);
  let step = ops.next();
  while (step.done !== true) step = ops.next(performSync(run, step.value));
  return step.value;
}

async function serveAsync(
  request: IoRequest,
  run: AsyncBackendRun,
  cache: WindowCache,
  counters: IoCounters,
  signal: AbortSignal | undefined,
): Promise<IoReply> {
  const ops = serve(request, cache, counters);
  let step = ops.next();
  while (step.done !== true) {
    const reply = await performAsync(run, step.value);
    throwIfAborted(signal);
    step = ops.next(reply);
  }
  return step.value;
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
  }
}

function performAsync(run: AsyncBackendRun, op: BackendOp): Promise<BackendReply> {
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
  }
}
