/**
 * Small HDF5 and NetCDF-4 files, written by the reference libraries, for tests that damage them; and the repair of the
 * checksums that a mutation breaks, so that what they protect is reached.
 * @module
 */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { runPython } from '../python.js';
import { fileSeed, type Seed } from './seed.js';

/** Writes the files into `folder`, which may hold nothing else, and returns a seed for each. Needs Python. */
export function hdf5Seeds(folder: string): readonly Seed[] {
  runPython('test/conformance/hdf5/seeds.py', folder);
  return readHdf5Seeds(folder);
}

/** Returns the seeds that {@link hdf5Seeds} wrote into `folder`. */
export function readHdf5Seeds(folder: string): readonly Seed[] {
  return fs
    .readdirSync(folder)
    .sort()
    .map((name) => {
      const bytes = new Uint8Array(fs.readFileSync(join(folder, name)));
      const places = [...bytes.keys()].filter((at) => bytes[at] !== 0);
      const format = name.endsWith('.nc') ? 'netcdf4' : 'hdf5';
      return fileSeed(name, format, `/${name}`, { [`/${name}`]: bytes }, { places });
    });
}

/** An error that names a checksum which does not match. */
interface ChecksumError {
  readonly message: string;
  readonly offset?: number | undefined;
}

/** Writes the checksum that one of `errors` expects into `bytes`; false if none of them is about a checksum. */
export function repairChecksum(bytes: Uint8Array, errors: readonly ChecksumError[]): boolean {
  for (const { message, offset } of errors) {
    const sum = /the bytes give 0x([0-9a-f]{8})/.exec(message)?.[1];
    if (sum === undefined || offset === undefined || offset + 4 > bytes.length) continue;
    new DataView(bytes.buffer, bytes.byteOffset, bytes.length).setUint32(offset, Number.parseInt(sum, 16), true);
    return true;
  }
  return false;
}
