/**
 * Whether two stores hold the same array, in whatever formats: node compare-stores.ts PATH PATH
 *
 * Both are read slab by slab; the first difference is named.
 */
import { openArray, slice } from 'posix-par';

const [, , first = '', second = ''] = process.argv;
await using a = await openArray(first);
await using b = await openArray(second);
if (a.dtype !== b.dtype || a.shape.join() !== b.shape.join()) {
  console.log(`different: ${a.dtype} [${a.shape.join(', ')}] and ${b.dtype} [${b.shape.join(', ')}]`);
  process.exit(1);
}
const bytes = (data: ArrayBufferView) => Buffer.from(data.buffer, data.byteOffset, data.byteLength);
const rows = Math.max(1, b.chunkShape[0] ?? 1);
for (let from = 0; from < (a.shape[0] ?? 1); from += rows) {
  const selection = a.shape.length === 0 ? null : [slice(from, from + rows)];
  const [left, right] = await Promise.all([a.read(selection), b.read(selection)]);
  if (bytes(left.data).equals(bytes(right.data))) continue;
  let at = 0;
  while (Object.is(left.data[at], right.data[at])) at += 1;
  const index = left.strides.map((stride, d) => Math.floor(at / stride) % (left.shape[d] ?? 1));
  index[0] = (index[0] ?? 0) + from;
  console.log(`different at [${index.join(', ')}]: ${left.data[at]} and ${right.data[at]}`);
  process.exit(1);
}
console.log(`equal: ${a.dtype} [${a.shape.join(', ')}] as ${a.format} and as ${b.format}`);
