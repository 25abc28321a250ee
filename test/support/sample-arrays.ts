/**
 * Writes arrays whose elements are their own indices, in several formats.
 * @module
 */
import { gzipSync } from 'node:zlib';
import { dtypeInfo } from '../../lib/core/dtype.js';
import { npyBytes, npyDict } from './npy-bytes.js';
import type { TemporaryDirectory } from './temporary.js';
import { encodeShard } from './zarr-shard.js';
import { arrayV2, arrayV3, writeFiles } from './zarr-store.js';

/** Types that {@link writeNpy} supports: the NumPy type without byte order, and a function that stores an element. */
const writers = {
  float32: {
    type: 'f4',
    put: (view: DataView, at: number, v: number, little: boolean) => view.setFloat32(at, v, little),
  },
  float64: {
    type: 'f8',
    put: (view: DataView, at: number, v: number, little: boolean) => view.setFloat64(at, v, little),
  },
  int32: { type: 'i4', put: (view: DataView, at: number, v: number, little: boolean) => view.setInt32(at, v, little) },
  int16: { type: 'i2', put: (view: DataView, at: number, v: number, little: boolean) => view.setInt16(at, v, little) },
  uint8: { type: 'u1', put: (view: DataView, at: number, v: number) => view.setUint8(at, v) },
} as const;

/** Returns the numbers from 0 to `count` - 1. */
export function counting(count: number): Float32Array {
  const numbers = new Float32Array(count);
  for (let i = 0; i < count; i++) numbers[i] = i;
  return numbers;
}

export function elementsOf(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

/** Returns the C-order index of the element at each position of a file in C or Fortran order. */
function storageOrder(shape: readonly number[], fortran: boolean): number[] {
  const order = Array.from({ length: elementsOf(shape) }, (_, i) => i);
  if (!fortran) return order;
  return order.map((place) => {
    let rest = place;
    let index = 0;
    const position = shape.map((extent) => {
      const p = rest % extent;
      rest = Math.floor(rest / extent);
      return p;
    });
    for (const [d, extent] of shape.entries()) index = index * extent + (position[d] ?? 0);
    return index;
  });
}

export interface NpyOptions {
  readonly dtype?: keyof typeof writers;
  readonly fortran?: boolean;
  readonly big?: boolean;
  readonly value?: (index: number) => number;
}

/** Writes a `.npy` file whose element with C-order index i is `value(i)`, by default i. Its header has 128 bytes. */
export function writeNpy(
  folder: TemporaryDirectory,
  name: string,
  shape: readonly number[],
  options: NpyOptions = {},
): string {
  const { dtype = 'float32', fortran = false, big = false, value = (i) => i } = options;
  const { size } = dtypeInfo(dtype);
  const bytes = new Uint8Array(elementsOf(shape) * size);
  const view = new DataView(bytes.buffer);
  const { type, put } = writers[dtype];
  for (const [place, index] of storageOrder(shape, fortran).entries()) put(view, place * size, value(index), !big);
  const descr = `${size === 1 ? '|' : big ? '>' : '<'}${type}`;
  return folder.write(name, npyBytes(npyDict(descr, fortran, shape), bytes));
}

/** Size in bytes of the header that {@link writeNpy} writes. */
export const npyHeaderBytes = 128;

export interface TilesOptions {
  readonly fillValue?: number;
  /** Row-major indices of tiles that are not written. */
  readonly absent?: readonly number[];
}

/** Writes a directory of float32 tiles `tile-<row>-<column>.bin` of a matrix. Each element is its C-order index. */
export function writeTiles(
  folder: TemporaryDirectory,
  name: string,
  shape: readonly [number, number],
  tileShape: readonly [number, number],
  { fillValue = -1, absent = [] }: TilesOptions = {},
): string {
  const [rows, columns] = tileShape;
  const across = Math.ceil(shape[1] / columns);
  const down = Math.ceil(shape[0] / rows);
  for (let tile = 0; tile < across * down; tile++) {
    if (absent.includes(tile)) continue;
    const [r, c] = [Math.floor(tile / across), tile % across];
    const data = new Float32Array(rows * columns);
    for (let i = 0; i < data.length; i++) {
      data[i] = (r * rows + Math.floor(i / columns)) * shape[1] + c * columns + (i % columns);
    }
    folder.write(`${name}/tile-${r}-${c}.bin`, new Uint8Array(data.buffer));
  }
  const manifest = { version: 1, shape, tileShape, dtype: 'float32', fillValue, path: 'tile-{0}-{1}.bin' };
  folder.write(`${name}/tiles.json`, JSON.stringify(manifest));
  return folder.at(name);
}

/** Writes a one-dimensional Zarr v2 array of float32 with gzip chunks. Each element is its index. */
export function writeZarr(folder: TemporaryDirectory, name: string, elements: number, chunk: number): string {
  const files: Record<string, object | Uint8Array> = {
    '.zarray': arrayV2({
      shape: [elements],
      chunks: [chunk],
      dtype: '<f4',
      compressor: { id: 'gzip', level: 1 },
      fill_value: 0,
    }),
  };
  for (let c = 0; c * chunk < elements; c++) {
    const data = Float32Array.from({ length: chunk }, (_, i) => c * chunk + i);
    files[String(c)] = gzipSync(new Uint8Array(data.buffer), { level: 1 });
  }
  return writeFiles(folder.at(name), files);
}

/**
 * Writes a one-dimensional Zarr v3 array of float32. Each shard contains four uncompressed chunks. Each element is its
 * index.
 */
export function writeShards(folder: TemporaryDirectory, name: string, elements: number, chunk: number): string {
  const codecs = [{ name: 'bytes', configuration: { endian: 'little' } }];
  const configuration = { chunk_shape: [chunk], codecs, index_codecs: [...codecs, { name: 'crc32c' }] };
  const metadata = arrayV3({
    shape: [elements],
    data_type: 'float32',
    chunk_grid: { name: 'regular', configuration: { chunk_shape: [4 * chunk] } },
    codecs: [{ name: 'sharding_indexed', configuration }],
  });
  const files: Record<string, object | Uint8Array> = { 'zarr.json': metadata };
  for (let shard = 0; shard * 4 * chunk < elements; shard++) {
    const chunks = [0, 1, 2, 3].map((inner) => {
      const first = (shard * 4 + inner) * chunk;
      return new Uint8Array(Float32Array.from({ length: chunk }, (_, i) => first + i).buffer);
    });
    files[`c/${shard}`] = encodeShard(chunks);
  }
  return writeFiles(folder.at(name), files);
}
