/**
 * Writes arrays in several formats with known elements: element i in C order is i.
 * @module
 */
import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import type { OpenOptions } from '../../lib/index.js';
import { counting, writeNpy, writeShards, writeTiles, writeZarr } from '../support/sample-arrays.js';

/** Folder in which samples are written. */
export interface SampleFolder {
  readonly path: string;
  at(name: string): string;
  write(name: string, content: Uint8Array | string): string;
}

/** Returns the folder at `path`. */
export function sampleFolder(path: string): SampleFolder {
  const at = (name: string): string => join(path, name);
  return {
    path,
    at,
    write(name, content) {
      fs.mkdirSync(dirname(at(name)), { recursive: true });
      fs.writeFileSync(at(name), content);
      return at(name);
    },
  };
}

/** An array of float32 that counts from 0. */
export interface Sample {
  readonly name: string;
  readonly path: string;
  readonly options: OpenOptions;
  readonly shape: readonly number[];
  readonly content: Float32Array;
}

/** Writes one sample per layout: a file, tiles, compressed chunks, shards, raw bytes. */
export function writeSamples(path: string): readonly Sample[] {
  const folder = sampleFolder(path);
  const sample = (name: string, at: string, shape: readonly number[], options: OpenOptions = {}): Sample => ({
    name,
    path: at,
    options,
    shape,
    content: counting(shape.reduce((product, size) => product * size, 1)),
  });
  const raw = folder.write('a.raw', new Uint8Array(counting(64 * 256).buffer));
  return [
    sample('npy', writeNpy(folder, 'a.npy', [64, 256]), [64, 256]),
    sample('tiles', writeTiles(folder, 'tiles', [64, 256], [16, 64]), [64, 256]),
    sample('zarr', writeZarr(folder, 'zarr', 16_384, 1024), [16_384]),
    sample('shards', writeShards(folder, 'shards', 16_384, 1024), [16_384]),
    sample('raw', raw, [64, 256], { format: 'raw', dtype: 'float32', shape: [64, 256] }),
  ];
}
