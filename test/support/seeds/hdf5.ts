/**
 * Provides small HDF5, NetCDF-4 and MATLAB files for tests that damage them. The reference libraries write the files.
 * After a mutation, checksums can be repaired, so that the parser reaches the data behind them.
 * @module
 */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { runPython } from '../python.js';
import { fileSeed, type Seed } from './seed.js';

/** Writes the files into the empty directory `folder` and returns one seed per file. Requires Python. */
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
      const format = name.endsWith('.nc') ? 'netcdf4' : name.endsWith('.mat') ? 'matlab' : 'hdf5';
      return fileSeed(name, format, `/${name}`, { [`/${name}`]: bytes }, { places });
    });
}

/** An error about a checksum that does not match. */
interface ChecksumError {
  readonly message: string;
  readonly offset?: number | undefined;
}

/**
 * Finds an error in `errors` about a checksum, and writes the expected checksum into `bytes`. Returns false if there is
 * no such error.
 */
export function repairChecksum(bytes: Uint8Array, errors: readonly ChecksumError[]): boolean {
  for (const { message, offset } of errors) {
    const sum = /the bytes give 0x([0-9a-f]{8})/.exec(message)?.[1];
    if (sum === undefined || offset === undefined || offset + 4 > bytes.length) continue;
    new DataView(bytes.buffer, bytes.byteOffset, bytes.length).setUint32(offset, Number.parseInt(sum, 16), true);
    return true;
  }
  return false;
}
