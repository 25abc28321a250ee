/**
 * Prints the mean of each window of ROWS consecutive rows, one after the other: node cached-windows.ts PATH [ROWS]
 *
 * The windows overlap. A cache keeps the decoded chunks, so each chunk is decoded once, although each window is a read
 * of its own. The loop can stop at any window and uses the memory of one window and the cache.
 */
import { createChunkCache, openArray, slice } from 'posix-par';

const [, , path = 'volume.npy', rows = '6'] = process.argv;
const chunkCache = createChunkCache({ bytes: 256 * 2 ** 20 });
const array = await openArray(path, { chunkCache });
const width = Number(rows);
for (let first = 0; first + width <= (array.shape[0] ?? 0); first++) {
  const window = await array.read([slice(first, first + width)], { as: 'float64' });
  console.log(window.data.reduce((sum, value) => sum + value, 0) / window.data.length);
  window.release();
}
const { hits, misses } = chunkCache.usage;
console.log(`${misses} chunks decoded, ${hits} found in the cache`);
await array.close();
chunkCache.close();
