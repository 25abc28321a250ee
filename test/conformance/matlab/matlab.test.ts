/** Reads MATLAB files of version 7.3 that hdf5storage wrote. Uses every engine. */
import { beforeAll, describe, expect, test } from 'vitest';
import { engineNames } from '../../../lib/core/generated/choices.js';
import { openArray, openGroup, openText } from '../../../lib/index.js';
import { pythonMissing, runPython } from '../../support/python.js';
import { Random, randomSelection, testSeed } from '../../support/random.js';
import { TemporaryDirectory } from '../../support/temporary.js';

interface Value {
  /** Class of the value; null for a field of a struct array, which has no class. */
  readonly class: string | null;
  readonly shape: readonly number[];
  /** Numbers in C order; digits of integers of 64 bits. */
  readonly values?: readonly (number | string)[];
  /** Numbers per element: 2 for complex numbers. Default 1. */
  readonly parts?: number;
  readonly texts?: readonly string[];
  readonly cells?: readonly Value[];
}

interface MatlabFile {
  readonly path: string;
  readonly variables: Readonly<Record<string, Value>>;
}

const seed = testSeed();

async function check(path: string, name: string, value: Value, random: Random): Promise<void> {
  const { shape, values, parts = 1, texts, cells } = value;
  if (values === undefined) {
    await using text = await openText(path, { array: name });
    expect([name, text.format, text.attributes['MATLAB_class'] ?? null, text.shape]).toEqual([
      name,
      'matlab',
      value.class,
      shape,
    ]);
    const { data } = await text.read();
    if (texts !== undefined) expect([name, ...data]).toEqual([name, ...texts]);
    for (const [i, cell] of (cells ?? []).entries()) await check(path, data[i] ?? '', cell, random);
    return;
  }
  await using array = await openArray(path, { array: name });
  expect([name, array.format, array.attributes['MATLAB_class'], array.shape]).toEqual([
    name,
    'matlab',
    value.class,
    shape,
  ]);
  const { data } = await array.read();
  expect([name, ...Array.from<unknown, string>(data, String)]).toEqual([name, ...values.map(String)]);
  if (values.length === 0) return;
  for (const engine of engineNames) {
    const { entries, indices } = randomSelection(random, shape);
    let offsets = [0];
    for (const [d, axis] of indices.entries()) {
      offsets = offsets.flatMap((offset) => axis.map((index) => offset * (shape[d] ?? 1) + index));
    }
    const part = await array.read(entries, { engine });
    const expected = offsets.flatMap((i) => values.slice(i * parts, (i + 1) * parts));
    const found = Array.from<unknown, string>(part.data, String);
    expect([name, entries, ...found]).toEqual([name, entries, ...expected.map(String)]);
  }
}

describe.skipIf(pythonMissing !== null)(`MATLAB 7.3 against hdf5storage, seed ${seed} ${pythonMissing ?? ''}`, () => {
  const folder = new TemporaryDirectory();
  let files: readonly MatlabFile[] = [];
  beforeAll(() => {
    files = JSON.parse(runPython('test/conformance/matlab/write.py', folder.path, String(seed))) as MatlabFile[];
  }, 120_000);

  test('lists the names and classes of variables, without the internal groups', async () => {
    for (const { path, variables } of files) {
      const group = await openGroup(path);
      expect(group.format).toBe('matlab');
      const listed: Record<string, string | null> = {};
      for await (const { name, kind, type } of group.walk()) if (kind === 'array') listed[name] = type ?? null;
      const expected = Object.entries(variables).map(([name, value]) => [name, value.class]);
      expect(listed).toEqual(Object.fromEntries(expected));
      expect((await group.children()).find(({ name }) => name === 's')).toEqual({
        name: 's',
        kind: 'group',
        type: 'struct',
      });
      expect((await group.openGroup('records')).attributes['MATLAB_fields']).toEqual(['a', 'b']);
      expect((await group.openGroup('s')).attributes['MATLAB_fields']).toEqual(['z', 'a']);
    }
  });

  test('reads numbers, text, cells and empty arrays in the order of MATLAB', async () => {
    const random = new Random(seed);
    for (const { path, variables } of files) {
      for (const [name, value] of Object.entries(variables)) await check(path, name, value, random);
    }
  }, 120_000);

  test('opens the same file as plain HDF5 on request', async () => {
    const { path, variables } = files[0] ?? { path: '', variables: {} };
    await using array = await openArray(path, { array: 'n0', format: 'hdf5' });
    expect(array.shape).toEqual([...(variables['n0']?.shape ?? [])].reverse());
  });
});
