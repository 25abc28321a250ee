/**
 * Computes the mean over the first axis of an array that may be larger than memory: node mean-along-axis.ts PATH [ROWS]
 *
 * Reads slabs of ROWS into two buffers alternately: the native threads fill one buffer while this program sums the
 * other.
 */
import { allocate, openArray, slice } from 'posix-par';

const [, , path = 'volume.npy', rowsText = '16'] = process.argv;
const array = await openArray(path);
const [count = 0, ...rest] = array.shape;
const rows = Math.min(count, Number(rowsText));
const size = rest.reduce((product, extent) => product * extent, 1);
const buffers = [allocate('float64', rows * size), allocate('float64', rows * size)];
const sums = new Float64Array(size);

const start = (slab: number) => {
  const from = slab * rows;
  const length = Math.min(rows, count - from);
  const target = buffers[slab % 2]?.subarray(0, length * size);
  if (target === undefined) throw new Error('There are two buffers');
  return array.readInto(target, [slice(from, from + length)], { as: 'float64' });
};

const slabs = Math.ceil(count / rows);
let next = start(0);
for (let slab = 0; slab < slabs; slab++) {
  const { data } = await next;
  if (slab + 1 < slabs) next = start(slab + 1);
  for (let i = 0; i < data.length; i++) sums[i % size] = (sums[i % size] ?? 0) + Number(data[i]);
}
await array.close();
const means = sums.map((sum) => sum / count);
console.log(`mean over axis 0 of ${path}: shape [${rest.join(', ')}], first ${means[0]}, last ${means.at(-1)}`);
