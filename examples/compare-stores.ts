/**
 * Checks if two stores contain the same array, in any formats: node compare-stores.ts PATH PATH
 *
 * Reads both arrays slab by slab and prints the first difference.
 */
import { type ArrayHandle, openArray, slice } from 'posix-par';

const bytes = (data: ArrayBufferView) => Buffer.from(data.buffer, data.byteOffset, data.byteLength);

async function differenceOf(a: ArrayHandle, b: ArrayHandle): Promise<string | null> {
  if (a.dtype !== b.dtype || a.shape.join() !== b.shape.join()) {
    return `different: ${a.dtype} [${a.shape.join(', ')}] and ${b.dtype} [${b.shape.join(', ')}]`;
  }
  const rows = Math.max(1, b.chunkShape[0] ?? 1);
  for (let from = 0; from < (a.shape[0] ?? 1); from += rows) {
    const selection = a.shape.length === 0 ? null : [slice(from, from + rows)];
    const [left, right] = await Promise.all([a.read(selection), b.read(selection)]);
    if (bytes(left.data).equals(bytes(right.data))) continue;
    let at = 0;
    while (Object.is(left.data[at], right.data[at])) at += 1;
    const index = left.strides.map((stride, d) => Math.floor(at / stride) % (left.shape[d] ?? 1));
    index[0] = (index[0] ?? 0) + from;
    return `different at [${index.join(', ')}]: ${left.data[at]} and ${right.data[at]}`;
  }
  return null;
}

const [, , first = '', second = ''] = process.argv;
const a = await openArray(first);
const b = await openArray(second);
const difference = await differenceOf(a, b);
console.log(difference ?? `equal: ${a.dtype} [${a.shape.join(', ')}] as ${a.format} and as ${b.format}`);
process.exitCode = difference === null ? 0 : 1;
await Promise.all([a.close(), b.close()]);
