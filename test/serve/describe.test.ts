/** Compares descriptions, texts and records of `/api/v1` with h5py. */
import { tableFromIPC } from 'apache-arrow';
import { afterAll, describe, expect, test } from 'vitest';
import { serve } from '../../lib/serve/index.js';
import { mismatches, type SharedSchemas } from '../support/json-schema.js';
import { pythonMissing, runPython } from '../support/python.js';
import { TemporaryDirectory } from '../support/temporary.js';
import { type Answer, get } from './requests.js';

const directory = new TemporaryDirectory();
const root = pythonMissing === null ? directory.at('root') : directory.path;
if (pythonMissing === null) runPython('test/serve/write_h5grove.py', root);
const server = await serve({ roots: [root], port: 0 });
afterAll(() => server.close());

/** What h5py says about an object, in the words of the server. */
interface Expected {
  readonly description: Readonly<Record<string, unknown>>;
  /** Elements in C order. Absent if there are none. */
  readonly data?: readonly unknown[];
  /** Elements of each field of records that holds numbers: bytes in base64. */
  readonly fields?: Readonly<
    Record<string, { readonly dtype: string; readonly shape: string; readonly bytes: string }>
  >;
}
const expected = (
  pythonMissing === null ? JSON.parse(runPython('test/serve/describe_expected.py', `${root}/run.h5`)) : {}
) as Readonly<Record<string, Expected>>;

function ask(route: string, query: Readonly<Record<string, string>>): Promise<Answer> {
  return get(server, `/api/v1/${route}?${new URLSearchParams(query)}`);
}
const parse = ({ text }: Answer): Record<string, unknown> => JSON.parse(text) as Record<string, unknown>;
const serverPath = (path: string): string => `run.h5${path === '/' ? '' : path}`;

/** Returns a description with lists in the order of names. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) {
    const items = value.map(sorted);
    const isNamed = items.every((item) => typeof item === 'object' && item !== null && 'name' in item);
    const key = (item: unknown): string => String((item as { readonly name: string }).name);
    return isNamed ? items.sort((a, b) => (key(a) < key(b) ? -1 : 1)) : items;
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, sorted(item)]));
}

describe.skipIf(pythonMissing !== null)(`objects of a file of h5py ${pythonMissing ?? ''}`, () => {
  test('describes types, shapes, attributes, members and targets of links', async () => {
    const { components } = parse(await get(server, '/api/v1/openapi.json')) as {
      components: { schemas: SharedSchemas };
    };
    const { paths } = parse(await get(server, '/api/v1/openapi.json')) as {
      paths: Record<string, { get: { responses: { '200': { content: Record<string, { schema: object }> } } } }>;
    };
    const schema = paths['/api/v1/describe']?.get.responses['200'].content['application/json']?.schema ?? {};
    expect(Object.keys(expected).length).toBeGreaterThan(40);
    for (const [path, { description }] of Object.entries(expected)) {
      const answer = await ask('describe', { path: serverPath(path) });
      expect(answer.status, path).toBe(200);
      expect(sorted(parse(answer)), path).toEqual(sorted(description));
      expect(mismatches(schema, parse(answer), path, components.schemas)).toEqual([]);
    }
  });

  test('sends texts, records, sequences and numbers as JSON', async () => {
    const kinds = new Set<unknown>();
    for (const [path, { data }] of Object.entries(expected)) {
      if (data === undefined) continue;
      const found = parse(await ask('read', { path: serverPath(path), format: 'json' }));
      // JSON.stringify writes -0 as 0.
      expect(found['data'], path).toEqual(JSON.parse(JSON.stringify(data)));
      kinds.add(found['dtype']);
    }
    expect([...kinds]).toEqual(expect.arrayContaining(['text', 'record', 'sequence', 'float64']));
    const records = { path: 'run.h5/more/records', format: 'json' };
    const { data } = expected['/more/records'] ?? { data: [] };
    expect(parse(await ask('read', { ...records, selection: '1,::2' }))).toEqual({
      dtype: 'record',
      shape: [2],
      fields: ['id', 'ok', 'x', 'name', 'z', 'in'],
      data: [data?.[3], data?.[5]],
    });
    const texts = { path: 'run.h5/more/texts', selection: '0', format: 'json' };
    expect(parse(await ask('read', texts))).toEqual({ dtype: 'text', shape: [2], data: ['a', 'Größe'] });
  });

  test('sends the numbers of one field in every format of numbers', async () => {
    let compared = 0;
    for (const [path, { fields = {} }] of Object.entries(expected)) {
      for (const [field, { dtype, shape, bytes }] of Object.entries(fields)) {
        const query = { path: serverPath(path), field };
        const found = await ask('read', query);
        expect([found.headers['x-dtype'], found.headers['x-shape']], `${path} ${field}`).toEqual([dtype, shape]);
        expect(found.body.toString('base64'), `${path} ${field}`).toBe(bytes);
        for (const format of ['npy', 'arrow']) expect((await ask('read', { ...query, format })).status).toBe(200);
        compared += 1;
      }
    }
    expect(compared).toBeGreaterThan(8);
    const mean = { path: 'run.h5/more/records', field: 'x', selection: '0', as: 'float64', format: 'json' };
    expect(parse(await ask('read', mean))).toMatchObject({ shape: [3, 2], data: [0, 0.25, 0.5, 0.75, 1, 1.25] });
    const label = { path: 'run.h5/more/mixed', field: 'label', format: 'json' };
    expect(parse(await ask('read', label))).toEqual({ dtype: 'text', shape: [2], data: ['one', 'zwei'] });
  });

  test('sends texts as Apache Arrow', async () => {
    let compared = 0;
    for (const [path, { data }] of Object.entries(expected)) {
      const query = { path: serverPath(path) };
      const plain = parse(await ask('read', { ...query, format: 'json' }));
      if (plain['dtype'] !== 'text') continue;
      const answer = await ask('read', { ...query, format: 'arrow' });
      expect([answer.status, answer.headers['content-type']], path).toEqual([
        200,
        'application/vnd.apache.arrow.stream',
      ]);
      const table = tableFromIPC(answer.body);
      const column = table.getChild('values');
      const [rows = 1, ...inner] = plain['shape'] as number[];
      expect(table.numRows, path).toBe(rows);
      expect(column?.nullCount).toBe(0);
      const values = [...(column ?? [])].flatMap((row: unknown) =>
        inner.length === 0 ? [row] : [...(row as Iterable<unknown>)],
      );
      expect(values, path).toEqual(data);
      compared += 1;
    }
    expect(compared).toBeGreaterThan(4);
    const label = { path: 'run.h5/more/mixed', field: 'label', format: 'arrow' };
    const table = tableFromIPC((await ask('read', label)).body);
    expect([...(table.getChild('values') ?? [])]).toEqual(['one', 'zwei']);
  });

  test('has an ETag that depends on the field', async () => {
    const [whole, id, x] = await Promise.all(
      [{}, { field: 'id' }, { field: 'x' }].map((more) =>
        ask('read', { path: 'run.h5/more/records', format: 'json', ...more }),
      ),
    );
    const tags = [whole, id, x].map((answer) => answer?.headers.etag);
    expect(new Set(tags).size).toBe(3);
    expect(tags).not.toContain(undefined);
    const condition = { headers: { 'if-none-match': String(tags[0]) } };
    const again = await get(server, '/api/v1/read?path=run.h5/more/records&format=json', condition);
    expect(again.status).toBe(304);
  });

  test('lists the paths of all objects in a group', async () => {
    const known = Object.keys(expected).filter((path) => path !== '/');
    const all = parse(await ask('paths', { path: 'run.h5' }))['paths'] as string[];
    expect(all.map((path) => `/${path}`).sort()).toEqual(known.sort());
    expect(parse(await ask('paths', { path: 'run.h5/g/inner' }))['paths']).toContain('d0');
  });

  test.each([
    [{ path: 'run.h5/more/texts' }, 422, 'UnsupportedError'],
    [{ path: 'run.h5/more/records', format: 'npy' }, 422, 'UnsupportedError'],
    [{ path: 'run.h5/more/sequences', format: 'arrow' }, 422, 'UnsupportedError'],
    [{ path: 'run.h5/more/records', format: 'json', as: 'float32' }, 400, 'InvalidParameter'],
    [{ path: 'run.h5/more/records', format: 'json', maxPixels: '4' }, 400, 'InvalidParameter'],
    [{ path: 'run.h5/more/records', field: 'none' }, 400, 'InvalidParameter'],
    [{ path: 'run.h5/more/records', field: 'in' }, 400, 'InvalidParameter'],
    [{ path: 'run.h5/chunked', field: 'x' }, 400, 'InvalidParameter'],
    [{ path: 'run.h5/more/mixed', field: 'label', format: 'npy' }, 422, 'UnsupportedError'],
    [{ path: 'run.h5/more/records', selection: '9', format: 'json' }, 400, 'SelectionError'],
  ])('refuses to read %j', async (query, status, tag) => {
    const answer = await ask('read', query as Readonly<Record<string, string>>);
    expect(parse(answer)).toMatchObject({ status, tag, detail: expect.not.stringMatching(/options\.|run\.h5/) });
  });

  test('refuses to describe what does not exist', async () => {
    expect((await ask('describe', { path: 'run.h5/none' })).status).toBe(404);
    expect((await ask('describe', { path: 'none.h5' })).status).toBe(404);
    expect(parse(await ask('paths', { path: 'one.npy' }))).toMatchObject({ status: 404, tag: 'NotAGroup' });
  });

  test('describes arrays of other formats', async () => {
    expect(parse(await ask('describe', { path: 'one.npy' }))).toEqual({
      kind: 'array',
      name: '',
      format: 'npy',
      shape: [2, 3],
      type: { kind: 'float', size: 4, byteOrder: 'little' },
      chunks: null,
      filters: [],
      dimensionNames: null,
      attributes: [],
    });
    expect(parse(await ask('describe', {}))).toEqual({
      kind: 'directory',
      members: [
        { kind: 'store', name: 'one.npy' },
        { kind: 'store', name: 'run.h5' },
      ],
    });
  });
});
