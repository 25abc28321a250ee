/**
 * Writes compressed matrices as Zarr stores.
 * @module
 */
import { gzipSync } from 'node:zlib';
import { elementsOf } from './sample-arrays.js';
import type { TemporaryDirectory } from './temporary.js';
import { arrayV2, writeFiles } from './zarr-store.js';

/**
 * Writes a float32 matrix as a Zarr store with gzip chunks, without the chunks `absent`. The value of each element is
 * its C-order index in the matrix. Returns the path of the store.
 */
export function writeGzip(
  folder: TemporaryDirectory,
  name: string,
  shape: readonly [number, number],
  chunk: readonly [number, number],
  absent: readonly string[] = [],
): string {
  const files: Record<string, object | Uint8Array> = {
    '.zarray': arrayV2({ shape, chunks: chunk, dtype: '<f4', compressor: { id: 'gzip', level: 1 }, fill_value: -9 }),
  };
  for (let r = 0; r * chunk[0] < shape[0]; r++) {
    for (let c = 0; c * chunk[1] < shape[1]; c++) {
      if (absent.includes(`${r}.${c}`)) continue;
      const data = Float32Array.from({ length: elementsOf(chunk) }, (_, i) => {
        const row = r * chunk[0] + Math.floor(i / chunk[1]);
        return row * shape[1] + c * chunk[1] + (i % chunk[1]);
      });
      files[`${r}.${c}`] = gzipSync(new Uint8Array(data.buffer), { level: 1 });
    }
  }
  return writeFiles(folder.at(name), files);
}
