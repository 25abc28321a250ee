/**
 * Mean of each window of some rows, step 1: node sliding-window.ts PATH [ROWS]
 *
 * The windows overlap. In one call, each chunk is decoded once.
 */
import { openArray, slice } from 'posix-par';

const [, , path = 'volume.npy', rows = '6'] = process.argv;
const array = await openArray(path);
const width = Number(rows);
const windows = Array.from({ length: (array.shape[0] ?? 0) - width + 1 }, (_, first) => [slice(first, first + width)]);
const { results, stats } = await array.readMany(windows, { as: 'float64' });
console.log(JSON.stringify(results.map(({ data }) => data.reduce((sum, value) => sum + value, 0) / data.length)));
process.stderr.write(`${stats.chunks} chunks for ${windows.length} windows\n`);
await array.close();
