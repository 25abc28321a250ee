/**
 * Provides measurements for the decisions in docs/adr. Reads the same selections from a file in the page cache with
 * each engine, and with several limits for coalescing (reading neighbouring parts of the file with one request), in
 * alternation.
 *
 * Usage: node benchmarks/strategy-sweeps.mjs VOLUME.npy [rounds]
 * VOLUME.npy: float32 256 x 1024 x 1024 in C order. Prints medians in milliseconds. All results are compared before the
 * measurement.
 */
import { readFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { openArray, slice } from 'posix-par';

const [path, roundsGiven = '9'] = process.argv.slice(2);
if (path === undefined) throw new Error('Expected the path of a volume');
const rounds = Number(roundsGiven);
const arr = await openArray(path);

/** Reads the whole array to bring it into the page cache. */
await arr.readInto(new Float32Array(arr.size));

const median = (times) => times.sort((a, b) => a - b)[times.length >> 1];
let seed = 1;
const random = (n) => {
  seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
  return Math.floor((seed / 2 ** 32) * n);
};
const boxes = Array.from({ length: 500 }, () => [random(240), random(990), random(990)]).map(([x, y, z]) => [
  slice(x, x + 16),
  slice(y, y + 32),
  slice(z, z + 32),
]);

const cases = {
  'box 130x500x510': [[slice(61, 191), slice(301, 801), slice(201, 711)]],
  'plane [:, :, 500]': [[null, null, 500]],
  'plane [:, 500, :]': [[null, 500, null]],
  '500 boxes 16x32x32': boxes,
  'whole, 1 of 4 rows': [[null, slice(null, null, 4), null]],
};

const KiB = 1024;
const ways = [
  ['mmap', { engine: 'mmap' }],
  ['auto', {}],
  ...[0, 2, 4, 8, 16].map((gap) => [`pread gap ${gap} KiB`, { engine: 'pread', coalesce: { gapBytes: gap * KiB } }]),
];
const maxima = [64, 256, 1024, 4096, 16384].map((max) => [
  `pread max ${max} KiB`,
  { coalesce: { maxBytes: max * KiB } },
]);

async function sweep(name, selections, contenders, target) {
  const want = await arr.read(selections[0], contenders[0][1]);
  const times = new Map(contenders.map(([label]) => [label, []]));
  const skipped = new Set();
  for (const [label, options] of contenders) {
    const got = await arr.read(selections[0], options);
    if (Buffer.compare(Buffer.from(got.data.buffer), Buffer.from(want.data.buffer)) !== 0)
      throw new Error(`${name}: ${label} differs`);
    if (arr.explain(selections[0], options).systemCalls * selections.length > 2e6) skipped.add(label);
  }
  for (let round = 0; round <= rounds; round++) {
    for (const [label, options] of contenders) {
      if (skipped.has(label)) continue;
      const begin = performance.now();
      for (const selection of selections) {
        if (target === undefined) await arr.read(selection, options);
        else await arr.readInto(target, selection, options);
      }
      if (round > 0) times.get(label).push(performance.now() - begin);
    }
  }
  console.log(`\n${name}`);
  for (const [label, list] of times) {
    console.log(`  ${label.padEnd(20)} ${list.length === 0 ? 'skipped' : median(list).toFixed(2).padStart(10)}`);
  }
}

const cpu = /model name\s*: (.*)/.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1];
console.log(`${cpu}, load ${loadavg()[0].toFixed(1)}, ${rounds} rounds`);
for (const [name, selections] of Object.entries(cases)) await sweep(name, selections, ways);
await sweep('whole, into memory in use', [null], maxima, new Float32Array(arr.size).fill(1));
await arr.close();
