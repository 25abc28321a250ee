/**
 * Computes the mean of each window of ROWS consecutive rows: node sliding-window.ts PATH [ROWS]
 *
 * The windows overlap. Because one call reads all of them, each chunk is decoded only once.
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
