/**
 * The steps of a read: plan, read data, complete the mask, and start again if a file was replaced in the meantime. The
 * steps are a generator that yields each operation it waits for, so that synchronous and asynchronous reads share them.
 * @module
 */
import { isPromise } from '../core/brands.js';
import type { Sliced } from '../core/checkpoint.js';
import { CodecError, ReadError } from '../core/errors.js';
import { statWords } from '../core/generated/stats.js';
import type { Resources } from '../exec/resources.js';
import { mergeCounters, type ReadStats, toReadStats } from '../exec/stats.js';
import { submit, submitSync, type Watch } from '../exec/submit.js';
import { encodePlan, encodePlanSliced, needsSlices, type WirePlan } from '../exec/wire.js';
import type { ArrayDescriptor, Layer } from '../formats/format.js';
import { runSync, startAsync } from '../io/driver.js';
import type { FileAccess } from '../io/file-access.js';
import { guardedError } from '../io/guard.js';
import type { Io } from '../io/io.js';
import { untilClosed } from '../io/native-backend.js';
import { openDirectory, openDirectorySync } from '../io/native-open.js';
import type { NativeHandle, ReadTarget } from '../native/binding.js';
import { RefusedPlanError } from '../native/native-error.js';
import { turn } from '../native/turn.js';
import type { Output } from '../plan/output.js';
import type { ReadPlan } from '../plan/read-plan.js';
import type { ResultMemory } from './read-result.js';
import type { ReadDestination, ReadRequest, ResultTarget } from './request.js';
import { isRelocated, resolveFixed, resolveMany, resolvePlan, resolvePoints } from './resolve.js';
import { checkNotTransferred } from './result.js';
import { createValidityRead, markMissing } from './validity.js';

/** Parses the metadata of an array: when it is opened, and again if its files have vanished (TileDB). */
export type Reopen = () => Io<ArrayDescriptor>;

/** An open array. */
export interface OpenedArray {
  /** Replaced when the metadata is parsed again. */
  descriptor: ArrayDescriptor;
  readonly resources: Resources;
  readonly access: FileAccess;
  readonly reopen: Reopen;
}

/** Maximum number of attempts if files are replaced while they are read. */
const maxAttempts = 50;

/**
 * An operation that the read waits for: parsing metadata (or another computation in time slices), opening a directory
 * of chunks, or reading data.
 */
type Step =
  | { readonly kind: 'metadata'; readonly parse: () => Io<unknown> }
  | { readonly kind: 'directory'; readonly path: string }
  | { readonly kind: 'data'; readonly plan: WirePlan; readonly target: ReadTarget; readonly totals: Totals | null };

/** Totals for progress reports. Internal reads, such as the read that finds missing cells (validity.ts), have none. */
type Totals = Pick<Watch, 'bytesTotal' | 'chunksTotal'>;

/** Generator of the steps of a read. */
export type ReadSteps<T> = Generator<Step, T, unknown>;

function* metadata<T>(parse: () => Io<T>): ReadSteps<T> {
  return (yield { kind: 'metadata', parse }) as T;
}

/**
 * True if a read of `plan` needs a directory that is not open. Not a generator, because that would slow down small
 * reads.
 */
function needsDirectory({ layers }: ReadPlan<Layer>, resources: Resources): boolean {
  for (const { locations } of layers) {
    if (locations.kind === 'template' && !resources.hasDirectory(locations.directory)) return true;
  }
  return false;
}

/** Opens the chunk directories of `plan` that are not open yet, and keeps them in `resources`. */
function* openDirectories(plan: ReadPlan<Layer>, resources: Resources): ReadSteps<void> {
  for (const path of resources.missingDirectories(plan)) {
    resources.keepDirectory(path, (yield { kind: 'directory', path }) as NativeHandle);
  }
}

/** Performs `plan` and returns its counters, in the order of `statWords`. */
function* data(plan: WirePlan, target: ReadTarget, totals: Totals | null): ReadSteps<readonly number[]> {
  return (yield { kind: 'data', plan, target, totals }) as readonly number[];
}

/** A completed read. */
export interface CompletedRead {
  /** One output per box. */
  readonly outputs: readonly Output[];
  readonly stats: ReadStats;
}

/** Returns the memory of a completed read. */
export function memoryOf({ out }: ReadRequest, { data, mask, isOwned }: ResultTarget, stats: ReadStats): ResultMemory {
  return { data, mask, dtype: out.name, stats, isOwned };
}

/** Yields the steps of the read of `request` into `target`. */
export function* readSteps(
  array: OpenedArray,
  request: ReadRequest,
  target: ReadDestination,
): ReadSteps<CompletedRead> {
  const { slab, boxes, points, conversion, defaults, out, elements, startedMs } = request;
  const planned = { slab, conversion, coalescing: defaults.coalescing };
  let { isFresh } = target;
  let change: ReadError | null = null;
  let isFirstPass = true;
  for (let attempt = 1; ; attempt++) {
    const { descriptor, resources } = array;
    let isPlanned = false;
    try {
      let plan: ReadPlan<Layer>;
      if (boxes !== null) plan = yield* metadata(() => resolveMany(descriptor, { ...planned, slabs: boxes }));
      else if (points !== null) plan = yield* metadata(() => resolvePoints(descriptor, { ...planned, points }));
      else
        plan =
          resolveFixed(descriptor, planned) ??
          (yield* metadata(() => resolvePlan(descriptor, planned, undefined, isFirstPass ? 'now' : 'later')));
      if (needsDirectory(plan, resources)) yield* openDirectories(plan, resources);
      const encoded =
        boxes !== null || needsSlices(plan)
          ? yield* encodeInSlices(encodePlanSliced(plan, resources, defaults, isFresh))
          : encodePlan(plan, resources, defaults, isFresh);
      isPlanned = true;
      const planMs = performance.now() - startedMs;
      const totals = { bytesTotal: elements * out.size, chunksTotal: plan.chunkCount };
      // The caller may have transferred its buffer while this read waited for its turn, or for metadata.
      if (target.data !== null) checkNotTransferred(target.data, out, elements);
      target.begun();
      // Yields directly instead of calling `data`, because the cost of another generator is noticeable for small reads.
      const own = (yield { kind: 'data', plan: encoded, target: target.native, totals }) as readonly number[];
      const stats = (of: readonly number[]): ReadStats =>
        toReadStats(of, totals.bytesTotal, totals.chunksTotal, planMs, target.recycledBytes);
      const mayLieElsewhere = descriptor.relocate !== undefined && own[statWords.chunksAbsent] === totals.chunksTotal;
      if (mayLieElsewhere && (yield* metadata(() => isRelocated(descriptor, plan)))) {
        target.mask?.fill(0);
        target.reset?.();
        isFresh = false;
        continue;
      }
      const words = target.mask === null ? own : yield* withNulls(own, target.mask, array, request);
      if (target.data !== null) checkNotTransferred(target.data, out, elements);
      return { outputs: plan.outputs, stats: stats(words) };
    } catch (error) {
      if (isFirstPass && error instanceof CodecError && descriptor.mayDecodeInRead === true) {
        // A first pass of its own says where the stream is damaged.
        isFirstPass = false;
        isFresh = false;
        continue;
      }
      if (!mayRetry(descriptor, error, attempt)) {
        // The file changed during an earlier attempt, and now a chunk of it cannot be decoded, so a process is probably
        // still writing it. Reports the change instead of the damage.
        if (change !== null && error instanceof CodecError && error.path === change.path) throw change;
        // If planning fails or the addon refuses the plan, numbers in the file contradict each other. Other errors,
        // such as errors of callbacks, stay as they are.
        const isOfFile = !isPlanned || error instanceof RefusedPlanError;
        throw isOfFile ? guardedError(error, descriptor.path) : error;
      }
      if (error instanceof ReadError && error.code === 'ECHANGED') change = error;
      if (descriptor.filesMayVanish === true) array.descriptor = yield* metadata(array.reopen);
    }
  }
}

/** Runs the encoding of a plan in time slices. */
function encodeInSlices(encoding: Sliced<WirePlan>): ReadSteps<WirePlan> {
  return metadata(() => encoding);
}

/**
 * If the format stores which values are missing, completes the mask with a second read. Returns the merged counters of
 * both reads; without a second read, returns `words`.
 */
function* withNulls(
  words: readonly number[],
  mask: Uint8Array,
  { descriptor, resources }: OpenedArray,
  request: ReadRequest,
): ReadSteps<readonly number[]> {
  const nulls = createValidityRead(descriptor, request, mask);
  if (nulls === null) return words;
  const plan = yield* metadata(() => nulls.resolve());
  const encoded = yield* encodeInSlices(nulls.encode(plan, resources));
  const cost = yield* data(encoded, nulls.cells, null);
  yield* metadata(() => markMissing(mask, nulls));
  return mergeCounters(words, cost);
}

/**
 * Decides whether a failed read may be tried again. A file may be replaced between reading the index and the data, and
 * TileDB files may vanish when fragments are consolidated. In both cases the metadata is read again.
 */
export function mayRetry(descriptor: ArrayDescriptor, error: unknown, attempt: number): boolean {
  if (!(error instanceof ReadError)) return false;
  if (descriptor.filesMayVanish === true) return error.code === 'ENOENT' && attempt === 1;
  if (error.code !== 'ECHANGED' || attempt >= maxAttempts || descriptor.guardedFiles.includes(error.path)) return false;
  descriptor.forget?.(error.path);
  return true;
}

/** Runs a read to its end and blocks until then. The calling thread takes part in the work. */
export function runStepsSync<T>(steps: ReadSteps<T>, access: FileAccess): T {
  let step = steps.next();
  while (step.done !== true) {
    let reply: unknown;
    try {
      reply = performSync(step.value, access);
    } catch (error) {
      step = steps.throw(error);
      continue;
    }
    step = steps.next(reply);
  }
  return step.value;
}

function performSync(step: Step, access: FileAccess): unknown {
  if (step.kind === 'directory') return openDirectorySync(step.path, access.roots);
  return step.kind === 'metadata' ? runSync(step.parse(), access.syncBackend) : submitSync(step.plan, step.target);
}

type StepsWatch = Pick<Watch, 'signal' | 'onProgress' | 'closing' | 'isOwned'>;

/**
 * Runs a read to its end without blocking. Begins in a later turn of the event loop if other reads have used up this
 * one. Steps that finish immediately are completed in the same turn. If all steps do, returns their result instead of a
 * promise, because promises noticeably slow down small reads.
 */
export function runStepsAsync<T>(steps: ReadSteps<T>, access: FileAccess, watch: StepsWatch): T | Promise<T> {
  const run = (): T | Promise<T> => runFrom(steps.next(), steps, access, watch);
  return turn.isOver() ? turn.next().then(run) : run();
}

function runFrom<T>(
  first: IteratorResult<Step, T>,
  steps: ReadSteps<T>,
  access: FileAccess,
  watch: StepsWatch,
): T | Promise<T> {
  let step = first;
  while (step.done !== true) {
    let reply: unknown;
    try {
      reply = performAsync(step.value, access, watch);
    } catch (error) {
      step = steps.throw(error);
      continue;
    }
    if (isPromise(reply)) {
      return reply.then(
        (value) => runFrom(steps.next(value), steps, access, watch),
        (error: unknown) => runFrom(steps.throw(error), steps, access, watch),
      );
    }
    step = steps.next(reply);
  }
  return step.value;
}

function performAsync(step: Step, access: FileAccess, watch: StepsWatch): unknown {
  const { signal, onProgress, closing, isOwned } = watch;
  if (step.kind === 'data') {
    const { bytesTotal = 0, chunksTotal = 0 } = step.totals ?? {};
    const reported = step.totals === null ? undefined : onProgress;
    return submit(step.plan, step.target, { signal, onProgress: reported, bytesTotal, chunksTotal, closing, isOwned });
  }
  if (step.kind === 'directory') return openDirectory(step.path, access.roots, { signal, closing });
  return startAsync(step.parse(), untilClosed(access.asyncBackend, closing), signal);
}
