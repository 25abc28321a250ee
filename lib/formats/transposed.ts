/**
 * Describes an array with its dimensions in another order. The chunks stay as they are stored.
 * @module
 */
import type { Io } from '../io/io.js';
import type { ArrayDescriptor, BoxUse, ChunkIndex, Layer } from './descriptor.js';
import type { ChunkBox, ChunkLocations, TableLocations } from './format.js';

/**
 * Returns the array with its dimensions in another order. Must not be used for arrays that can be resized.
 * @param order dimension `d` of the result is dimension `order[d]` of `array`.
 */
export function transposeArray(array: ArrayDescriptor, order: readonly number[]): ArrayDescriptor {
  const { fixedLayers, shape, chunkShape, dimensionNames, maxShape } = array;
  return {
    ...array,
    shape: permute(shape, order),
    chunkShape: permute(chunkShape, order),
    dimensionNames: dimensionNames === null ? null : permute(dimensionNames, order),
    ...(maxShape === undefined ? {} : { maxShape: order.map((d) => maxShape[d] ?? null) }),
    *layers(start: readonly number[], stop: readonly number[], use: BoxUse = 'some'): Io<readonly Layer[]> {
      const back = inverse(order);
      const layers = yield* array.layers(permute(start, back), permute(stop, back), use);
      return layers.map((layer) => transposeLayer(layer, order));
    },
    ...(fixedLayers === undefined ? {} : { fixedLayers: fixedLayers.map((layer) => transposeLayer(layer, order)) }),
  };
}

/** Returns the values in another order. `order` contains each position once. */
function permute<T>(values: readonly T[], order: readonly number[]): T[] {
  return order.map((d) => values[d] as T);
}

function inverse(order: readonly number[]): number[] {
  const back = order.map(() => 0);
  for (const [to, from] of order.entries()) back[from] = to;
  return back;
}

function transposeLayer(layer: Layer, order: readonly number[]): Layer {
  const { layout, interleaving, index } = layer;
  const { spacing } = layout;
  const back = inverse(order);
  return {
    ...layer,
    start: permute(layer.start, order),
    stop: permute(layer.stop, order),
    origin: permute(layer.origin, order),
    chunkShape: permute(layer.chunkShape, order),
    gridShape: permute(layer.gridShape, order),
    layout: {
      ...layout,
      axisOrder: permute(back, layout.axisOrder),
      ...(spacing === undefined ? {} : { spacing: { ...spacing, pitches: permute(spacing.pitches, order) } }),
    },
    index: transposeIndex(index, order, back),
    ...(interleaving === undefined ? {} : { interleaving: permute(interleaving, order) }),
  };
}

function transposeIndex(index: ChunkIndex, order: readonly number[], back: readonly number[]): ChunkIndex {
  const { fixed } = index;
  // A table lists the chunks of a box in the order of its dimensions. A table of one chunk has no order.
  const isOrdered = fixed?.kind === 'table' && fixed.offsets.length > 1;
  return {
    *locate(box: ChunkBox): Io<ChunkLocations> {
      const locations = yield* index.locate(permute(box, back));
      return transposeLocations(locations, box, order);
    },
    ...(fixed === undefined || isOrdered ? {} : { fixed: transposeLocations(fixed, [], order) }),
  };
}

function transposeLocations(found: ChunkLocations, box: ChunkBox, order: readonly number[]): ChunkLocations {
  switch (found.kind) {
    case 'absent':
      return found;
    case 'template': {
      const back = inverse(order);
      const fields = found.fields.map((field) => ({ ...field, dimension: back[field.dimension] ?? 0 }));
      return { ...found, fields };
    }
    case 'table':
      return found.offsets.length <= 1 ? found : transposeTable(found, box, order);
  }
}

function transposeTable(table: TableLocations, box: ChunkBox, order: readonly number[]): TableLocations {
  const { offsets, lengths, fileIndex, filterMasks } = table;
  const sources = sourceSlots(
    box.map(({ length }) => length),
    order,
  );
  return {
    ...table,
    offsets: offsets.map((_, i) => offsets[sources[i] ?? 0] ?? -1),
    lengths: lengths.map((_, i) => lengths[sources[i] ?? 0] ?? 0),
    fileIndex: fileIndex?.map((_, i) => fileIndex[sources[i] ?? 0] ?? 0) ?? null,
    filterMasks: filterMasks?.map((_, i) => filterMasks[sources[i] ?? 0] ?? 0) ?? null,
  };
}

/** Returns, for each position of a box of `counts` in C order, the position of the same chunk in the original order. */
function sourceSlots(counts: readonly number[], order: readonly number[]): Float64Array {
  const original = permute(counts, inverse(order));
  const strides = original.map(() => 1);
  for (let d = original.length - 2; d >= 0; d--) strides[d] = (strides[d + 1] ?? 1) * (original[d + 1] ?? 1);
  let slots = new Float64Array(1);
  for (const [d, count] of counts.entries()) {
    const stride = strides[order[d] ?? 0] ?? 1;
    const next = new Float64Array(slots.length * count);
    for (let i = 0; i < slots.length; i++) {
      const base = slots[i] ?? 0;
      for (let k = 0; k < count; k++) next[i * count + k] = base + k * stride;
    }
    slots = next;
  }
  return slots;
}
