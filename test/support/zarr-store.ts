/**
 * Writes Zarr stores file by file for tests, and opens them without the public API.
 * @module
 */
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { ArrayDescriptor, ChunkBox, ChunkLocations, TableLocations } from '../../lib/formats/format.js';
import type { GroupDescriptor } from '../../lib/formats/group.js';
import { zarr } from '../../lib/formats/zarr/zarr.js';
import { type IoCounters, newCounters } from '../../lib/io/backend.js';
import { runSync } from '../../lib/io/driver.js';
import type { Io } from '../../lib/io/io.js';
import { nodeSyncBackend } from '../../lib/io/node-backend.js';
import { directoryProbe } from './probe.js';

/** Writes files below `folder`. Objects are written as JSON, strings and bytes unchanged. */
export function writeFiles(folder: string, files: Readonly<Record<string, object | string | Uint8Array>>): string {
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(folder, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    const isRaw = typeof content === 'string' || content instanceof Uint8Array;
    fs.writeFileSync(file, isRaw ? content : JSON.stringify(content));
  }
  return folder;
}

/** Runs a parser on the real file system. */
export function run<T>(io: Io<T>, counters: IoCounters = newCounters()): T {
  return runSync(io, nodeSyncBackend, counters);
}

/** Opens an array. */
export function openZarr(folder: string, array: string | null = null): ArrayDescriptor {
  return run(zarr.open(directoryProbe(folder), { array, options: {} }));
}

/** Opens a group. */
export function openZarrGroup(folder: string, array: string | null = null): GroupDescriptor {
  const probe = directoryProbe(folder);
  if (zarr.openGroup === undefined) throw new Error('Zarr has groups');
  return run(zarr.openGroup(probe, { array, options: {} }));
}

/** Returns a v2 `.zarray` with default values and `changes`. */
export function arrayV2(changes: object = {}): object {
  const fixed = { zarr_format: 2, shape: [4, 6], chunks: [2, 3], dtype: '<i2', order: 'C', fill_value: 0 };
  return { ...fixed, compressor: null, filters: null, ...changes };
}

/** Returns a v3 `zarr.json` of an array with default values and `changes`. */
export function arrayV3(changes: object = {}): object {
  return {
    zarr_format: 3,
    node_type: 'array',
    shape: [4, 6],
    data_type: 'int16',
    chunk_grid: { name: 'regular', configuration: { chunk_shape: [2, 3] } },
    chunk_key_encoding: { name: 'default', configuration: { separator: '/' } },
    fill_value: 0,
    codecs: [{ name: 'bytes', configuration: { endian: 'little' } }],
    ...changes,
  };
}

/** Returns the locations of the chunks of `box` in the only layer of `array`. */
export function locate(array: ArrayDescriptor, box: ChunkBox, counters: IoCounters = newCounters()): ChunkLocations {
  const [layer] = run(
    array.layers(
      array.shape.map(() => 0),
      array.shape,
    ),
  );
  if (layer === undefined) throw new Error('An array has a layer');
  return run(layer.index.locate(box), counters);
}

/** Returns the locations of {@link locate}. Throws if they are not a table. */
export function locateTable(array: ArrayDescriptor, box: ChunkBox, counters?: IoCounters): TableLocations {
  const found = locate(array, box, counters);
  if (found.kind !== 'table') throw new Error(`Expected a table of chunks, found ${found.kind}`);
  return found;
}
