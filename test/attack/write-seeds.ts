/**
 * Makes small arrays of the formats that can be changed in place, as lists of files to damage.
 * @module
 */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { dtypeInfo } from '../../lib/core/dtype.js';
import { type CreateOptions, createArray } from '../../lib/index.js';
import { countingBytes } from '../support/byte-writer.js';
import { elementsOf } from '../support/write-model.js';
import { product } from './results.js';

/** Files of an array or store, by path below its folder. */
export interface WriteSeed {
  readonly name: string;
  readonly format: string;
  /** Path of the file or directory to open. */
  readonly path: string;
  /** Name of the array in the store; null if the array is the root. */
  readonly array: string | null;
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Files with metadata; the others contain elements. */
  readonly documents: readonly string[];
}

interface Recipe extends Omit<CreateOptions, 'shape'> {
  readonly name: string;
  readonly path: string;
  readonly shape?: readonly number[];
}

const recipes: readonly Recipe[] = [
  { name: 'npy', path: 'a.npy', dtype: 'int16' },
  { name: 'npy in Fortran order', path: 'a.npy', dtype: 'float64', order: 'F', byteOrder: 'big' },
  { name: 'raw with a sidecar', path: 'a.raw', format: 'raw', dtype: 'uint8', attributes: { a: 1 } },
  { name: 'Zarr v3', path: 'a.zarr', dtype: 'float32', chunkShape: [3, 4], fillValue: 2 },
  {
    name: 'Zarr v3, gzip and crc32c',
    path: 'a.zarr',
    dtype: 'int32',
    chunkShape: [3, 4],
    codecs: [{ name: 'gzip' }, { name: 'crc32c' }],
  },
  { name: 'Zarr v3 without codecs', path: 'a.zarr', dtype: 'uint16', chunkShape: [4, 9], codecs: [], byteOrder: 'big' },
  { name: 'shards', path: 'a.zarr', dtype: 'int16', chunkShape: [2, 3], shardShape: [4, 6] },
  { name: 'Zarr v3 in a group', path: 'a.zarr', array: 'g/a', dtype: 'float64', chunkShape: [4, 5] },
  { name: 'Zarr v2', path: 'a.zarr', zarrFormat: 2, dtype: 'int16', chunkShape: [3, 4], codecs: [{ name: 'zlib' }] },
  {
    name: 'Zarr v2, shuffle and blosc',
    path: 'a.zarr',
    zarrFormat: 2,
    dtype: 'float32',
    chunkShape: [4, 4],
    codecs: [{ name: 'blosc' }],
  },
  { name: 'tiles', path: 'tiles', format: 'tiles', dtype: 'float32', chunkShape: [3, 4], fillValue: 1 },
  {
    name: 'clipped tiles',
    path: 'tiles',
    format: 'tiles',
    dtype: 'int16',
    chunkShape: [3, 4],
    edgeTiles: 'clipped',
    tilePath: 'r{0:02}/c{1}.bin',
  },
];

/** Returns the paths of all files below `folder`, relative to it. */
export function listFiles(folder: string): readonly string[] {
  return fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}

/** Creates the arrays below `folder`, each in a folder of its own. */
export async function createWriteSeeds(folder: string): Promise<readonly WriteSeed[]> {
  const seeds: WriteSeed[] = [];
  for (const [i, { name, path, shape = [7, 9], ...options }] of recipes.entries()) {
    const own = join(folder, `write-seed-${i}`);
    fs.mkdirSync(own, { recursive: true });
    {
      await using out = await createArray(join(own, path), { ...options, shape, durability: 'none' });
      const bytes = countingBytes(product(shape) * dtypeInfo(options.dtype).size);
      await out.write(null, { data: elementsOf(bytes, options.dtype), dtype: options.dtype, shape });
    }
    const names = listFiles(own);
    const files = new Map(names.map((file) => [file, new Uint8Array(fs.readFileSync(join(own, file)))]));
    const documents = names.filter((file) => /\.(json|npy)$|\/\.z[a-z]+$/.test(file));
    const format = options.format ?? (path.endsWith('.npy') ? 'npy' : 'zarr');
    seeds.push({ name, format, path, array: options.array ?? null, files, documents });
  }
  return seeds;
}
