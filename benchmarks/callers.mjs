/**
 * Measures 200 concurrent callers. Each reads random boxes of arrays in several formats (`.npy`, raw tiles, HDF5,
 * Zarr), one after the other.
 *
 * Usage: node benchmarks/callers.mjs [SECONDS] [CALLERS] [SEED]
 *
 * Two elements of each result are compared with the `.npy` file. Target: the slowest read takes at most 5 times as long
 * as the median.
 */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { cache, python, root } from './runner/places.mjs';

const [seconds, callers, seed] = [process.argv[2] ?? 60, process.argv[3] ?? 200, process.argv[4] ?? 1].map(Number);
const { openArray, slice } = await import(join(root, 'dist/index.js'));

const names = [
  'f4.npy',
  'f4-tiles',
  'f4-chunked.h5',
  'f4-gzip.h5',
  'f4-none.zarr',
  'f4-zstd.zarr',
  'f4-gzip.zarr',
  'f4-blosc.zarr',
  'f4-shards.zarr',
  'f4-zstd.tdb',
];
execFileSync(python, [join(root, 'benchmarks/data/make.py'), cache, ...names], { stdio: 'inherit' });
const arrays = await Promise.all(
  names.map((name) => openArray(join(cache, name), name.endsWith('.h5') ? { array: 'data' } : {})),
);
const [reference] = arrays;

/** State of the random number generator (mulberry32). */
let state = seed >>> 0;
function random(below) {
  state = (state + 0x6d2b79f5) >>> 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * below);
}

function box() {
  return reference.shape.map((size) => {
    const count = 1 + random(Math.min(64, size));
    const start = random(size - count + 1);
    return [start, start + count];
  });
}

const times = new Map(names.map((name) => [name, []]));
const delay = monitorEventLoopDelay({ resolution: 5 });
delay.enable();
const end = performance.now() + 1000 * seconds;
async function call() {
  while (performance.now() < end) {
    const which = random(arrays.length);
    const ranges = box();
    const start = performance.now();
    const { data } = await arrays[which].read(ranges.map(([from, to]) => slice(from, to)));
    times.get(names[which]).push(performance.now() - start);
    const first = reference.readSync(ranges.map(([from]) => from)).data[0];
    const last = reference.readSync(ranges.map(([, to]) => to - 1)).data[0];
    if (data[0] !== first || data.at(-1) !== last)
      throw new Error(`Wrong value in ${names[which]} at ${JSON.stringify(ranges)}`);
  }
}
await Promise.all(Array.from({ length: callers }, call));
delay.disable();

const all = [...times.values()].flat().sort((a, b) => a - b);
const line = (name, sorted) =>
  console.log(
    `${name.padEnd(16)} ${String(sorted.length).padStart(7)} reads, ` +
      `median ${sorted[sorted.length >> 1].toFixed(1)} ms, ` +
      `p99 ${sorted[Math.floor(sorted.length * 0.99)].toFixed(1)} ms, ` +
      `slowest ${sorted.at(-1).toFixed(1)} ms`,
  );
for (const [name, of] of times)
  if (of.length > 0)
    line(
      name,
      of.sort((a, b) => a - b),
    );
line('all', all);
const ratio = all.at(-1) / all[all.length >> 1];
console.log(`slowest / median: ${ratio.toFixed(2)}${ratio > 5 ? '  MISSED' : ''}`);
console.log(
  `event loop delay: p99 ${(delay.percentile(99) / 1e6).toFixed(1)} ms, longest ${(delay.max / 1e6).toFixed(1)} ms`,
);
process.exitCode = ratio > 5 ? 1 : 0;
for (const array of arrays) await array.close();
