/**
 * Measures how long short reads wait while a long read runs, and how much they slow it down: node
 * benchmarks/fairness.mjs [ROUNDS]
 *
 * The long read decodes 1 GiB in chunks of 4 MiB (Zarr zstd, HDF5 gzip) into memory that was touched before. The short
 * reads are rows of 4 KiB of uncompressed arrays, one after the other, all in the page cache. Each round measures the
 * long read alone and with short reads; the first round is discarded. Targets: the p99 of short reads is at most the
 * decode time of one chunk + 10 ms, and the long read loses at most 3 %.
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

/** Returns the milliseconds to read and decode one chunk on one thread. */
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

const shorts = await Promise.all(short.map(open));
let failed = false;
for (const name of long) {
  const array = await open(name);
  await check([...shorts, array]);
  const target = allocate('float32', array.size);
  const oneChunkMs = await chunkMs(array);
  const alone = [];
  const together = [];
  const waits = new Map(shorts.map(({ path }) => [path, []]));
  for (let round = 0; round <= rounds; round++) {
    const aloneMs = await timed(() => array.readInto(target));
    let running = true;
    const reading = timed(() => array.readInto(target)).finally(() => (running = false));
    let reads = 0;
    while (running) {
      const one = shorts[reads % shorts.length];
      const at = [(reads * 7919) % 256, (reads * 104729) % 1024];
      const ms = await timed(() => one.read(at));
      if (round > 0) waits.get(one.path).push(ms);
      // Lets the event loop finish the long read, because short reads of cached data may complete in the same
      // iteration.
      await new Promise((resolve) => setImmediate(resolve));
      reads++;
    }
    const togetherMs = await reading;
    if (round === 0) continue;
    alone.push(aloneMs);
    together.push(togetherMs);
  }
  const loss = median(together) / median(alone) - 1;
  console.log(
    `${name}: alone ${median(alone).toFixed(0)} ms, with short reads ${median(together).toFixed(0)} ms, ` +
      `loss ${(100 * loss).toFixed(1)} %`,
  );
  const limit = oneChunkMs + 10;
  console.log(`  one chunk ${oneChunkMs.toFixed(1)} ms, limit ${limit.toFixed(1)} ms`);
  for (const [path, times] of waits) {
    times.sort((a, b) => a - b);
    const p99 = percentile(times, 0.99);
    failed ||= p99 > limit;
    console.log(
      `  4 KiB of ${path.slice(cache.length + 1)}: ${times.length} reads, ` +
        `p50 ${percentile(times, 0.5).toFixed(2)} ms, p99 ${p99.toFixed(2)} ms, ` +
        `slowest ${times.at(-1).toFixed(2)} ms${p99 > limit ? '  MISSED' : ''}`,
    );
  }
  if (loss > 0.03) console.log('  loss: MISSED');
  failed ||= loss > 0.03;
  await array.close();
}
for (const array of shorts) await array.close();
process.exitCode = failed ? 1 : 0;
