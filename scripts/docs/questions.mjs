// Writes the charts that the home page and docs/performance.md include, one file per question, from the results of the
// benchmarks.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { contenderName, drawChart, timesOf } from './charts.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const target = join(root, 'docs', 'measured', 'parts');

const reports = new Map();
/** Returns a result of benchmarks/results by its file and case. */
function resultOf(file, name) {
  if (!reports.has(file)) {
    reports.set(file, JSON.parse(readFileSync(join(root, 'benchmarks/results', `${file}.json`), 'utf8')));
  }
  const report = reports.get(file);
  const result = report.results.find((one) => one.name === name);
  if (result === undefined) throw new Error(`benchmarks/results/${file}.json has no case ${name}`);
  return { report, result };
}

/** Returns one case: the file and the name of the result, a title for readers, and the contenders to show. */
const one = (file, name, title, shown) => ({ file, name, title, shown });

const questions = {
  whole: [
    one('file', 'whole-reused', 'into memory that is used again', [
      'posix-par',
      'numpy-memmap',
      'h5py-file',
      'node-fs',
    ]),
    one('file', 'whole-fresh', 'into new memory', ['posix-par', 'numpy-memmap', 'h5py-file', 'node-fs']),
  ],
  parts: [
    one('file', 'box', 'a box of 130×500×510', ['posix-par', 'numpy-memmap', 'h5py-file', 'node-fs']),
    one('file', 'plane', 'the plane [:, :, 500]', ['posix-par', 'numpy-memmap', 'h5py-file']),
    one('file', 'boxes-500', '500 boxes of 16×32×32, one after the other', [
      'posix-par',
      'posix-par-sync',
      'numpy-memmap',
      'h5py-file',
      'node-fs',
    ]),
  ],
  hdf5: [
    one('hdf5', 'hdf5-gzip', 'all chunks, shuffle and gzip', ['posix-par', 'hidefix', 'h5py-file']),
    one('hdf5', 'hdf5-gzip-row', 'the row [100, :, :], shuffle and gzip', ['posix-par', 'hidefix', 'h5py-file']),
    one('hdf5', 'hdf5-zstd', 'all chunks, shuffle and zstd', ['posix-par', 'h5py-file']),
    one('hdf5', 'hdf5-contiguous', 'contiguous, whole', ['posix-par', 'h5py-file']),
  ],
  zarr: [
    one('zarr', 'zarr-zstd', 'all chunks, zstd', ['posix-par', 'zarrs', 'tensorstore', 'zarr-python', 'zarrita']),
    one('zarr', 'zarr-blosc-row', 'the row [100, :, :], blosc', [
      'posix-par',
      'zarrs',
      'tensorstore',
      'zarr-python',
      'zarrita',
    ]),
    one('zarr', 'zarr-shards', 'all shards, zstd', ['posix-par', 'zarrs', 'tensorstore', 'zarr-python', 'zarrita']),
    one('zarr', 'zarr-boxes', '500 boxes, no codec', ['posix-par', 'zarrs', 'tensorstore', 'zarr-python', 'zarrita']),
  ],
  tiledb: [
    one('tiledb', 'tiledb-none', 'all tiles, no filter', ['posix-par', 'tiledb-py']),
    one('tiledb', 'tiledb-zstd', 'all tiles, zstd', ['posix-par', 'tiledb-py']),
    one('tiledb', 'tiledb-gzip', 'all tiles, gzip', ['posix-par', 'tiledb-py']),
  ],
  storage: [
    one('storage', 'direct-1m-4', '1 MiB blocks, direct, 4 in flight', [
      'posix-par',
      'posix-par-one-read',
      'fio',
      'fio-psync',
    ]),
    one('storage', 'direct-4k', '4 KiB blocks, direct, 64 in flight', ['posix-par', 'fio', 'fio-psync']),
    one('storage', 'cold-whole', 'whole array, cold', ['posix-par', 'posix-par-direct', 'fio']),
    one('storage', 'cold-boxes', '500 boxes, cold', ['posix-par', 'numpy-memmap', 'node-fs']),
  ],
  home: [
    one('file', 'plane', 'the plane [:, :, 500] of a .npy file of 1 GiB', ['posix-par', 'numpy-memmap', 'h5py-file']),
    one('hdf5', 'hdf5-gzip', '1 GiB of HDF5, shuffle and gzip', ['posix-par', 'h5py-file']),
    one('zarr', 'zarr-zstd', '1 GiB of Zarr, zstd', ['posix-par', 'zarr-python', 'zarrita']),
  ],
};

mkdirSync(target, { recursive: true });
for (const [question, list] of Object.entries(questions)) {
  const dates = new Set();
  const cases = list.map(({ file, name, title, shown }) => {
    const { report, result } = resultOf(file, name);
    dates.add(report.date.slice(0, 10));
    const rows = timesOf(result.cells).filter((row) => shown.includes(row.name));
    const missing = shown.filter((contender) => !rows.some((row) => row.name === contender));
    if (missing.length > 0) throw new Error(`${file}.json, ${name}: no times of ${missing.join(', ')}`);
    return { title, rows: rows.map((row) => ({ ...row, name: contenderName(row.name) })) };
  });
  const caption = `Median time, shorter is better; thin lines: fastest to slowest round, cut at the edge. ${[...dates].join(', ')}`;
  writeFileSync(join(target, `${question}.md`), `${drawChart(cases, caption)}\n`);
}
