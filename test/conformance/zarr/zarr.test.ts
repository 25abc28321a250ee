/**
 * Reads arrays that zarr-python, TensorStore and zarrs write, and compares them with NumPy byte by byte.
 * POSIX_PAR_SEED=n repeats a run.
 */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { openArray, openGroup, readSubset, type SelectionEntry } from '../../../lib/index.js';
import { type Engine, engines } from '../../support/engines.js';
import { pythonMissing, runPython } from '../../support/python.js';
import { testSeed } from '../../support/random.js';
import { TemporaryDirectory } from '../../support/temporary.js';

interface Case {
  readonly name: string;
  readonly group: string;
  readonly path: string;
  readonly array: string | null;
  readonly dtype: string;
  readonly reads: readonly {
    readonly selection: readonly SelectionEntry[] | null;
    readonly shape: readonly number[];
    readonly expected: string;
  }[];
}

const seed = testSeed();
const randomArrays = 150;
const folder = new TemporaryDirectory().path;
let cases: readonly Case[] = [];

beforeAll(() => {
  if (pythonMissing !== null) return;
  console.info(`Zarr written by peers with POSIX_PAR_SEED=${seed}`);
  runPython('test/conformance/zarr/write.py', folder, String(seed), String(randomArrays));
  cases = JSON.parse(fs.readFileSync(path.join(folder, 'cases.json'), 'utf8')) as Case[];
}, 300_000);

/** Returns a description of the problem in reading `one`; null if it is read correctly. */
async function problemOf(one: Case, mode: 'sync' | 'async', engine: Engine): Promise<string | null> {
  try {
    await using array = await openArray(path.join(folder, one.path), one.array === null ? {} : { array: one.array });
    if (array.dtype !== one.dtype) return `${one.name}: dtype ${array.dtype}, expected ${one.dtype}`;
    for (const { selection, shape, expected } of one.reads) {
      const result = mode === 'sync' ? array.readSync(selection, { engine }) : await array.read(selection, { engine });
      const where = `${one.name} ${JSON.stringify(selection)}`;
      if (JSON.stringify(result.shape) !== JSON.stringify(shape))
        return `${where}: shape ${result.shape}, expected ${shape}`;
      const { buffer, byteOffset, byteLength } = result.data;
      const bytes = Buffer.from(buffer, byteOffset, byteLength);
      if (!bytes.equals(fs.readFileSync(path.join(folder, expected)))) return `${where}: other bytes than NumPy`;
    }
    return null;
  } catch (error) {
    return `${one.name}: ${String(error)}`;
  }
}

async function problems(group: RegExp): Promise<string[]> {
  const chosen = cases.filter((one) => group.test(one.group));
  if (chosen.length === 0) return [`No case of ${group}`];
  const found: (string | null)[] = [];
  for (const [i, one] of chosen.entries()) {
    found.push(await problemOf(one, i % 2 === 0 ? 'sync' : 'async', 'auto'));
    // Each engine reads a part of the cases, which cover several storage formats.
    found.push(await problemOf(one, 'async', engines[i % engines.length] ?? 'auto'));
  }
  return found.filter((problem) => problem !== null);
}

describe.skipIf(pythonMissing !== null)(`Zarr arrays written by other libraries ${pythonMissing ?? ''}`.trim(), () => {
  it.each([
    ['v2 by zarr-python: types, orders, separators, compressors', /^v2$/],
    ['v2 by zarr-python: filters', /^v2f$/],
    ['v2 by TensorStore', /^ts2$/],
    ['v3 by zarr-python: types, byte orders, transpositions, key encodings, codecs', /^v3$/],
    ['shards by zarr-python', /^shard$/],
    ['shards by zarrs', /^zarrs$/],
    ['v3 by TensorStore: shards in all places, inside each other, transposed; index codecs; types', /^ts$/],
    ['groups with consolidated metadata that is out of date', /^group$/],
    ['scalars, empty arrays, large chunks, arrays without a chunk', /^odd/],
    ['random arrays', /^random/],
  ])('reads %s', async (_, group) => {
    expect(await problems(group), `POSIX_PAR_SEED=${seed}`).toEqual([]);
  });

  it.each(['odd2-nothing', 'odd3-nothing', 'odd3-nothing-sharded'])(
    '%s: says that no chunk was found',
    async (name) => {
      await using array = await openArray(path.join(folder, name));
      expect((await array.read()).stats.note).toMatch(/^0 of 9 chunks found/);
      expect((await array.read([0])).stats.note).toMatch(/^0 of 3 chunks found/);
      expect(array.explain().note).toMatch(/^0 of 9 chunks found/);
      expect(array.explain([0]).note).toMatch(/^0 of 3 chunks found/);
    },
  );

  it.each([2, 3])('walks a group of version %i', async (version) => {
    const group = await openGroup(path.join(folder, `group-${version}`));
    const found: string[] = [];
    for await (const { name, kind } of group.walk()) found.push(`${kind} ${name}`);
    expect(found).toEqual(['group g', 'group g/h', 'array g/h/late', 'array g/h/x y', 'array top']);
    await using array = await (await group.openGroup('g/h')).openArray('x y');
    const named = await readSubset(`${path.join(folder, `group-${version}`)}#/g/h/x y`);
    expect((await array.read()).data).toEqual(named.data);
  });
});
