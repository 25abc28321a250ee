// Reduces an array that is larger than the memory, and reads it block by block and row by row. Prints the results and
// the peak memory. Usage: node large-array.mjs PATH [FOLDER], where FOLDER is the cgroup to enter.
import { writeFileSync } from 'node:fs';
import { library } from './library.mjs';

const [path, folder] = process.argv.slice(2);
if (folder !== undefined) writeFileSync(`${folder}/cgroup.procs`, String(process.pid));
const budgetBytes = 32 * 2 ** 20;
const array = await library.openArray(path);
const sum = (await array.reduce('sum', { budgetBytes })).data[0];
const rows = (await array.reduce('max', { axis: 1, budgetBytes })).data;
let elements = 0;
let total = 0;
for await (const { result } of array.blocks({ budgetBytes, maxBytes: 2 ** 22 })) {
  elements += result.data.length;
  for (let i = 0; i < result.data.length; i += 2 ** 17) total += result.data[i];
  result.release();
}
let streamed = 0;
const selections = Array.from({ length: rows.length }, (_, row) => [library.slice(row, row + 1)]);
for await (const { result } of array.stream(selections, { budgetBytes })) {
  streamed += result.data[0];
  result.release();
}
await array.close();
const peakBytes = process.resourceUsage().maxRSS * 1024;
const results = { sum, rows: rows.length, last: rows[rows.length - 1], elements, total, streamed };
console.log(JSON.stringify({ ...results, peakBytes }));
