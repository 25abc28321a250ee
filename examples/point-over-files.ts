/**
 * Reads one point of each .npy file, in the order of the file names: node point-over-files.ts DIRECTORY Y X
 *
 * At most 16 files are open at a time.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readSubset } from 'posix-par';

const [, , directory = '.', y = '0', x = '0'] = process.argv;
const files = readdirSync(directory)
  .filter((name) => name.endsWith('.npy'))
  .sort();
const values = new Float64Array(files.length);
let next = 0;
const reader = async () => {
  for (let i = next++; i < files.length; i = next++) {
    const { data } = await readSubset(join(directory, files[i] ?? ''), [Number(y), Number(x)], { as: 'float64' });
    values[i] = data[0] ?? Number.NaN;
  }
};
await Promise.all(Array.from({ length: 16 }, reader));
console.log(JSON.stringify([...values]));
