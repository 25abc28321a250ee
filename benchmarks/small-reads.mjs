/**
 * Compares small cached reads of several builds. Their batches alternate in one process.
 *
 * Usage: chrt -f 1 node --expose-gc benchmarks/small-reads.mjs VOLUME.npy NAME=DIRECTORY...
 *
 * Each directory is a checkout with `build/` and `dist/`. The volume has at least 256×1024×1024 elements of type
 * float32. Prints the median wall-clock time and the median CPU time of the process per read, in microseconds.
 *
 * `CASES` in the environment selects cases, `READS` is the number of reads per batch (3000), `BATCHES` is the number of
 * batches per case and build (9); the first batch is not counted.
 */
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const [, , file, ...builds] = process.argv;
const reads = Number(process.env.READS ?? 3000);
const batches = Number(process.env.BATCHES ?? 9);

let seed = 42;
function random(below) {
  seed = (seed * 1103515245 + 12345) & 0x7fffffff;
  return seed % below;
}
const range = (start, count) => ({ start, stop: start + count });
const boxes = Array.from({ length: 500 }, () => [
  range(random(240), 16),
  range(random(992), 32),
  range(random(992), 32),
]);
const row = (i) => [i % 256, (i * 7) % 1024, null];

const boxTarget = new Float32Array(16 * 32 * 32);
const rowTarget = new Float32Array(1024);
const bytes = new Uint8Array(4096);
const descriptor = fs.openSync(file);

const isSync = new Set(['boxes-sync', 'box-sync', 'row-sync', 'row-fs']);
const casesOf = (array) => ({
  boxes: (i) => array.read(boxes[i % 500]),
  'boxes-into': (i) => array.readInto(boxTarget, boxes[i % 500]),
  'boxes-sync': (i) => array.readSync(boxes[i % 500]),
  box: () => array.read(boxes[0]),
  'box-into': () => array.readInto(boxTarget, boxes[0]),
  'box-sync': () => array.readSync(boxes[0]),
  row: (i) => array.read(row(i)),
  'row-into': (i) => array.readInto(rowTarget, row(i)),
  'row-sync': (i) => array.readSync(row(i)),
  'row-fs': (i) => fs.readSync(descriptor, bytes, 0, 4096, 128 + (row(i)[0] * 1024 + row(i)[1]) * 4096),
});

async function measure(read, sync) {
  globalThis.gc?.();
  const cpu = process.cpuUsage();
  const start = performance.now();
  for (let i = 0; i < reads; i++) sync ? read(i) : await read(i);
  const wall = performance.now() - start;
  const { user, system } = process.cpuUsage(cpu);
  return { wall: (wall * 1000) / reads, cpu: (user + system) / reads };
}

const median = (values) =>
  [...values]
    .sort((a, b) => a - b)
    [values.length >> 1].toFixed(1)
    .padStart(6);

const arrays = [];
for (const build of builds) {
  const [name, directory] = build.split('=');
  const { openArray } = await import(pathToFileURL(path.resolve(directory, 'dist/index.js')));
  arrays.push({ name, cases: casesOf(await openArray(file)) });
}
for (const name of process.env.CASES?.split(',') ?? Object.keys(casesOf(null))) {
  const results = new Map(arrays.map(({ name }) => [name, []]));
  for (let batch = 0; batch < batches; batch++) {
    for (const array of arrays) {
      const result = await measure(array.cases[name], isSync.has(name));
      if (batch > 0) results.get(array.name).push(result);
    }
  }
  for (const [build, list] of results) {
    const [wall, cpu] = ['wall', 'cpu'].map((key) => median(list.map((result) => result[key])));
    console.log(`${name.padEnd(12)} ${build.padEnd(10)} wall ${wall}  cpu ${cpu}`);
  }
}
process.exit(0);
