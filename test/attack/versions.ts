/**
 * Arrays in which every element is the version number, and the ways in which a writer changes their files.
 * @module
 */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { npyBytes, npyDict } from '../support/npy-bytes.js';
import { arrayV2 } from '../support/zarr-store.js';

/** Size of the array in bytes; each byte is the version. */
export const versionBytes = 1 << 18;
const chunkBytes = 1 << 15;
const chunks = versionBytes / chunkBytes;

/** Layouts of arrays that writers change. */
export const layouts = ['npy', 'raw', 'tiles', 'zarr'] as const;

/** One of {@link layouts}. */
export type Layout = (typeof layouts)[number];

/** Ways in which a writer changes files. */
export const changes = ['in place', 'by rename', 'truncate', 'append', 'remove and create', 'swap links'] as const;

/** One of {@link changes}. */
export type Change = (typeof changes)[number];

/** Returns true if each chunk is a separate file, which each read opens. */
export function hasChunkFiles(layout: Layout): boolean {
  return layout === 'tiles' || layout === 'zarr';
}

/** Returns the path to open. */
export function pathOf(folder: string, layout: Layout): string {
  return join(folder, { npy: 'a.npy', raw: 'a.raw', tiles: 'tiles', zarr: 'zarr' }[layout]);
}

/** Returns the path and the content of each data file for `version`. */
function dataFiles(folder: string, layout: Layout, version: number): (readonly [string, Uint8Array])[] {
  const path = pathOf(folder, layout);
  if (layout === 'npy') {
    return [[path, npyBytes(npyDict('|u1', false, [chunks, chunkBytes]), new Uint8Array(versionBytes).fill(version))]];
  }
  if (layout === 'raw') return [[path, new Uint8Array(versionBytes).fill(version)]];
  const chunk = new Uint8Array(chunkBytes).fill(version);
  return Array.from({ length: chunks }, (_, i) =>
    layout === 'tiles' ? [join(path, `t-${i}.bin`), chunk] : [join(path, `${i}.0`), gzipSync(chunk, { level: 0 })],
  );
}

/** Writes the whole array with old file times, so that no later write can have the same file time. */
export function createVersion(folder: string, layout: Layout, version: number): void {
  const path = pathOf(folder, layout);
  fs.rmSync(path, { recursive: true, force: true });
  if (hasChunkFiles(layout)) {
    fs.mkdirSync(path, { recursive: true });
    const shape = [chunks, chunkBytes];
    const document =
      layout === 'tiles'
        ? { version: 1, shape, tileShape: [1, chunkBytes], dtype: 'uint8', fillValue: 0, path: 't-{0}.bin' }
        : arrayV2({ shape, chunks: [1, chunkBytes], dtype: '|u1', compressor: { id: 'gzip', level: 1 } });
    fs.writeFileSync(join(path, layout === 'tiles' ? 'tiles.json' : '.zarray'), JSON.stringify(document));
  }
  for (const [file, bytes] of dataFiles(folder, layout, version)) {
    fs.writeFileSync(file, bytes);
    fs.utimesSync(file, 1, 1);
  }
}

/** Changes each data file: truncates it to a half, appends 1000 bytes, or replaces its content by that of `version`. */
export function changeVersion(folder: string, layout: Layout, version: number, how: Change): void {
  for (const [file, bytes] of dataFiles(folder, layout, version)) {
    if (how === 'in place') fs.writeFileSync(file, bytes, { flag: 'r+' });
    else if (how === 'truncate') fs.truncateSync(file, Math.floor(bytes.length / 2));
    else if (how === 'append') fs.appendFileSync(file, bytes.subarray(0, 1000));
    else if (how === 'remove and create') {
      fs.rmSync(file);
      fs.writeFileSync(file, bytes);
    } else {
      const other = `${file}.${version}`;
      fs.writeFileSync(other, bytes);
      if (how === 'by rename') fs.renameSync(other, file);
      else {
        fs.symlinkSync(other, `${file}.link`);
        fs.renameSync(`${file}.link`, file);
      }
    }
  }
}
