/**
 * Computes the mean of the values that are not missing, with a mask: node masked-mean.ts PATH ARRAY
 */
import { readSubset } from 'posix-par';

const [, , path = 't2m.nc', array = 't2m'] = process.argv;
const { data, mask } = await readSubset(path, '...', { array, decode: 'cf', as: 'float64', mask: true });
let [sum, count] = [0, 0];
data.forEach((value, i) => {
  if (mask[i] === 1) return;
  sum += value;
  count += 1;
});
console.log(JSON.stringify({ mean: sum / count, missing: data.length - count }));
