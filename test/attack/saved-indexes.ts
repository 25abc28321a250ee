/**
 * Makes seeds with a saved index next to a file: restart points of compressed arrays, and chunk locations of HDF5.
 * Tests mutate the saved index.
 * @module
 */
import * as fs from 'node:fs';
import { basename, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { crc32c } from '../../lib/formats/crc32c.js';
import { saveIndex } from '../../lib/index.js';
import { nifti1Header, niftiFile } from '../support/nifti-bytes.js';
import { deflatedMember, npyBytes, npyDict, zipBytes } from '../support/npy-bytes.js';
import { fileSeed, type Seed } from '../support/seeds/seed.js';

/** Modification time of the indexed files. The index contains it, so it must be the same in each copy of a file. */
const modified = new Date('2020-01-01T00:00:00Z');
/** Shape of compressed arrays. Their int16 elements have three megabytes, which makes twelve restart points. */
const shape = [6, 512, 512];

function elements(): Uint8Array {
  const values = Int16Array.from({ length: 6 * 512 * 512 }, (_, i) => (i * i) % 251);
  return new Uint8Array(values.buffer);
}

/** Writes the file `name` with `content`, saves its index, and returns the seed. */
async function indexedSeed(
  folder: string,
  name: string,
  format: string,
  content: Uint8Array,
  arrays: Seed['arrays'],
): Promise<Seed> {
  const path = join(folder, name);
  fs.writeFileSync(path, content);
  fs.utimesSync(path, modified, modified);
  const { path: index } = await saveIndex(path);
  const mutated = `/${basename(index)}`;
  const files = { [`/${name}`]: content, [mutated]: new Uint8Array(fs.readFileSync(index)) };
  const seed = fileSeed(`saved index of ${name}`, format, `/${name}`, files, { mutated, arrays });
  return { ...seed, modified, isSavedIndex: true };
}

/**
 * Returns the seeds.
 * @param folder empty folder for the files. @param hdf5 HDF5 files with chunked arrays.
 */
export async function savedIndexSeeds(folder: string, hdf5: readonly Seed[]): Promise<readonly Seed[]> {
  const data = elements();
  const header = nifti1Header({ dim: [3, ...[...shape].reverse(), 1, 1, 1, 1], datatype: 4 });
  const npy = npyBytes(npyDict('<i2', false, shape), data);
  const seeds = [
    await indexedSeed(folder, 'a.nii.gz', 'nifti', gzipSync(niftiFile(header, 352, data)), [null]),
    await indexedSeed(folder, 'a.npz', 'npz', zipBytes([deflatedMember('a.npy', npy)]), ['a']),
  ];
  for (const { name, content } of hdf5.filter((seed) => seed.name.startsWith('chunks-'))) {
    seeds.push(await indexedSeed(folder, name, 'hdf5', content, ['both', 'fixed', 'last']));
  }
  return seeds;
}

const headerBytes = 16;

/** Corrects the checksum of the header of a saved index, so that the reader accepts a mutated header. */
export function resealIndex(index: Uint8Array): void {
  if (index.length < headerBytes) return;
  const view = new DataView(index.buffer, index.byteOffset, index.length);
  const length = view.getUint32(8, true);
  if (headerBytes + length > index.length) return;
  view.setUint32(12, crc32c(index.subarray(headerBytes, headerBytes + length)), true);
}
