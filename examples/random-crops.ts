/**
 * Draws random crops in one call: node random-crops.ts PATH [COUNT] [SIZE] [SEED]
 *
 * Each encoded chunk is read and decoded once, however many crops need it.
 */
import { openArray, slice } from 'posix-par';

const [, , path = 'volume.npy', count = '16', size = '8', seed = '1'] = process.argv;
const volume = await openArray(path);
const edge = Number(size);
let state = Number(seed) >>> 0;

/** Returns an integer from 0 to `below` - 1; the same sequence for the same seed. */
function random(below: number): number {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return Math.floor((state / 2 ** 32) * below);
}

const starts = Array.from({ length: Number(count) }, () => volume.shape.map((extent) => random(extent - edge + 1)));
const crops = await volume.readMany(
  starts.map((start) => start.map((from) => slice(from, from + edge))),
  { as: 'float64' },
);
const sums = crops.results.map((crop) => crop.data.reduce((sum, value) => sum + value, 0));
console.log(JSON.stringify({ shape: crops.shape, starts, sums }));
await volume.close();
