/** Tests the form `arrow` of `/api/v1/read` with the package `apache-arrow`. */
import { type Data, type DataType, type FixedSizeList, type Table, tableFromIPC } from 'apache-arrow';
import { afterAll, expect, test } from 'vitest';
import { openArray } from '../../lib/index.js';
import { serve } from '../../lib/serve/index.js';
import { npyBytes, npyDict } from '../support/npy-bytes.js';
import { Random, testSeed } from '../support/random.js';
import { writeNpy } from '../support/sample-arrays.js';
import { ask, directory, json, root, server } from './api-samples.js';
import { get } from './requests.js';

afterAll(() => server.close());

async function tableOf(query: Readonly<Record<string, string | number>>): Promise<Table> {
  const found = await ask('read', { ...query, format: 'arrow' });
  expect(found.status, found.text.slice(0, 200)).toBe(200);
  expect(found.headers['content-type']).toBe('application/vnd.apache.arrow.stream');
  expect(found.headers['content-length']).toBe(String(found.body.length));
  return tableFromIPC(found.body);
}

/** Returns the column and the data of its elements. */
function columnOf(table: Table): { readonly column: Data; readonly elements: Data } {
  expect(table.schema.fields.map(({ name, nullable }) => [name, nullable])).toEqual([['values', false]]);
  const column = table.getChild('values')?.data[0] as Data;
  return { column, elements: (column.children[0] as Data<DataType> | undefined) ?? column };
}

const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView): Buffer =>
  Buffer.from(buffer, byteOffset, byteLength);

const seed = testSeed();
const dtypes = [
  ['|i1', 'Int8', 1],
  ['<u2', 'Uint16', 2],
  ['<i4', 'Int32', 4],
  ['<i8', 'Int64', 8],
  ['<u8', 'Uint64', 8],
  ['<f2', 'Float16', 2],
  ['<f4', 'Float32', 4],
  ['<f8', 'Float64', 8],
] as const;
test.each(dtypes)(`sends rows of %s as tensors (seed ${seed})`, async (descr, type, size) => {
  const random = new Random(seed);
  for (const shape of [[7], [5, 3], [2, 3, 5], [1, 1, 1, 9], [0, 3], [3, 0]]) {
    const elements = shape.reduce((all, n) => all * n, 1);
    const bytes = Uint8Array.from({ length: elements * size }, () => random.below(256));
    directory.write('root/typed.npy', npyBytes(npyDict(descr, false, shape), bytes));
    const table = await tableOf({ path: 'typed.npy' });
    expect(table.numRows).toBe(shape[0]);
    const { column, elements: found } = columnOf(table);
    expect(String(found.type)).toBe(type);
    expect(found.nullCount).toBe(0);
    expect(bytesOf(found.values as Uint8Array)).toEqual(Buffer.from(bytes));
    if (shape.length === 1) continue;
    expect((column.type as FixedSizeList).listSize).toBe(
      elements === 0 && shape[1] === 0 ? 0 : product(shape.slice(1)),
    );
    const { metadata } = table.schema.fields[0] ?? {};
    expect(metadata?.get('ARROW:extension:name')).toBe('arrow.fixed_shape_tensor');
    expect(JSON.parse(metadata?.get('ARROW:extension:metadata') ?? '')).toEqual({ shape: shape.slice(1) });
  }
});

function product(shape: readonly number[]): number {
  return shape.reduce((all, n) => all * n, 1);
}

test('packs flags into bits, also across the parts of a large reply', async () => {
  const shape = [3, 1_500_001];
  const flags = Uint8Array.from({ length: product(shape) }, (_, i) => ((i * 7919) % 11) % 2);
  directory.write('root/flags.npy', npyBytes(npyDict('|b1', false, shape), flags));
  await using small = await serve({ roots: [root], port: 0, memoryBytes: 8 << 20 });
  const found = await get(small, '/api/v1/read?path=flags.npy&format=arrow');
  const { elements } = columnOf(tableFromIPC(found.body));
  expect(String(elements.type)).toBe('Bool');
  const bits = elements.values as Uint8Array;
  expect(flags.findIndex((flag, i) => flag !== (((bits[i >> 3] ?? 0) >> (i & 7)) & 1))).toBe(-1);
});

test('sends complex numbers as tensors with a last dimension of two parts', async () => {
  const parts = Float32Array.from({ length: 12 }, (_, i) => i / 4);
  directory.write('root/complex.npy', npyBytes(npyDict('<c8', false, [2, 3]), new Uint8Array(parts.buffer)));
  const table = await tableOf({ path: 'complex.npy' });
  expect(table.numRows).toBe(2);
  const { metadata } = table.schema.fields[0] ?? {};
  expect(JSON.parse(metadata?.get('ARROW:extension:metadata') ?? '')).toEqual({ shape: [3, 2] });
  expect(columnOf(table).elements.values).toEqual(parts);
});

test('sends an element without dimensions as one row', async () => {
  const table = await tableOf({ path: 'a.npy', selection: '1,2' });
  expect([table.numRows, table.get(0)?.toJSON()]).toEqual([1, { values: 202 }]);
});

test('sends large replies in parts', async () => {
  const path = writeNpy(directory, 'root/parts.npy', [700, 4001]);
  await using small = await serve({ roots: [root], port: 0, memoryBytes: 8 << 20 });
  const found = await get(small, '/api/v1/read?path=parts.npy&format=arrow');
  await using array = await openArray(path);
  const values = columnOf(tableFromIPC(found.body)).elements.values as Float32Array;
  expect(bytesOf(values).equals(bytesOf((await array.read()).data))).toBe(true);
});

test('sends decimated and converted elements', async () => {
  const cells = await tableOf({ path: 'a.npy', maxPixels: 600, reduce: 'mean' });
  expect([cells.numRows, columnOf(cells).elements.values.length]).toEqual([30, 600]);
  const plain = json(await ask('read', { path: 'a.npy', maxPixels: 600, reduce: 'mean', format: 'json' }));
  expect([...columnOf(cells).elements.values]).toEqual(plain['data']);
  const nearest = await tableOf({ path: 'a.npy', maxPixels: 600, as: 'float64' });
  expect(String(columnOf(nearest).elements.type)).toBe('Float64');
});
