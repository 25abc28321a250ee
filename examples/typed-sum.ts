/**
 * Sums an array of real numbers: node typed-sum.ts PATH
 *
 * `is()` narrows the type of `data`, so that 64-bit integers are added exactly, as bigints.
 */
import { openArray } from 'posix-par';

const [, , path = 'volume.npy'] = process.argv;
const array = await openArray(path);
if (array.is('bigint')) {
  const { data } = await array.read();
  let sum = 0n;
  for (const value of data) sum += value;
  console.log(`${array.dtype} ${sum}`);
} else if (array.is('number')) {
  const { data } = await array.read('...', { as: 'float64' });
  let sum = 0;
  for (const value of data) sum += value;
  console.log(`${array.dtype} ${sum}`);
} else {
  console.log(`${array.dtype}: sums of complex numbers are left to you`);
}
await array.close();
