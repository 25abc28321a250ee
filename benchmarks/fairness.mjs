/**
 * Measures how long short reads wait while a long read runs, and how much they slow down the long read.
 *
 * Usage: node benchmarks/fairness.mjs [ROUNDS]
 *
 * The long read decodes 1 GiB in chunks of 4 MiB (Zarr zstd, HDF5 gzip) into memory that was touched before. The short
 * reads are rows of 4 KiB of an uncompressed array, one after the other, all in the page cache. Each round measures the
 * long read alone, then with short reads, then the same number of short reads alone; the first round is discarded.
 *
 * The long read uses all cores. So it inevitably becomes slower by the CPU time that the short reads need. Any further
 * slowdown is the fault of the library.
 *
 * Targets: 99 % of the short reads take at most 10 ms more than decoding one chunk takes, and the further slowdown of
 * the long read is at most 3 %.
 */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { median } from './runner/measures.mjs';
import { cache, python, root } from './runner/places.mjs';

const rounds = Number(process.argv[2] ?? 7);
const { allocate, openArray, slice } = await import(join(root, 'dist/index.js'));

const long = ['f4-zstd.zarr', 'f4-gzip.h5'];
const short = ['f4.npy', 'f4-none.zarr'];
execFileSync(python, [join(root, 'benchmarks/data/make.py'), cache, 'f4.npy', ...long, ...short], { stdio: 'inherit' });

const open = (name) => openArray(join(cache, name), name.endsWith('.h5') ? { array: 'data' } : {});
const percentile = (sorted, p) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * p))];

async function timed(act) {
  const start = performance.now();
  await act();
  return performance.now() - start;
}

/** Returns how many milliseconds one thread needs to read and decode one chunk. */
async function chunkMs(array) {
  const times = [];
  for (let i = 0; i < 16; i++) {
    const at = [slice(64 * (i % 4), 64 * (i % 4) + 64), slice(128 * (i % 8), 128 * (i % 8) + 128), slice(0, 128)];
    times.push(await timed(() => array.read(at, { threads: 1 })));
  }
  return median(times);
}

async function check(arrays) {
  const [reference, ...others] = arrays;
  for (const array of others) {
    const [a, b] = await Promise.all([reference.read([7, 1000]), array.read([7, 1000])]);
    if (Buffer.compare(Buffer.from(a.data.buffer), Buffer.from(b.data.buffer)) !== 0)
      throw new Error(`${array.path} differs`);
  }
}

const cpuMs = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

/** Returns the wall time and the CPU time of `act` in milliseconds. */
async function measured(act) {
  const cpu = cpuMs();
  const ms = await timed(act);
  return { ms, cpu: cpuMs() - cpu };
}

/** Reads rows one after the other as long as `goesOn(count)` returns true. Returns the milliseconds of each read. */
async function readRows(array, goesOn) {
  const times = [];
  while (goesOn(times.length)) {
    const at = [(times.length * 7919) % 256, (times.length * 104729) % 1024];
    times.push(await timed(() => array.read(at)));
    // Lets the event loop run, so that the end of the long read is noticed. Short reads of cached data may complete
    // without it.
    await new Promise((resolve) => setImmediate(resolve));
  }
  return times;
}

/** Measures the long read alone, the long read while rows are read, and the same number of rows alone. */
async function round(long, target, short) {
  const alone = await measured(() => long.readInto(target));
  let running = true;
  let times = [];
  let togetherMs = 0;
  await Promise.all([
    timed(() => long.readInto(target)).then((ms) => {
      running = false;
      togetherMs = ms;
    }),
    readRows(short, () => running).then((all) => {
      times = all;
    }),
  ]);
  const rows = await measured(() => readRows(short, (count) => count < times.length));
  const loss = togetherMs / alone.ms - 1;
  const inevitable = rows.cpu / alone.cpu;
  return { aloneMs: alone.ms, togetherMs, loss, inevitable, beyond: (1 + loss) / (1 + inevitable) - 1, times };
}

const shorts = await Promise.all(short.map(open));
const percent = (ratio) => `${(100 * ratio).toFixed(1)} %`;
let failed = false;
for (const name of long) {
  const array = await open(name);
  await check([...shorts, array]);
  const target = allocate('float32', array.size);
  const oneChunkMs = await chunkMs(array);
  const limit = oneChunkMs + 10;
  console.log(`${name}: one chunk ${oneChunkMs.toFixed(1)} ms, limit of short reads ${limit.toFixed(1)} ms`);
  for (const one of shorts) {
    const all = [];
    for (let i = 0; i <= rounds; i++) all.push(await round(array, target, one));
    all.shift();
    const of = (key) => median(all.map((r) => r[key]));
    const times = all.flatMap((r) => r.times).sort((a, b) => a - b);
    const p99 = percentile(times, 0.99);
    console.log(
      `  with 4 KiB of ${one.path.slice(cache.length + 1)}: ${of('aloneMs').toFixed(0)} -> ` +
        `${of('togetherMs').toFixed(0)} ms, loss ${percent(of('loss'))}, CPU time of the short reads ` +
        `${percent(of('inevitable'))}, beyond ${percent(of('beyond'))}${of('beyond') > 0.03 ? '  MISSED' : ''}`,
    );
    console.log(
      `    ${times.length} short reads, p50 ${percentile(times, 0.5).toFixed(2)} ms, p99 ${p99.toFixed(2)} ms, ` +
        `slowest ${times.at(-1).toFixed(2)} ms${p99 > limit ? '  MISSED' : ''}`,
    );
    failed ||= p99 > limit || of('beyond') > 0.03;
  }
  await array.close();
}
for (const array of shorts) await array.close();
process.exitCode = failed ? 1 : 0;
