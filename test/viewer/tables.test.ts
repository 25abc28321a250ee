/** Shows texts, records and sequences in a browser. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Server, serve } from '../../lib/serve/index.js';
import { rowSelection, rowsOf } from '../../web/viewer/src/array/rows.js';
import { get } from '../serve/requests.js';
import { browserMissing } from '../support/browser.js';
import { pythonMissing, runPython } from '../support/python.js';
import { TemporaryDirectory } from '../support/temporary.js';
import { builtViewer } from './built-viewer.js';
import { accessibilityProblems, countColors, openView, type Shown, startBrowser, type ViewQuery } from './chromium.js';

test('rows contain one element each, and the fields of records are columns', () => {
  expect(rowSelection([3, 'x', 0], 100, 200)).toBe('3,100:200,0');
  const text = { dtype: 'text', shape: [2, 2], data: ['a', 'b', 'c', 'd'] } as const;
  expect(rowsOf(text, 4)).toEqual({ columns: ['Value'], values: [['a'], ['b'], ['c'], ['d']] });
  expect(rowsOf(text, 2).values).toEqual([[['a', 'b']], [['c', 'd']]]);
  const record = {
    dtype: 'record',
    shape: [2],
    fields: ['id', 'x'],
    data: [
      [1, 2.5],
      ['3', null],
    ],
  } as const;
  expect(rowsOf(record, 2)).toEqual({ columns: ['id', 'x'], values: record.data });
  expect(rowsOf({ dtype: 'text', shape: [0], data: [] }, 0).values).toEqual([]);
});

const directory = new TemporaryDirectory();
describe.skipIf(pythonMissing !== null)(`arrays without numbers ${pythonMissing ?? ''}`, () => {
  let server: Server;
  beforeAll(async () => {
    runPython('test/viewer/write_tables.py', directory.at('data'));
    server = await serve({ roots: [directory.at('data')], port: 0 });
  }, 300_000);
  afterAll(() => server?.close());

  const tree = async (query: Readonly<Record<string, string>>): Promise<unknown> =>
    JSON.parse((await get(server, `/api/v1/tree?${new URLSearchParams(query)}`)).text);

  test('are described by the tree with their kind, shape and fields', async () => {
    const cases: readonly (readonly [Readonly<Record<string, string>>, object])[] = [
      [{ path: 'tables.h5/run/detector/names' }, { dtype: 'text', shape: [250], field: null, fields: [] }],
      [{ path: 'tables.h5/run/detector/hits' }, { dtype: 'sequence', shape: [2, 3], fields: [] }],
      [{ path: 'tables.h5/title' }, { dtype: 'text', shape: [] }],
      [{ path: 'fixed.npy' }, { dtype: 'text', shape: [2, 3] }],
      [{ path: 'text.zarr' }, { dtype: 'text', shape: [3] }],
      [
        { path: 'tables.h5/run/detector/tracks' },
        {
          dtype: 'sequence',
          shape: [2],
          fields: [
            { name: 't', dtype: 'sequence' },
            { name: 'e', dtype: 'sequence' },
          ],
        },
      ],
      [
        { path: 'tables.h5/run/detector/particles' },
        {
          dtype: 'record',
          shape: [3],
          fields: [
            { name: 'id', dtype: 'int32' },
            { name: 'p.x', dtype: 'float64' },
            { name: 'p.label', dtype: 'text' },
            { name: 'image', dtype: 'float32' },
          ],
        },
      ],
      [
        { path: 'tables.h5/run/detector/particles', field: 'image' },
        { dtype: 'float32', shape: [3, 40, 50], field: 'image', fields: [] },
      ],
      [
        { path: 'tables.h5/run/detector/particles', field: 'p.label' },
        { dtype: 'text', shape: [3] },
      ],
      [{ path: 'tables.h5/lost' }, { kind: 'other', name: 'lost', link: { file: null, path: '/nowhere' } }],
      [{ path: 'tables.h5/named' }, { kind: 'other', name: 'named', link: null }],
      [
        { path: 'tables.h5' },
        {
          kind: 'group',
          children: [
            { name: 'lost', kind: 'other' },
            { name: 'named', kind: 'other' },
            { name: 'run', kind: 'group' },
            { name: 'title', kind: 'array' },
          ],
        },
      ],
    ];
    for (const [query, expected] of cases) expect(await tree(query), JSON.stringify(query)).toMatchObject(expected);
    expect(await tree({ path: 'tables.h5/run/none' })).toMatchObject({ status: 404 });
    expect(await tree({ path: 'tables.h5/run/detector/particles', field: 'q' })).toMatchObject({
      status: 400,
      detail: "Expected one of 'id', 'p.x', 'p.label', 'image' for `field`, received 'q'",
    });
  });

  test('have facts about their storage', async () => {
    for (const path of ['tables.h5/run/detector/names', 'tables.h5/run/detector/particles', 'fixed.npy', 'text.zarr']) {
      expect((await get(server, `/api/v1/storage?path=${path}`)).status, path).toBe(200);
      expect((await get(server, `/api/v1/explain?path=${path}&selection=0`)).status, path).toBe(200);
    }
    const field = 'path=tables.h5/run/detector/particles&field=image&selection=1,:,:';
    expect(JSON.parse((await get(server, `/api/v1/explain?${field}`)).text)).toMatchObject({ shape: [40, 50] });
  });

  describe.skipIf(browserMissing !== null)(browserMissing ?? 'the page', () => {
    let browser: Browser;
    beforeAll(async () => {
      builtViewer();
      browser = await startBrowser();
    }, 300_000);
    afterAll(() => browser?.close());

    const open = (query: ViewQuery): Promise<Shown> => openView(browser, server, query);

    /** Returns the texts of the cells of the table, row by row. */
    async function cells(page: Page): Promise<string[][]> {
      await page.locator('.values tbody tr').first().waitFor();
      return await page
        .locator('.values tr')
        .evaluateAll((rows) => rows.map((row) => [...row.children].map((cell) => cell.textContent ?? '')));
    }

    test('opens texts from the list of files, and shows their pages', async () => {
      const { page, problems } = await open({});
      for (const name of ['tables.h5', 'run', 'detector', 'names'])
        await page.getByRole('button', { name, exact: true }).click();
      const first = await cells(page);
      expect([first.length, first[0], first[1], first[100]]).toEqual([
        101,
        ['dim 0', 'Value'],
        ['0', 'name 0'],
        ['99', 'name 99'],
      ]);
      await page.getByText('Rows 0 to 99 of 250').waitFor();
      expect(await accessibilityProblems(page)).toEqual([]);
      await page.getByRole('button', { name: 'Next rows' }).click();
      await page.getByRole('cell', { name: 'name 100', exact: true }).waitFor();
      await page.getByLabel('First row').fill('240');
      await page.getByRole('cell', { name: 'name 249', exact: true }).waitFor();
      await page.getByText('Rows 150 to 249 of 250').waitFor();
      expect(await page.getByRole('button', { name: 'Next rows' }).isDisabled()).toBe(true);
      // A scalar, a member that is no array, and a group with all views.
      await page.getByRole('button', { name: 'title', exact: true }).click();
      await page.getByRole('cell', { name: 'one text' }).waitFor();
      await page.getByRole('button', { name: 'lost', exact: true }).click();
      await page.getByText("'lost' is a link to /nowhere, which does not exist").waitFor();
      await page.getByRole('button', { name: 'detector', exact: true }).first().click();
      await page.getByRole('button', { name: 'All views' }).click();
      await page.getByRole('treeitem', { name: 'hits' }).waitFor();
      await page.getByRole('button', { name: 'All views' }).click();
      await page.locator('.h5web').waitFor({ state: 'detached' });
      expect(problems).toEqual([]);
      await page.context().close();
    });

    test('shows records as a table, or one of their fields as a picture, a line or a table', async () => {
      const { page, problems } = await open({ path: 'tables.h5/run/detector/particles' });
      const table = await cells(page);
      expect(table[0]).toEqual(['dim 0', 'id', 'p', 'image']);
      expect(table[2]?.slice(0, 3)).toEqual(['1', '11', '[1.25,"particle 1"]']);
      expect(table[2]?.[3]).toMatch(/^\[\[1,2,3,.*…$/);
      const field = page.getByLabel('Field');
      await field.selectOption('image');
      expect(await countColors(page)).toBeGreaterThan(20);
      await page.getByText('float32 · 3 × 40 × 50').waitFor();
      await page.getByText('Chunks touched').waitFor();
      await field.selectOption('p.label');
      await page.getByRole('cell', { name: 'particle 2', exact: true }).waitFor();
      await page.waitForURL(/field=p\.label/);
      await page.reload();
      await page.getByRole('cell', { name: 'particle 2', exact: true }).waitFor();
      await field.selectOption('p.x');
      expect(await countColors(page)).toBeGreaterThan(0);
      // Sequences of records have no complete elements.
      await page.getByRole('button', { name: 'tracks', exact: true }).click();
      await page.getByRole('cell', { name: '[1,2]', exact: true }).waitFor();
      await field.selectOption('e');
      await page.getByRole('cell', { name: '[0.5,1.5]', exact: true }).waitFor();
      expect(problems).toEqual([]);
      await page.context().close();
    });

    test('shows tables of arrays of several dimensions along one of them', async () => {
      const { page, problems } = await open({ path: 'tables.h5/run/detector/hits', slice: '1,x' });
      expect(await cells(page)).toEqual([
        ['dim 1', 'Value'],
        ['0', '[0]'],
        ['1', '[0,1]'],
        ['2', '[0,1,2]'],
      ]);
      await page.getByRole('combobox', { name: 'Rows' }).selectOption('0');
      await page.getByText('Rows 0 to 1 of 2').waitFor();
      await page.getByRole('button', { name: 'fixed.npy' }).click();
      await page.getByText('text · 2 × 3').waitFor();
      await page.getByRole('spinbutton', { name: 'Index of dim 1' }).fill('1');
      await page.getByRole('cell', { name: 'δ' }).waitFor();
      await page.getByRole('button', { name: 'text.zarr' }).click();
      await page.getByRole('cell', { name: 'ccc' }).waitFor();
      expect(problems).toEqual([]);
      await page.context().close();
    });
  });
});
