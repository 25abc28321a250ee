/**
 * Reads small boxes of uncompressed arrays without a plan, if their data is in memory.
 * @module
 */
import { dtypeInfo, machineByteOrder } from '../core/dtype.js';
import { maxBoxBytes, type PlainArray, readBox } from '../exec/read-box.js';
import { toReadStats } from '../exec/stats.js';
import type { Watch } from '../exec/submit.js';
import type { ReadDefaults } from '../exec/wire.js';
import type { ArrayDescriptor } from '../formats/format.js';
import { turn } from '../native/turn.js';
import { bytesOfChunk } from '../plan/layout.js';
import { createOutput } from '../plan/output.js';
import type { CompletedRead, OpenedArray } from './reading.js';
import type { ReadRequest, ResultTarget } from './request.js';

/** Plain arrays by their descriptor; null if the array is not plain. */
const known = new WeakMap<ArrayDescriptor, PlainArray | null>();

/** Describes an array that is one uncompressed chunk in C order and native byte order; returns null for others. */
function describePlain({ shape, dtype, fixedLayers = [] }: ArrayDescriptor): PlainArray | null {
  const [layer] = fixedLayers;
  const locations = layer?.index.fixed;
  if (layer === undefined || fixedLayers.length > 1 || locations?.kind !== 'table') return null;
  const { layout, chunkShape, gridShape, start, stop, origin } = layer;
  const [path] = locations.files;
  const [dataOffset = -1] = locations.offsets;
  const info = dtypeInfo(dtype);
  const isWhole = shape.every(
    (size, d) =>
      start[d] === 0 && origin[d] === 0 && stop[d] === size && chunkShape[d] === size && gridShape[d] === size,
  );
  const isInOrder = layout.spacing === undefined && layout.axisOrder.every((axis, i) => axis === i);
  const isNative = layout.byteOrder === machineByteOrder || info.swapSize === 1;
  const isOnePlace =
    locations.files.length === 1 &&
    locations.offsets.length === 1 &&
    locations.fileIndex === null &&
    locations.filterMasks === null &&
    locations.inlineBytes === undefined &&
    locations.stamps === undefined;
  const isPlain = layout.codecs.length === 0 && layout.dtype === dtype && layer.interleaving === undefined;
  if (path === undefined || !(isWhole && isInOrder && isNative && isOnePlace && isPlain)) return null;
  const dataBytes = bytesOfChunk(layout, chunkShape);
  if (dataOffset < 0 || dataBytes !== locations.lengths[0]) return null;
  return { path, shape, elementBytes: info.size, dataOffset, dataBytes };
}

function plainOf(descriptor: ArrayDescriptor): PlainArray | null {
  let plain = known.get(descriptor);
  if (plain === undefined) {
    plain = describePlain(descriptor);
    known.set(descriptor, plain);
  }
  return plain;
}

/** True if the options leave the access to the file to the library, and the native side checks the file for changes. */
function hasDefaultAccess({ engine, cache, readahead, consistency }: ReadDefaults): boolean {
  return engine === 'auto' && cache === 'keep' && readahead === 'kernel' && consistency === 'check';
}

/**
 * Performs the read of one small box of an uncompressed array without conversion, if the data is in memory and no call
 * has to wait.
 * @returns null if `readSteps` must perform the read. Parts of `target` may be overwritten then.
 */
export function readPlain(
  { descriptor, resources }: OpenedArray,
  { slab, boxes, points, isMasked, out, elements, defaults, conversion, startedMs }: ReadRequest,
  target: ResultTarget,
): CompletedRead | null {
  const bytes = elements * out.size;
  if (bytes > maxBoxBytes || bytes === 0 || boxes !== null || points !== null || isMasked) return null;
  if (conversion.scaling !== null || conversion.decoding !== null || out.name !== descriptor.dtype) return null;
  const plain = plainOf(descriptor);
  if (plain === null || !hasDefaultAccess(defaults)) return null;
  const file = resources.file(plain.path);
  if (file === null) return null;
  const planMs = performance.now() - startedMs;
  const counters = readBox(file, plain, slab, target.native as ArrayBufferView);
  if (counters === null) return null;
  return {
    outputs: [createOutput(slab, elements, 0)],
    stats: toReadStats(counters, bytes, 1, planMs, target.recycledBytes),
  };
}

/**
 * Performs a read like {@link readPlain}, if this turn of the event loop has time left, the caller asks for no
 * progress, and the signal is not aborted.
 */
export function readPlainAsync(
  array: OpenedArray,
  request: ReadRequest,
  target: ResultTarget,
  { signal, onProgress }: Pick<Watch, 'signal' | 'onProgress'>,
): CompletedRead | null {
  if (onProgress !== undefined || signal?.aborted === true || turn.isOver()) return null;
  return readPlain(array, request, target);
}
