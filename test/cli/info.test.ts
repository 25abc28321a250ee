/** Tests `posix-par info` on files of h5py, netCDF4-python and zarr-python. */
import { beforeAll, describe, expect, test } from 'vitest';
import { createFilter } from '../../lib/cli/info/filter.js';
import { runCommand } from '../support/command.js';
import { pythonMissing, runPython } from '../support/python.js';
import { TemporaryDirectory } from '../support/temporary.js';

describe('createFilter', () => {
  test.each([
    ['temp*', 'ocean/temperature', true],
    ['temp*', 'temp/salt', false],
    ['t?mp', 'a/b/temp', true],
    ['t?mp', 'tmp', false],
    ['ocean/*', 'ocean/temp', true],
    ['/ocean/*', 'ocean/temp', true],
    ['ocean/*', 'ocean/deep/temp', false],
    ['ocean/**', 'ocean/deep/temp', true],
    ['a.b', 'axb', false],
    ['[x]', 'x', false],
    ['[x]', '[x]', true],
  ])('%s on %s is %s', (pattern, path, isSelected) => {
    expect(createFilter(pattern)(path)).toBe(isSelected);
  });
});

describe.skipIf(pythonMissing !== null)(`files${pythonMissing === null ? '' : ` (${pythonMissing})`}`, () => {
  const directory = new TemporaryDirectory();
  let sizes: { encoded: number };
  beforeAll(() => {
    sizes = JSON.parse(runPython('test/cli/info_files.py', directory.path)) as typeof sizes;
  });

  const info = async (name: string, ...options: string[]): Promise<string> => {
    const end = await runCommand(['info', directory.at(name), ...options]);
    expect(end.stderr).toBe('');
    return end.stdout;
  };
  const infoJson = async (name: string, ...options: string[]): Promise<Record<string, unknown>> =>
    JSON.parse(await info(name, '--json', ...options)) as Record<string, unknown>;

  test('shows dimensions, long names and units in the tree', async () => {
    const text = await info('labelled.nc');
    expect(text).toMatch(/height {2}float32 \(time: 3 of unlimited, x: 4\) {2}height above ground \[m\] {2}/);
    expect(text).toMatch(/height.*shuffle → deflate/);
    expect(text).toMatch(/time {2}float64 \(time: 3 of unlimited\) {2}\[days since 2000-01-01\]/);
    expect(text).toMatch(/title +"a title"/);
    expect(await infoJson('labelled.nc#height')).toMatchObject({ maxShape: [null, 4] });
    expect(text).toMatch(/name {2}text \(x: 4\) {2}name of the station\n/);
    expect(text).toMatch(/hits {2}sequences of int32 \(time: 3 of unlimited, x: 4\) {2}\[counts\] {2}/);
    expect(text).toMatch(/place {2}records \(x: 4\) {2}\[m\] {2}fields x: int32, y: float64\n/);
    expect(await info('labelled.nc#name')).toMatch(/dimensions +\(x: 4\)\n/);
    const { children } = await infoJson('labelled.nc');
    expect(children).toMatchObject(
      expect.arrayContaining([
        expect.objectContaining({
          name: 'name',
          array: expect.objectContaining({ elements: 'text', shape: [4], dimensionNames: ['x'] }),
        }),
      ]),
    );
    expect(await info('links.h5#grow')).toMatch(/dimensions +3 of unlimited × 4 of 8 × 5\n/);
  });

  test('shows chunk and shard shape without internals of Zarr', async () => {
    const text = await info('sharded.zarr');
    expect(text).toMatch(/chunks +10 × 10 .*\n +shards +50 × 50\n/);
    expect(text).toMatch(/dimensions +\(y: 100, x: 100\)/);
    expect(text).not.toContain('attributes');
    expect(await infoJson('sharded.zarr')).toMatchObject({ shardShape: [50, 50], attributes: {} });
    const old = await infoJson('old.zarr');
    expect(old).toMatchObject({ dimensionNames: ['lat', 'lon'], shardShape: null, storedBytes: null });
    expect(old['attributes']).toEqual({ zarr: 'mine' });
  });

  test('shows the stored size that h5py reports', async () => {
    expect(await infoJson('links.h5', '--array', 'encoded')).toMatchObject({
      codecs: ['shuffle', 'deflate', 'fletcher32'],
      storedBytes: sizes.encoded,
    });
    const ratio = (40_000 / sizes.encoded).toPrecision(3);
    expect(await info('links.h5#encoded')).toContain(` stored, ${ratio} : 1)`);
  });

  test('shows the targets of links, and which are dead', async () => {
    const text = await info('links.h5');
    expect(text).toMatch(/ soft → \/data\/x {2}int64 10\n/);
    expect(text).toMatch(/ dead → \/data\/none {2}dead link\n/);
    expect(text).toMatch(/ outside → \.\.\/other\.h5#\/g\/y {2}in another file, which is not opened\n/);
    expect(text).toMatch(/ gone → gone\.h5#\/g\/y {2}dead link\n/);
    expect(text).toMatch(/ missing → many\.h5#\/ocean\/none {2}dead link\n/);
    expect(text).toMatch(/ near → many\.h5#\/ocean\/d001 {2}int64 3\n/);
    expect(text).toMatch(/ type\n/);
    expect(text).toMatch(/ typelink → \/type\n/);
    const { children } = (await infoJson('links.h5')) as { children: { name: string; link?: object }[] };
    expect(children.filter(({ link }) => link !== undefined)).toMatchObject([
      { name: 'dead', kind: 'other', link: { file: null, path: '/data/none', isDead: true } },
      { name: 'gone', kind: 'other', link: { file: 'gone.h5', path: '/g/y', isDead: true } },
      { name: 'missing', kind: 'other', link: { file: 'many.h5', path: '/ocean/none', isDead: true } },
      { name: 'near', kind: 'array', link: { file: 'many.h5', path: '/ocean/d001' } },
      { name: 'outside', kind: 'other', link: { file: '../other.h5', path: '/g/y' } },
      { name: 'soft', kind: 'array', link: { file: null, path: '/data/x' } },
      { name: 'typelink', kind: 'other', link: { file: null, path: '/type' } },
    ]);
    const outside = children.find(({ name }) => name === 'outside')?.link;
    expect(outside).not.toHaveProperty('isDead');
  });

  test('shows arrays of text and of records in the tree', async () => {
    const tree = await info('links.h5');
    expect(tree).toMatch(/ text {2}text 2\n/);
    expect(tree).toMatch(/ title {2}text \(\)\n/);
    expect(tree).toMatch(/ hits {2}sequences of int64 3\n/);
    expect(tree).toMatch(/ code {2}text 2 {2}of 4 bytes\n/);
    expect(tree).toMatch(/ table {2}records 1 {2}fields n: int32, w: float64\n/);
    const { children } = (await infoJson('links.h5')) as { children: { name: string }[] };
    expect(children.find(({ name }) => name === 'text')).toMatchObject({
      kind: 'array',
      array: { elements: 'text', shape: [2] },
    });
  });

  test('describes and prints sequences', async () => {
    expect(await info('links.h5#/hits')).toMatch(/ dtype +sequences of int64\n.*about +"sequences"\n/s);
    expect(await infoJson('links.h5#/hits')).toMatchObject({ elements: 'sequences', shape: [3], dtype: 'int64' });
    const path = directory.at('links.h5#/hits');
    const { stdout } = await runCommand(['read', path]);
    const first = Array.from({ length: 16 }, (_, i) => i).join(', ');
    expect(stdout).toBe(`${path}\n  shape  3  sequences of int64\n  [${first}, … (20)]\n  []\n  []\n`);
    const json = await runCommand(['read', path, '0:2', '--json']);
    const data = [Array.from({ length: 20 }, (_, i) => i), []];
    expect(JSON.parse(json.stdout)).toMatchObject({ shape: [2], dtype: 'sequence', of: 'int64', data });
  });

  test('describes and prints text', async () => {
    expect(await info('links.h5#/text')).toMatch(/ dtype +text of variable length\n.*about +"names"\n/s);
    expect(await infoJson('links.h5#/text')).toMatchObject({
      elements: 'text',
      shape: [2],
      attributes: { about: 'names' },
    });
    const read = async (...args: string[]): Promise<string> => {
      const end = await runCommand(['read', ...args]);
      expect(end.stderr).toBe('');
      return end.stdout;
    };
    const path = directory.at('links.h5');
    expect(await read(`${path}#/text`)).toBe(`${path}#/text\n  shape  2  text\n  "alpha"\n  "gämma"\n`);
    expect(await read(`${path}#/title`)).toMatch(/^ {2}"a scan"$/m);
    expect(await read(`${path}#/code`, '-1')).toMatch(/^ {2}"B22"$/m);
    expect(await read(`${path}#/code`, '--raw')).toMatch(/^ +65 +49 +0 +0$/m);
    expect(JSON.parse(await read(`${path}#/text`, '1:', '--json'))).toMatchObject({ shape: [1], data: ['gämma'] });
    const file = await runCommand(['read', `${path}#/text`, '-o', directory.at('text.npy')]);
    expect([file.code, file.stderr]).toEqual([2, expect.stringContaining('Expected --json instead of -o')]);
  });

  test('shows some entries of large groups, all on request, and all as JSON', async () => {
    const short = await info('many.h5');
    expect(short.match(/d\d{3}/g)).toHaveLength(80);
    expect(short.match(/… 110 more: use --all/g)).toHaveLength(2);
    expect((await info('many.h5', '--all')).match(/d\d{3}/g)).toHaveLength(300);
    const { children } = (await infoJson('many.h5')) as { children: { children: object[]; more?: number }[] };
    expect(children.map((group) => group.children.length)).toEqual([150, 150]);
    expect(JSON.stringify(children)).not.toContain('"more"');
  });

  test('shows the entries that --filter selects, and their groups', async () => {
    expect(await info('many.h5', '--filter', 'd00[1')).toMatch(/\n {2}no array here matches 'd00\[1'\n$/);
    const text = await info('many.h5', '--filter', 'd01?');
    expect(text.match(/d\d{3}/g)).toHaveLength(10);
    const ocean = await info('many.h5', '--filter', 'ocean/*');
    expect(ocean.match(/d\d{3}/g)).toHaveLength(150);
    expect(ocean).not.toContain('land');
  });
});
