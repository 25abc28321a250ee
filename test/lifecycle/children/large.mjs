// Reads an array of more than 4 GiB as a whole and in parts. Arguments: [path of a sparse file, number of float64
// elements, JSON array of the indices of marked elements]. The marked element with index i is i + 1; all others are 0.
import { check, library } from './library.mjs';

const [, , path, count, marks] = process.argv;
const elements = Number(count);
const marked = JSON.parse(marks);
const { openArray, readSubset, slice } = library;
const options = { format: 'raw', dtype: 'float64', shape: [elements] };

/** Checks the marked elements in `data`, which contains every `step`-th element of the array from index `from` on. */
function checkPart(data, from, step) {
  for (const i of marked) {
    if (i < from || (i - from) % step !== 0) continue;
    const at = (i - from) / step;
    if (at < data.length) check(data[at] === i + 1, `${i + 1} at ${at}, found ${data[at]}`);
  }
}

const array = await openArray(path, options);
{
  const { data, stats } = await array.read();
  check(data.length === elements && data.byteLength === 8 * elements, `one array of ${8 * elements} bytes`);
  check(stats.bytesRead === 8 * elements, `${8 * elements} bytes read, found ${stats.bytesRead}`);
  checkPart(data, 0, 1);
  let others = 0;
  for (let i = 0; i < elements; i += 4099) if (data[i] !== 0 && !marked.includes(i)) others += 1;
  check(others === 0, `nothing elsewhere, found ${others}`);
  // Reads all elements in reverse order into the same memory, across the offsets of 2 and 4 GiB.
  const reversed = await array.readInto(data, [slice(null, null, -1)]);
  for (const i of marked) check(reversed.data[elements - 1 - i] === i + 1, `${i + 1}, backwards`);
}
const far = array.readSync([slice(elements - 3000, null)]);
checkPart(far.data, elements - 3000, 1);
await array.close();

// Reads the file as uint8, so the result has 8 times as many elements. If the runtime does not support a typed array of
// this length, the error must say so.
const bytes = { format: 'raw', dtype: 'uint8', shape: [8 * elements] };
try {
  const { data } = await readSubset(path, null, bytes);
  check(data.length === 8 * elements, 'all bytes');
  console.log('bytes read');
} catch (error) {
  console.log(`${error.name}: ${error.message}`);
}
