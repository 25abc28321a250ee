/**
 * Computes the mean of each calendar month over all years, without missing values: node monthly-mean.ts PATH ARRAY
 *
 * The first axis of the array counts months. The next month is read while the current month is summed.
 */
import { openArray } from 'posix-par';

const [, , path = 't2m.nc', array = 't2m'] = process.argv;
const months = await openArray(path, { array });
const count = months.shape[0] ?? 0;
const sums = new Float64Array(12);
const counts = new Float64Array(12);
const read = (month: number) => months.read([month], { decode: 'cf', as: 'float64' });
let next = read(0);
for (let month = 0; month < count; month++) {
  const { data } = await next;
  if (month + 1 < count) next = read(month + 1);
  for (const value of data) {
    if (Number.isNaN(value)) continue;
    sums[month % 12] = (sums[month % 12] ?? 0) + value;
    counts[month % 12] = (counts[month % 12] ?? 0) + 1;
  }
}
await months.close();
console.log(JSON.stringify(Array.from(sums, (sum, month) => sum / (counts[month] ?? 0))));
