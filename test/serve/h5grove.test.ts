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

interface Replies {
  readonly meta: Record<string, unknown>;
  readonly attr?: unknown;
  readonly bin?: string;
  readonly json?: unknown;
  readonly flat?: unknown;
  readonly stats?: Record<string, number>;
}
const { replies, paths } = (
  pythonMissing === null
    ? JSON.parse(runPython('test/serve/h5grove_replies.py', `${root}/run.h5`))
    : { replies: {}, paths: [] }
) as { replies: Record<string, Replies>; paths: string[] };

/** Asks a route about an object. */
function ask(route: string, path: string, more = '', file = 'run.h5'): Promise<Answer> {
  return get(server, `/h5grove/${route}?file=${file}&path=${encodeURIComponent(path)}${more}`);
}
const json = ({ text }: Answer): unknown => JSON.parse(text);

/** Removes filters, which this server does not report for all arrays, and sorts lists by name. */
function comparable(meta: Record<string, unknown>): Record<string, unknown> {
  const { filters: _, children, attributes, ...rest } = meta;
  const list = (children as Record<string, unknown>[] | undefined)?.map(comparable);
  const byName = (a: Record<string, unknown>, b: Record<string, unknown>): number =>
    String(a['name']) < String(b['name']) ? -1 : 1;
  return {
    ...rest,
    ...(list === undefined ? {} : { children: list.sort(byName) }),
    ...(attributes === undefined ? {} : { attributes: (attributes as Record<string, unknown>[]).sort(byName) }),
  };
}

describe.skipIf(pythonMissing !== null)(`h5grove ${pythonMissing ?? ''}`, () => {
  test('describes groups, arrays, links and attributes in the same way', async () => {
    expect(paths.length).toBeGreaterThan(15);
    for (const [path, { meta }] of Object.entries(replies)) {
      const found = json(await ask('meta', path)) as Record<string, unknown>;
      expect(comparable(found), path).toEqual(comparable(meta));
    }
  });

  test('sends the same attributes', async () => {
    for (const [path, { attr }] of Object.entries(replies)) expect(json(await ask('attr', path)), path).toEqual(attr);
    const chosen = await ask('attr', '/chunked', '&attr_keys=units&attr_keys=count');
    expect(json(chosen)).toEqual({ units: 'K', count: 7 });
  });

  test('sends the same elements as bytes and JSON', async () => {
    let compared = 0;
    for (const [path, { bin, json: nested, flat }] of Object.entries(replies)) {
      if (bin === undefined) continue;
      const bytes = await ask('data', path, '&format=bin&dtype=safe');
      expect(bytes.body.toString('base64'), path).toBe(bin);
      expect(bytes.headers['content-length']).toBe(String(bytes.body.length));
      expect(json(await ask('data', path)), path).toEqual(nested);
      if (Array.isArray(flat)) expect(json(await ask('data', path, '&flatten=true')), path).toEqual(flat);
      compared += 1;
    }
    expect(compared).toBeGreaterThan(14);
    const slice = await ask('data', '/chunked', '&format=bin&dtype=safe&selection=3,:');
    expect([...new Float64Array(new Uint8Array(slice.body).buffer)].slice(0, 2)).toEqual([20, 21]);
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
    for (const [path, { stats }] of Object.entries(replies)) {
      if (stats === undefined) continue;
      const found = json(await ask('stats', path)) as Record<string, number | null>;
      expect(Object.keys(found).sort(), path).toEqual(Object.keys(stats).sort());
      for (const [name, value] of Object.entries(stats)) {
        // h5grove computes mean and deviation in the type of the array, where integers lose their fraction.
        const isExact = !/d[0-6]$/.test(path) || !['mean', 'std'].includes(name);
        if (value === null) expect(found[name], `${path} ${name}`).toBeNull();
        else if (!isExact) expect(Math.abs((found[name] ?? Number.NaN) - value), `${path} ${name}`).toBeLessThan(1);
        else expect(found[name], `${path} ${name}`).toBeCloseTo(value, 9);
      }
    }
  });

  test('lists all paths', async () => {
    expect((json(await ask('paths', '/')) as string[]).sort()).toEqual([...paths, '/soft', '/elsewhere'].sort());
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
      [await ask('data', '/chunked', '&format=csv'), 400, /^Expected one of json, bin, npy/],
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
