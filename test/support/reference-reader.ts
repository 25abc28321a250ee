/**
 * Reads arrays in a slow and simple way, as an oracle for tests. Uses a format's descriptor (layers, chunk index), but
 * neither the planner nor the native side. For encoded chunks, the test must supply a decoder.
 * @module
 */
import * as fs from 'node:fs';
import { type DType, dtypeInfo, machineByteOrder } from '../../lib/core/dtype.js';
import { fillBytes } from '../../lib/core/fill.js';
import type { ArrayDescriptor, ChunkLocations, Layer } from '../../lib/formats/format.js';
import { runSync } from '../../lib/io/driver.js';
import { nodeSyncBackend } from '../../lib/io/node-backend.js';

/** Box of an array: its bytes in C order and in the machine's byte order. */
export interface ReferenceBox {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

/** Decodes the stored bytes of one chunk. Tests of formats with encoded chunks supply it. */
export type ChunkDecoder = (stored: Uint8Array, layer: Layer) => Uint8Array;

/** Reads all of `array`. */
export function readReference(array: ArrayDescriptor, decode?: ChunkDecoder): ReferenceBox {
  return readReferenceBox(
    array,
    array.shape.map(() => 0),
    array.shape,
    decode,
  );
}

/** Reads the box [start, stop) of `array`, element by element. */
export function readReferenceBox(
  array: ArrayDescriptor,
  start: readonly number[],
  stop: readonly number[],
  decode?: ChunkDecoder,
): ReferenceBox {
  const shape = start.map((from, d) => at(stop, d) - from);
  const info = dtypeInfo(array.dtype);
  const elements = product(shape);
  const bytes = new Uint8Array(elements * info.size);
  const fill = fillBytes(array.fillValue, array.dtype).subarray(0, info.size);
  for (let i = 0; i < elements; i += 1) bytes.set(fill, i * info.size);
  if (elements > 0) {
    for (const layer of runSync(array.layers(start, stop), nodeSyncBackend))
      copyLayer(layer, start, stop, bytes, decode);
  }
  return { dtype: array.dtype, shape, bytes };
}

function copyLayer(
  layer: Layer,
  start: readonly number[],
  stop: readonly number[],
  out: Uint8Array,
  decode: ChunkDecoder | undefined,
): void {
  if (layer.layout.codecs.length > 0 && decode === undefined) throw new Error('The reference reader decodes nothing');
  const from = start.map((s, d) => Math.max(s, at(layer.start, d)));
  const to = stop.map((s, d) => Math.min(s, at(layer.stop, d)));
  if (from.some((f, d) => f >= at(to, d))) return;
  const box = from.map((f, d) => {
    const extent = at(layer.chunkShape, d);
    const first = Math.floor((f - at(layer.origin, d)) / extent);
    const last = Math.floor((at(to, d) - 1 - at(layer.origin, d)) / extent);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
  const locations = runSync(layer.index.locate(box), nodeSyncBackend);
  let entry = 0;
  for (const coordinates of cartesian(box)) {
    const chunk = readChunk(layer, locations, coordinates, entry, decode);
    entry += 1;
    if (chunk !== null) copyChunk(layer, coordinates, chunk, from, to, start, stop, out);
  }
}

/** Reads the bytes of one chunk. Returns null if it is absent. */
function readChunk(
  layer: Layer,
  locations: ChunkLocations,
  coordinates: readonly number[],
  entry: number,
  decode: ChunkDecoder | undefined,
) {
  const extent = chunkExtent(layer, coordinates);
  const size = chunkSize(layer, extent);
  if (locations.kind === 'absent') return null;
  if (locations.kind === 'template') {
    const name = locations.literals
      .map((literal, i) => {
        const field = locations.fields[i];
        return (
          literal + (field === undefined ? '' : String(at(coordinates, field.dimension)).padStart(field.width, '0'))
        );
      })
      .join('');
    const path = `${locations.directory}/${name}`;
    return fs.existsSync(path) ? readAt(path, locations.offset, size) : null;
  }
  const offset = at(locations.offsets, entry);
  if (offset < 0) return null;
  const length = at(locations.lengths, entry);
  const path = locations.files[locations.fileIndex?.[entry] ?? 0];
  if (path === undefined) throw new Error(`Chunk ${coordinates} has no file`);
  const plain =
    decode === undefined ? readAt(path, offset, Math.min(length, size)) : decode(readAt(path, offset, length), layer);
  if (plain.length < size) throw new Error(`Chunk ${coordinates} is ${plain.length} bytes long, expected ${size}`);
  return plain;
}

function readAt(path: string, offset: number, length: number): Uint8Array {
  const fd = fs.openSync(path, 'r');
  try {
    const bytes = new Uint8Array(length);
    for (let done = 0; done < length; ) {
      const count = fs.readSync(fd, bytes, done, length - done, offset + done);
      if (count === 0) throw new Error(`${path} ends at ${offset + done}, expected ${offset + length}`);
      done += count;
    }
    return bytes;
  } finally {
    fs.closeSync(fd);
  }
}

function chunkExtent(layer: Layer, coordinates: readonly number[]): number[] {
  return layer.chunkShape.map((extent, d) =>
    layer.layout.edge === 'full' ? extent : Math.min(extent, at(layer.gridShape, d) - at(coordinates, d) * extent),
  );
}

function stridesOf({ layout }: Layer, extent: readonly number[]): number[] {
  const strides = extent.map(() => 0);
  let stride = dtypeInfo(layout.dtype).size;
  for (const axis of [...layout.axisOrder].reverse()) {
    stride = layout.spacing?.pitches[axis] || stride;
    strides[axis] = stride;
    stride *= at(extent, axis);
  }
  return strides;
}

function chunkSize(layer: Layer, extent: readonly number[]): number {
  const { offset = 0, tail = 0 } = layer.layout.spacing ?? {};
  const last = stridesOf(layer, extent).reduce((sum, stride, d) => sum + (at(extent, d) - 1) * stride, 0);
  return offset + last + dtypeInfo(layer.layout.dtype).size + tail;
}

function copyChunk(
  layer: Layer,
  coordinates: readonly number[],
  chunk: Uint8Array,
  from: readonly number[],
  to: readonly number[],
  start: readonly number[],
  stop: readonly number[],
  out: Uint8Array,
): void {
  const { dtype, byteOrder } = layer.layout;
  const { size, swapSize } = dtypeInfo(dtype);
  const extent = chunkExtent(layer, coordinates);
  const strides = stridesOf(layer, extent);
  const base = coordinates.map((c, d) => at(layer.origin, d) + c * at(layer.chunkShape, d));
  const ranges = base.map((b, d) => {
    const first = Math.max(b, at(from, d));
    const last = Math.min(b + at(extent, d), at(to, d));
    return Array.from({ length: Math.max(0, last - first) }, (_, i) => first + i);
  });
  for (const index of cartesian(ranges)) {
    const source = index.reduce(
      (sum, x, d) => sum + (x - at(base, d)) * at(strides, d),
      layer.layout.spacing?.offset ?? 0,
    );
    const target = index.reduce((sum, x, d) => sum * (at(stop, d) - at(start, d)) + x - at(start, d), 0) * size;
    for (let b = 0; b < size; b += 1) {
      const within = byteOrder === machineByteOrder ? b : b - (b % swapSize) + swapSize - 1 - (b % swapSize);
      out[target + b] = chunk[source + within] ?? 0;
    }
  }
}

/**
 * Yields all combinations of one entry per list. The last list varies fastest. Without lists, there is one empty
 * combination.
 */
function* cartesian(lists: readonly (readonly number[])[]): Generator<number[]> {
  if (lists.some((list) => list.length === 0)) return;
  const position = lists.map(() => 0);
  for (;;) {
    yield lists.map((list, d) => at(list, at(position, d)));
    let d = lists.length - 1;
    for (; d >= 0; d -= 1) {
      const next = at(position, d) + 1;
      if (next < (lists[d]?.length ?? 0)) {
        position[d] = next;
        break;
      }
      position[d] = 0;
    }
    if (d < 0) return;
  }
}

function product(shape: readonly number[]): number {
  return shape.reduce((total, extent) => total * extent, 1);
}

function at(list: ArrayLike<number>, index: number): number {
  const value = list[index];
  if (value === undefined) throw new Error(`No entry ${index} in a list of ${list.length}`);
  return value;
}
