/**
 * Copies stored chunks from one array to another without decoding them.
 * @module
 */
import { dtypeInfo } from '../core/dtype.js';
import { isPosixParError } from '../core/errors.js';
import { fillWords } from '../core/fill.js';
import type { Resources } from '../exec/resources.js';
import { type ChunkCopyStats, submitCopy } from '../exec/submit-copy.js';
import type { WriteEngine } from '../exec/submit-write.js';
import { encodePlanSliced, type ReadDefaults, type WirePlan } from '../exec/wire.js';
import type { ArrayDescriptor, Layer } from '../formats/format.js';
import type { AsyncBackend } from '../io/backend.js';
import { runAsync } from '../io/driver.js';
import { type Io, ready } from '../io/io.js';
import { nativeAsyncBackend } from '../io/native-backend.js';
import { openDirectory } from '../io/native-open.js';
import type { NativeHandle } from '../native/binding.js';
import { type Hyperslab, normalizeSelection } from '../plan/hyperslab.js';
import type { ReadPlan } from '../plan/read-plan.js';
import type { Slice } from '../plan/selection.js';
import type { ArrayHandle } from './array-handle.js';
import { type Agreement, compareStorage, type GridOfArray, shardIndexBytes } from './chunk-agreement.js';
import { defaultsOf, openedParts } from './opened-parts.js';
import { mayRetry } from './reading.js';
import { isRelocated, resolvePlan } from './resolve.js';
import type { WritableArrayHandle } from './writable-array.js';
import { changerOf } from './writable-parts.js';
import { claimOf } from './write-order.js';

/** Compares how an open array and a new array of the same shape store their elements. See {@link compareStorage}. */
export async function agreementOf(from: ArrayHandle, to: WritableArrayHandle): Promise<Agreement> {
  const none = (reason: string): Agreement => ({ kind: 'none', reason });
  const { consistency, cache, engine } = defaultsOf(from);
  if (consistency === 'lease') return none('leases on the files of the source were requested');
  if (cache === 'drop' || engine === 'direct') return none('the source must not be read through the page cache');
  const { parts } = changerOf(to);
  if (parts.target.file !== null) return none('the new array stores its elements without chunks');
  const source = openedParts(from);
  return compareStorage(
    await runAsync(gridOf(source.descriptor), source.access.asyncBackend),
    await runAsync(gridOf(parts.descriptor), nativeAsyncBackend),
  );
}

function* gridOf(descriptor: ArrayDescriptor): Io<GridOfArray> {
  const origin = descriptor.shape.map(() => 0);
  const layers = descriptor.fixedLayers ?? (yield* descriptor.layers(origin, descriptor.shape));
  return { descriptor, layers };
}

/** Arrays whose chunks can be copied. */
export interface ChunkCopying {
  readonly from: ArrayHandle;
  readonly to: WritableArrayHandle;
  readonly agreement: Exclude<Agreement, { readonly kind: 'none' }>;
  readonly signal: AbortSignal | undefined;
}

/** Copies go through the page cache. */
const copyEngine: WriteEngine = { engine: 'pwrite', engineReason: '', directAlignment: 0 };

/**
 * Copies the stored chunks of `block`, which must consist of complete chunks (or shards) of both arrays.
 * @returns the reason if the stored bytes of a chunk are not valid in the new array: the block must then be decoded.
 * @throws {ReadError} if the source cannot be read or has changed. @throws {WriteError} if the new array cannot be
 *   written. @throws {CodecError} if a stored chunk is larger than a read permits. @throws {AbortError}
 */
export async function copyChunks(
  { from, to, agreement, signal }: ChunkCopying,
  block: readonly Slice[],
): Promise<ChunkCopyStats | string> {
  const { parts, change } = changerOf(to);
  const slab = normalizeSelection(block, from.shape);
  const { dtype, fillValue } = parts.descriptor;
  const copiesShards = agreement.kind === 'shards';
  const layout = copiesShards ? agreement.from.index.shards?.layout : undefined;
  const [read, written] = copiesShards
    ? [wholeShards(agreement.from), wholeShards(agreement.to)]
    : [agreement.from, agreement.to];
  const source = openedParts(from);
  const backend = source.access.asyncBackend;
  const reading = { resources: source.resources, defaults: defaultsOf(from), backend, roots: source.access.roots };
  const writing = { ...parts, backend: nativeAsyncBackend, roots: null };
  const copy = async (onHang: () => void): Promise<ChunkCopyStats | null> => {
    const target = await makePlan(parts.descriptor, written, slab, { ...writing, signal });
    const origin = await makePlan(source.descriptor, read, slab, { ...reading, signal });
    const settings = {
      durability: parts.writeDurability,
      dtype,
      fillValue,
      omitsFill: false,
      shards: null,
      engine: copyEngine,
      cache: null,
    };
    const request = {
      from: origin.encoded,
      to: target.encoded,
      settings,
      directory: parts.target.dataPath,
      shardIndexBytes: layout === undefined ? null : shardIndexBytes(layout),
    };
    const stats = await submitCopy(request, signal, onHang);
    const mayLieElsewhere = stats.copied === 0 && source.descriptor.relocate !== undefined;
    return mayLieElsewhere && (await runAsync(isRelocated(source.descriptor, origin.plan), backend, signal))
      ? null
      : stats;
  };
  return await change(claimOf(slab, parts.unit), async (onHang) => {
    for (let attempt = 1; ; attempt++) {
      try {
        const stats = await copy(onHang);
        if (stats !== null) return stats;
      } catch (error) {
        if (isPosixParError(error, 'UnsupportedError')) return error.what;
        if (!mayRetry(source.descriptor, error, attempt)) throw error;
      }
    }
  });
}

interface PlanEnvironment {
  readonly resources: Resources;
  readonly defaults: ReadDefaults;
  readonly backend: AsyncBackend;
  readonly roots: NativeHandle | null;
  readonly signal: AbortSignal | undefined;
}

interface EncodedPlan {
  readonly plan: ReadPlan<Layer>;
  readonly encoded: WirePlan;
}

/** Locates the chunks of `slab` in a layer, opens the directories that contain them, and encodes the plan. */
async function makePlan(
  array: ArrayDescriptor,
  layer: Layer,
  slab: Hyperslab,
  { resources, defaults, backend, roots, signal }: PlanEnvironment,
): Promise<EncodedPlan> {
  const type = dtypeInfo(array.dtype);
  const fill = { type, words: fillWords(null, array.dtype) };
  const conversion = { out: type, overflow: 'error', scaling: null, decoding: null, fill } as const;
  const request = { slab, conversion, coalescing: defaults.coalescing };
  const plan = await runAsync(resolvePlan({ ...array, fixedLayers: [layer] }, request), backend, signal);
  for (const path of resources.missingDirectories(plan)) {
    resources.keepDirectory(path, await openDirectory(path, roots, { signal, closing: undefined }));
  }
  return { plan, encoded: await runAsync(encodePlanSliced(plan, resources, defaults, false), backend, signal) };
}

/** Returns a layer whose chunks are the shard files of `layer`. */
function wholeShards(layer: Layer): Layer {
  const { shards } = layer.index;
  if (shards === undefined) throw new TypeError('Expected a layer with shards');
  const { template, layout } = shards;
  return {
    ...layer,
    chunkShape: layer.chunkShape.map((size, d) => size * (layout.counts[d] ?? 1)),
    layout: { ...layer.layout, codecs: [] },
    index: { locate: () => ready(() => template), fixed: template },
  };
}
