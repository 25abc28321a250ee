/**
 * The course of a read: plan, read, complete the mask, and begin anew where files were replaced meanwhile. A generator that
 * yields what it waits for, so that the same course serves reads that block and reads that do not.
 * @module
 */
import { isPromise } from '../core/brands.js';
import { ReadError } from '../core/errors.js';
import type { Resources } from '../exec/resources.js';
import { NativeReadStats, withCost } from '../exec/stats.js';
import { submit, submitSync, type Watch } from '../exec/submit.js';
import { encodePlan, type WirePlan } from '../exec/wire.js';
import type { ArrayDescriptor, Layer } from '../formats/format.js';
import { runSync, startAsync } from '../io/driver.js';
import type { Io } from '../io/io.js';
import { nativeAsyncBackend } from '../io/native-backend.js';
import { nodeSyncBackend } from '../io/node-backend.js';
import type { ReadTarget } from '../native/binding.js';
import type { ReadRequest, Target } from './request.js';
import { type ResolvedPlan, relocated, resolveFixed, resolvePlan } from './resolve.js';
import { checkNotTransferred, type ReadResult, stridesOf } from './result.js';
import { markMissing, validityRead } from './validity.js';

/** Opens an array again when its files have vanished. */
export type Reopen = () => Io<ArrayDescriptor>;

/** An array that is open. */
export interface OpenedArray {
  /** Replaced when the array is opened again. */
  descriptor: ArrayDescriptor;
  readonly resources: Resources;
  readonly reopen: Reopen;
}

/** How often a read is planned anew when files are replaced while it runs. */
const maxAttempts = 50;

/** One thing that a read waits for. */
type Step =
  | { readonly kind: 'metadata'; readonly parse: () => Io<unknown> }
  | { readonly kind: 'data'; readonly plan: WirePlan; readonly target: ReadTarget; readonly totals: Totals | null };

/** Of what progress is reported; null for a read beside the one that was asked for. */
type Totals = Pick<Watch, 'bytesTotal' | 'chunksTotal'>;

/** A read in progress. */
export type Reading<T> = Generator<Step, T, unknown>;

function* metadata<T>(parse: () => Io<T>): Reading<T> {
  return (yield { kind: 'metadata', parse }) as T;
}

/** Performs `plan`, and gives the words of its account. */
function* data(plan: WirePlan, target: ReadTarget, totals: Totals | null): Reading<readonly number[]> {
  return (yield { kind: 'data', plan, target, totals }) as readonly number[];
}

/** The read of `request` into `target`. */
export function* reading(array: OpenedArray, request: ReadRequest, target: Target): Reading<ReadResult> {
  const { slab, wire, out, elements, startedMs } = request;
  let { isFresh } = target;
  for (let attempt = 1; ; attempt++) {
    const { descriptor, resources } = array;
    try {
      const resolved =
        resolveFixed(descriptor, slab, wire.coalescing) ??
        (yield* metadata(() => resolvePlan(descriptor, slab, wire.coalescing)));
      const { plan, locations } = resolved;
      const encoded = encodePlan<Layer>(plan, locations, resources, wire, isFresh);
      const planMs = performance.now() - startedMs;
      const totals = { bytesTotal: elements * out.size, chunksTotal: chunksOf(plan) };
      // Not through `data`: small reads feel each generator.
      const own = (yield { kind: 'data', plan: encoded, target: target.native, totals }) as readonly number[];
      const stats = (of: readonly number[]): NativeReadStats =>
        new NativeReadStats(of, totals.bytesTotal, totals.chunksTotal, planMs);
      const mayLieElsewhere = descriptor.relocate !== undefined && stats(own).chunksAbsent === totals.chunksTotal;
      if (mayLieElsewhere && (yield* metadata(() => relocated(descriptor, resolved)))) {
        target.mask?.fill(0);
        isFresh = false;
        continue;
      }
      const words = target.mask === null ? own : yield* withNulls(own, target.mask, array, request);
      checkNotTransferred(target.data, out, elements);
      return {
        data: target.data as ReadResult['data'],
        mask: target.mask,
        shape: plan.shape,
        strides: stridesOf(plan.shape),
        dtype: out.name,
        stats: stats(words),
      };
    } catch (error) {
      if (!mayRetry(descriptor, error, attempt)) throw error;
      if (descriptor.filesMayVanish === true) array.descriptor = yield* metadata(array.reopen);
    }
  }
}

function chunksOf({ layers }: ResolvedPlan['plan']): number {
  let chunks = 0;
  for (const layer of layers) chunks += layer.chunkCount;
  return chunks;
}

/** Completes the mask where the format stores which values are there. Gives the account of all. */
function* withNulls(
  words: readonly number[],
  mask: Uint8Array,
  { descriptor, resources }: OpenedArray,
  { slab, wire }: ReadRequest,
): Reading<readonly number[]> {
  const nulls = validityRead(descriptor, slab, wire, mask);
  if (nulls === null) return words;
  const places: ResolvedPlan = yield* metadata(() => nulls.resolve());
  const cost = yield* data(nulls.encode(places, resources), nulls.cells, null);
  markMissing(mask, nulls);
  return withCost(words, cost);
}

/** Files of an index may be replaced between the index and the data; files of TileDB may vanish. Both are read anew. */
function mayRetry(descriptor: ArrayDescriptor, error: unknown, attempt: number): boolean {
  if (!(error instanceof ReadError)) return false;
  if (descriptor.filesMayVanish === true) return error.code === 'ENOENT' && attempt === 1;
  if (error.code !== 'ECHANGED' || attempt >= maxAttempts || descriptor.guardedFiles.includes(error.path)) return false;
  descriptor.forget?.(error.path);
  return true;
}

/** Runs a read to its end before it returns; the calling thread helps. */
export function readBlocking<T>(course: Reading<T>): T {
  let step = course.next();
  while (step.done !== true) {
    let reply: unknown;
    try {
      reply = performBlocking(step.value);
    } catch (error) {
      step = course.throw(error);
      continue;
    }
    step = course.next(reply);
  }
  return step.value;
}

function performBlocking(step: Step): unknown {
  return step.kind === 'metadata' ? runSync(step.parse(), nodeSyncBackend) : submitSync(step.plan, step.target);
}

/** Runs a read to its end without blocking. What needs no waiting is done within this turn of the event loop. */
export async function readWaiting<T>(
  course: Reading<T>,
  { signal, onProgress }: Pick<Watch, 'signal' | 'onProgress'>,
): Promise<T> {
  let step = course.next();
  while (step.done !== true) {
    let reply: unknown;
    try {
      const outcome = performWaiting(step.value, signal, onProgress);
      reply = isPromise(outcome) ? await outcome : outcome;
    } catch (error) {
      step = course.throw(error);
      continue;
    }
    step = course.next(reply);
  }
  return step.value;
}

function performWaiting(step: Step, signal: Watch['signal'], onProgress: Watch['onProgress']): unknown {
  if (step.kind === 'data') {
    const { bytesTotal = 0, chunksTotal = 0 } = step.totals ?? {};
    const reported = step.totals === null ? undefined : onProgress;
    return submit(step.plan, step.target, { signal, onProgress: reported, bytesTotal, chunksTotal });
  }
  return startAsync(step.parse(), nativeAsyncBackend, signal);
}
