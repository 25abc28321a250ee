/** Compares the routes of `/h5grove` with h5grove itself. */
import { afterAll, describe, expect, test } from 'vitest';
import { serve } from '../../lib/serve/index.js';
import { pythonMissing, runPython } from '../support/python.js';
import { writeNpy } from '../support/sample-arrays.js';
import { TemporaryDirectory } from '../support/temporary.js';
import { type Answer, get } from './requests.js';

const directory = new TemporaryDirectory();
const root = pythonMissing === null ? directory.at('root') : directory.path;
if (pythonMissing === null) runPython('test/serve/write_h5grove.py', root);
const server = await serve({ roots: [root], port: 0 });
afterAll(() => server.close());

/** Replies of h5grove about one path. Base64 for bytes; null if h5grove refuses. */
interface Replies {
  readonly meta: Record<string, unknown>;
  readonly links: Readonly<Record<'none' | 'only_valid' | 'all', Record<string, unknown> | null>>;
  readonly attr?: unknown;
  /** Bytes as numpy has them. */
  readonly bin?: string | null;
  readonly safe?: string | null;
  readonly npy?: string | null;
  readonly csv?: string | null;
  readonly json?: unknown;
  readonly flat?: unknown;
  readonly stats?: Record<string, number>;
}
const { replies, paths, below } = (
  pythonMissing === null
    ? JSON.parse(runPython('test/serve/h5grove_replies.py', `${root}/run.h5`))
    : { replies: {}, paths: [], below: [] }
) as { replies: Record<string, Replies>; paths: string[]; below: string[] };

/** Datasets of the file, and what h5grove replies about them. */
const datasets = Object.entries(replies).filter(([, { json }]) => json !== undefined);

/** Asks a route about an object. */
function ask(route: string, path: string, more = '', file = 'run.h5'): Promise<Answer> {
  return get(server, `/h5grove/${route}?file=${file}&path=${encodeURIComponent(path)}${more}`);
}
const json = ({ text }: Answer): unknown => JSON.parse(text);

/** Sorts lists by name. */
function comparable(meta: Record<string, unknown>): Record<string, unknown> {
  const { children, attributes, ...rest } = meta;
  const list = (children as Record<string, unknown>[] | undefined)?.map(comparable);
  const byName = (a: Record<string, unknown>, b: Record<string, unknown>): number =>
    String(a['name']) < String(b['name']) ? -1 : 1;
  return {
    ...rest,
    ...(list === undefined ? {} : { children: list.sort(byName) }),
    ...(attributes === undefined ? {} : { attributes: (attributes as Record<string, unknown>[]).sort(byName) }),
  };
}

/** Returns the description in the header of a file of NumPy without white space, and the elements in base64. */
function npyParts(file: Buffer): readonly [header: string, data: string] {
  const [at, length] = file[6] === 1 ? [10, file.readUInt16LE(8)] : [12, file.readUInt32LE(8)];
  const header = file
    .subarray(at, at + length)
    .toString('latin1')
    .replace(/\s/g, '');
  return [header, file.subarray(at + length).toString('base64')];
}

describe.skipIf(pythonMissing !== null)(`h5grove ${pythonMissing ?? ''}`, () => {
  test('describes groups, arrays, types, links and attributes in the same way', async () => {
    expect(paths.length).toBeGreaterThan(40);
    for (const [path, { meta }] of Object.entries(replies)) {
      const found = json(await ask('meta', path)) as Record<string, unknown>;
      expect(comparable(found), path).toEqual(comparable(meta));
    }
  });

  test('follows the links that resolve_links names', async () => {
    for (const [path, { links }] of Object.entries(replies)) {
      for (const [mode, meta] of Object.entries(links)) {
        const answer = await ask('meta', path, `&resolve_links=${mode}`);
        const found = json(answer) as Record<string, unknown>;
        if (meta === null)
          expect([answer.status, found], path).toEqual([404, { message: expect.stringMatching(/^Cannot resolve/) }]);
        else expect(comparable(found), `${path} ${mode}`).toEqual(comparable(meta));
      }
    }
    expect(replies['/soft']?.links.all).toBeNull();
    expect((await ask('meta', '/types', '&resolve_links=maybe')).status).toBe(422);
    expect((await ask('paths', '/', '&resolve_links=all')).status).toBe(404);
  });

  test('sends the same attributes', async () => {
    for (const [path, { attr }] of Object.entries(replies)) {
      if (attr !== undefined) expect(json(await ask('attr', path)), path).toEqual(attr);
    }
    const chosen = await ask('attr', '/chunked', '&attr_keys=units&attr_keys=count');
    expect(json(chosen)).toEqual({ units: 'K', count: 7 });
  });

  test('sends the same elements as JSON', async () => {
    expect(datasets.length).toBeGreaterThan(30);
    for (const [path, { json: given, flat: givenFlat }] of datasets) {
      // JSON.stringify writes -0 as 0.
      const [nested, flat] = JSON.parse(JSON.stringify([given, givenFlat])) as [unknown, unknown];
      expect(json(await ask('data', path)), path).toEqual(nested);
      expect(json(await ask('data', path, '&flatten=true')), path).toEqual(flat);
    }
    const rows = replies['/more/records']?.json as unknown[][] | undefined;
    expect(json(await ask('data', '/more/records', '&selection=1,:'))).toEqual(rows?.[1]);
    expect(json(await ask('data', '/more/texts', '&selection=0,1'))).toBe('Größe');
  });

  test('sends the same bytes', async () => {
    const refused: string[] = [];
    for (const [path, { bin, safe }] of datasets) {
      const bytes = await ask('data', path, '&format=bin');
      if (bytes.status !== 200) refused.push(path);
      else expect(bytes.body.toString('base64'), path).toBe(bin);
      const converted = await ask('data', path, '&format=bin&dtype=safe');
      if (safe === null) expect(converted.status, path).toBe(422);
      else expect(converted.body.toString('base64'), path).toBe(safe);
    }
    // Elements that numpy has outside of the array: h5grove sends pointers.
    expect(refused.sort()).toEqual([
      '/more/ascii',
      '/more/mixed',
      '/more/null',
      '/more/sequences',
      '/more/text',
      '/more/texts',
      '/types',
    ]);
    const slice = await ask('data', '/chunked', '&format=bin&dtype=safe&selection=3,:');
    expect(slice.headers['content-length']).toBe(String(slice.body.length));
    expect([...new Float64Array(new Uint8Array(slice.body).buffer)].slice(0, 2)).toEqual([20, 21]);
  });

  test('sends the same files of NumPy and CSV', async () => {
    let compared = 0;
    for (const [path, { npy, csv }] of datasets) {
      const array = await ask('data', path, '&format=npy');
      if (npy === null) expect(array.status, path).toBe(422);
      else expect(npyParts(array.body), path).toEqual(npyParts(Buffer.from(String(npy), 'base64')));
      const table = await ask('data', path, '&format=csv');
      if (csv === null) expect(table.status, path).toBe(422);
      else expect(table.text, path).toBe(Buffer.from(String(csv), 'base64').toString());
      if (csv !== null) expect(table.headers['content-disposition']).toBe('attachment; filename="data.csv"');
      compared += npy === null || csv === null ? 0 : 1;
    }
    expect(compared).toBeGreaterThan(20);
  });

  test('writes TIFF files that tifffile reads', async () => {
    const planes: { readonly file: string; readonly shape: readonly number[]; readonly data: string }[] = [];
    for (const dtype of ['uint8', 'int16', 'float32', 'float64', 'int32'] as const) {
      const name = `plane-${dtype}.npy`;
      writeNpy(directory, `root/${name}`, [7, 5], { dtype, value: (i: number) => i - 3 });
      const { status, body } = await ask('data', '/data', '&format=tiff', name);
      expect(status, dtype).toBe(200);
      const { body: plain } = await ask('data', '/data', '&format=bin', name);
      planes.push({ file: directory.write(`${name}.tiff`, body), shape: [7, 5], data: plain.toString('base64') });
    }
    const files = planes.map(({ file }) => file);
    const read = JSON.parse(runPython('test/serve/read_tiff.py', ...files)) as { shape: number[]; data: string }[];
    expect(read.map(({ shape, data }) => ({ shape, data }))).toEqual(
      planes.map(({ shape, data }) => ({ shape, data })),
    );
  });

  test('computes the same statistics', async () => {
    for (const [path, { stats, meta }] of Object.entries(replies)) {
      if (stats === undefined) continue;
      const type = meta['type'] as { readonly class: number; readonly size: number };
      const found = json(await ask('stats', path)) as Record<string, number | null>;
      expect(Object.keys(found).sort(), path).toEqual(Object.keys(stats).sort());
      for (const [name, value] of Object.entries(stats)) {
        // h5grove computes mean and deviation in the type of the array, where integers lose their fraction.
        const isExact = (type.class === 1 && type.size === 8) || !['mean', 'std'].includes(name);
        const tolerance = isExact ? 1e-9 * Math.max(1, Math.abs(value)) : 1;
        if (value === null) expect(found[name], `${path} ${name}`).toBeNull();
        else expect(Math.abs((found[name] ?? Number.NaN) - value), `${path} ${name}`).toBeLessThan(tolerance);
      }
    }
  });

  test('lists all paths', async () => {
    expect((json(await ask('paths', '/')) as string[]).sort()).toEqual([...paths].sort());
    expect((json(await ask('paths', '/g')) as string[]).sort()).toEqual([...below].sort());
    expect(json(await get(server, '/h5grove/'))).toBe('ok');
  });

  test('shows a file with one array as a group', async () => {
    expect(json(await ask('meta', '/', '', 'one.npy'))).toMatchObject({
      kind: 'group',
      name: '',
      children: [{ kind: 'dataset', name: 'data', shape: [2, 3], type: { class: 1, dtype: '<f4' } }],
    });
    expect(json(await ask('data', '/data', '', 'one.npy'))).toEqual([
      [0, 1, 2],
      [3, 4, 5],
    ]);
  });

  test('reports errors with the messages that h5web recognises', async () => {
    for (const [answer, status, message] of [
      [await ask('meta', '/', '', 'none.h5'), 404, 'File not found'],
      [await ask('meta', '/none'), 404, '/none is not a valid path'],
      [await ask('data', '/g'), 404, '/g is not a dataset'],
      [await ask('data', '/chunked', '&format=xls'), 400, /^Expected one of json, bin, npy/],
      [await ask('data', '/more/matrices', '&format=csv'), 422, /^CSV/],
      [await ask('data', '/chunked', '&format=tiff&selection=0,:'), 422, /^TIFF/],
      [await ask('data', '/chunked', '&selection=99,:'), 400, /99/],
      [await ask('meta', '/', '', '../run.h5'), 404, 'The path has an invalid component'],
    ] as [Answer, number, string | RegExp][]) {
      expect(answer.status).toBe(status);
      expect(json(answer)).toEqual({
        message: typeof message === 'string' ? message : expect.stringMatching(message),
      });
    }
  });
});
