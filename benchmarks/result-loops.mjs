/**
 * Compares three loops of reads: each read gets new memory (`fresh`), each read gets memory that the caller releases
 * afterwards (`using`), or all reads fill the same typed array (`into`).
 *
 * Usage: node benchmarks/result-loops.mjs [ROUNDS] [NAME MIB]
 *
 * Each data set and size is one cell with its own process. In each round of a cell, the three loops alternate, and each
 * of them reads the first planes of the array several times. The first rounds are dropped. Prints medians of wall-clock
 * time and of processor time, as ratios to `into`. Checks first that all loops read the same data.
 */
import { execFileSync } from 'node:child_process';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { median } from './runner/measures.mjs';
import { cache, python, root } from './runner/places.mjs';

const [rounds = '10', name, mib] = process.argv.slice(2);
const names = ['f4.npy', 'f4-none.zarr', 'f4-blosc.zarr'];
const sizes = [4, 16, 64, 1024];
const droppedRounds = 3;
const mibPerPlane = 4;

/** Measures one cell and prints its ratios. */
async function measure() {
  const { allocate, memoryUsage, openArray, slice } = await import(join(root, 'dist/index.js'));
  const array = await openArray(join(cache, name));
  const box = [slice(0, Number(mib) / mibPerPlane)];
  const elements = (Number(mib) * 2 ** 20) / 4;
  const target = allocate('float32', elements);
  const loops = {
    into: async () => (await array.readInto(target, box)).data[7],
    fresh: async () => (await array.read(box)).data[7],
    using: async () => {
      const result = await array.read(box);
      const value = result.data[7];
      result.release();
      return value;
    },
  };
  await loops.into();
  for (let i = 0; i < 3; i++) {
    const result = await array.read(box);
    if (
      Buffer.compare(
        Buffer.from(result.data.buffer, 0, 4 * elements),
        Buffer.from(target.buffer, target.byteOffset, 4 * elements),
      ) !== 0
    )
      throw new Error(`${name}: the result differs from that of readInto`);
    result.release();
  }
  const reads = Math.max(1, Math.min(32, Math.round(256 / Number(mib))));
  const times = Object.fromEntries(Object.keys(loops).map((loop) => [loop, { wall: [], cpu: [] }]));
  for (let round = 0; round < Number(rounds) + droppedRounds; round++) {
    for (const [loop, read] of Object.entries(loops)) {
      const [start, before] = [performance.now(), process.cpuUsage()];
      for (let i = 0; i < reads; i++) await read();
      const { user, system } = process.cpuUsage(before);
      if (round < droppedRounds) continue;
      times[loop].wall.push((performance.now() - start) / reads);
      times[loop].cpu.push((user + system) / 1000 / reads);
    }
  }
  const ratio = (loop, kind) => (median(times[loop][kind]) / median(times.into[kind])).toFixed(2);
  const rest = Object.keys(loops).slice(1);
  const columns = rest.flatMap((loop) => [`${loop} ${ratio(loop, 'wall')}`, `(cpu ${ratio(loop, 'cpu')})`]);
  const { hits, misses } = memoryUsage().resultPool;
  console.log(`${name} ${mib} MiB: ${columns.join(' ')}; recycled ${hits} of ${hits + misses}`);
}

if (name !== undefined && mib !== undefined) {
  await measure();
} else {
  execFileSync(python, [join(root, 'benchmarks/data/make.py'), cache, ...names], { stdio: 'inherit' });
  console.log(`load ${loadavg()[0].toFixed(1)}; ratios to readInto`);
  for (const cell of names.flatMap((data) => sizes.map((size) => [data, String(size)]))) {
    execFileSync(process.execPath, [fileURLToPath(import.meta.url), rounds, ...cell], { stdio: 'inherit' });
  }
}
