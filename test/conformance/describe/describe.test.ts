/** Describes one file per kind of array, written by the reference libraries, with `describeArray` and `walk`. */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  type ArrayDescription,
  type AttributeType,
  describeArray,
  type GroupHandle,
  openArray,
  openGroup,
  type RecordFieldInfo,
  type WalkEntry,
} from '../../../lib/index.js';
import { pythonMissing, runPython } from '../../support/python.js';
import { TemporaryDirectory } from '../../support/temporary.js';

describe.skipIf(pythonMissing !== null)(`files${pythonMissing === null ? '' : ` (${pythonMissing})`}`, () => {
  const directory = new TemporaryDirectory();
  beforeAll(() => {
    runPython('test/conformance/describe/write.py', directory.path);
  });

  const walked = async (name: string): Promise<Record<string, WalkEntry>> => {
    const found: Record<string, WalkEntry> = {};
    for await (const entry of (await openGroup(directory.at(name))).walk()) found[entry.name] = entry;
    return found;
  };
  const particleFields: readonly RecordFieldInfo[] = [
    { name: 'x', dtype: 'float64', storedType: 'float64', offset: 0, shape: [], problem: null },
    { name: 'name', dtype: 'text', storedType: 'text of 10 bytes', offset: 8, shape: [], problem: null },
    { name: 'id', dtype: 'uint32', storedType: 'uint32', offset: 18, shape: [], problem: null },
    { name: 'p.w', dtype: 'int16', storedType: 'int16', offset: 22, shape: [], problem: null },
    { name: 'p.v', dtype: 'float32', storedType: 'float32', offset: 24, shape: [3], problem: null },
  ];

  const ownSource = { mappings: 1, names: ['.#temperature'] };
  const partSources = { mappings: 20, names: Array.from({ length: 16 }, (_, i) => `part${i}.h5#x`) };

  test.each<[string, Partial<ArrayDescription>]>([
    ['records.npy', { elements: 'records', shape: [5], dtype: null, elementBytes: 36, fields: particleFields }],
    ['types.h5#/table', { elements: 'records', shape: [3], storedType: 'records of 36 bytes', fields: particleFields }],
    ['bytes.npy', { elements: 'text', shape: [2], dtype: null, storedType: 'text of 3 bytes', elementBytes: 3 }],
    ['words.npy', { elements: 'text', shape: [2, 2], storedType: 'text of 4 code points', elementBytes: 16 }],
    ['dates.npy', { elements: 'numbers', shape: [2], dtype: 'int64', storedType: 'datetime64[D]' }],
    ['types.h5#/names', { elements: 'text', shape: [2], storedType: 'text of variable length', elementBytes: null }],
    ['types.h5#/objects', { elements: 'text', shape: [1], storedType: 'object references' }],
    ['types.h5#/virtual', { shape: [2, 4], dtype: 'float32', codecs: [], virtualSources: ownSource }],
    ['types.h5#/parts', { shape: [20, 4], virtualSources: partSources }],
    ['old.zarr', { shape: [8], chunkShape: [4], codecs: ['zstd'], maxShape: [8], restartPoints: null }],
    ['zipped.zip#/a', { shape: [4], dtype: 'int32', chunkShape: [2] }],
    ['cells.tdb#word', { elements: 'text', storedType: 'text of variable length', dimensionNames: ['x'] }],
    ['values.mat#/text', { elements: 'text', shape: [1], storedType: 'text of 5 UTF-16 code units' }],
  ])('describes %s', async (name, expected) => {
    expect(await describeArray(directory.at(name))).toMatchObject(expected);
  });

  test('describes the stored types of attributes', async () => {
    const types: readonly AttributeType[] = [
      { name: 'big', shape: [3], type: { kind: 'integer', size: 2, signed: true, byteOrder: 'big' } },
      { name: 'none', shape: null, type: { kind: 'integer', size: 8, signed: true, byteOrder: 'little' } },
      { name: 'bytes', shape: [], type: { kind: 'opaque', size: 3, tag: '' } },
      { name: 'fixed', shape: [], type: { kind: 'text', size: 3, encoding: 'ascii', padding: 'null-padded' } },
      { name: 'text', shape: [], type: { kind: 'text', size: null, encoding: 'utf-8', padding: null } },
      {
        name: 'choice',
        shape: [],
        type: {
          kind: 'enum',
          size: 1,
          base: { kind: 'integer', size: 1, signed: false, byteOrder: 'little' },
          members: [
            { name: 'off', value: 0 },
            { name: 'on', value: 1 },
          ],
        },
      },
      {
        name: 'pair',
        shape: [],
        type: {
          kind: 'record',
          size: 12,
          fields: [
            { name: 'a', offset: 0, type: { kind: 'integer', size: 4, signed: false, byteOrder: 'little' } },
            { name: 'b', offset: 4, type: { kind: 'float', size: 8, byteOrder: 'little' } },
          ],
        },
      },
      { name: 'target', shape: [], type: { kind: 'reference', target: 'object' } },
      {
        name: 'list',
        shape: [3],
        type: { kind: 'array', shape: [2], item: { kind: 'float', size: 4, byteOrder: 'little' } },
      },
    ];
    const byName = (list: readonly AttributeType[]) => Object.fromEntries(list.map((one) => [one.name, one]));
    const path = directory.at('attributes.h5');
    expect(byName((await openGroup(path)).attributeTypes)).toEqual(byName(types));
    const described = await describeArray(`${path}#typed`);
    expect(byName(described.attributeTypes)).toEqual(byName(types));
    await using array = await openArray(`${path}#typed`);
    expect(array.attributeTypes).toEqual(described.attributeTypes);
  });

  test('describes enumerations, null dataspaces and attributes without stored types', async () => {
    const path = directory.at('attributes.h5');
    const { type } = await describeArray(`${path}#typed`);
    expect(type).toEqual({
      kind: 'enum',
      size: 4,
      base: { kind: 'integer', size: 4, signed: true, byteOrder: 'big' },
      members: [
        { name: 'far', value: -70_000 },
        { name: 'off', value: 0 },
      ],
    });
    const none = await describeArray(`${path}#none`);
    expect(none).toMatchObject({ isNull: true, shape: [0], type: { kind: 'float', size: 4, byteOrder: 'little' } });
    const zarr = await describeArray(directory.at('types.zarr/sub/t'));
    expect(zarr).toMatchObject({ isNull: false, type: { kind: 'integer', size: 2, signed: true } });
    expect(zarr.attributeTypes).toContainEqual({
      name: 'units',
      shape: [],
      type: { kind: 'text', size: null, encoding: 'utf-8', padding: null },
    });
  });

  test('describes one field of records, and refuses an unknown one', async () => {
    const field = await describeArray(directory.at('records.npy'), { field: 'p.v' });
    expect(field).toMatchObject({ elements: 'numbers', dtype: 'float32', shape: [5, 3], fields: null });
    await expect(describeArray(directory.at('records.npy'), { field: 'none' })).rejects.toThrow(/one of 'x'/);
  });

  test('walk yields shape, type, dimension names and units of the arrays of an HDF5 file', async () => {
    const entries = await walked('types.h5');
    const temperature = { dtype: 'float32', shape: [3, 4], dimensionNames: ['time', 'x'], units: 'K' };
    expect(entries['temperature']?.array).toMatchObject(temperature);
    expect(entries['group']).toEqual({ name: 'group', kind: 'group' });
    expect(entries['group/alias']).toMatchObject({
      link: { file: null, path: '/temperature' },
      array: { ...temperature, name: 'group/alias' },
    });
    expect(entries['dead']).toEqual({ name: 'dead', kind: 'other', link: { file: null, path: '/none', isDead: true } });
    expect(entries['hits']?.array).toMatchObject({
      elements: 'sequences',
      dtype: 'int32',
      shape: [2],
      units: 'counts',
    });
    expect(entries['table']?.array).toMatchObject({ elements: 'records', fields: particleFields });
    expect(entries['code']?.array).toMatchObject({ elements: 'text', shape: [2], storedType: 'text of 4 bytes' });
    expect(entries['regions']?.array?.storedType).toBe('region references');
    expect(entries['state']?.array).toMatchObject({ dtype: 'int8', storedType: 'enum of int8' });
    expect(entries['blob']?.array).toMatchObject({ dtype: 'uint8', storedType: 'opaque of 5 bytes' });
    expect(entries['brain']?.array).toMatchObject({ dtype: 'float32', storedType: 'bfloat16', codecs: [] });
    expect(entries['zfp']?.array).toMatchObject({ chunkShape: [10, 40], codecs: ['zfp'] });
    expect(entries['blosc2']?.array?.codecs).toEqual(['blosc2']);
  });

  test('walk yields a refused array with its error', async () => {
    const { long } = await walked('types.h5');
    expect(long?.array).toBeUndefined();
    expect(long?.error).toMatchObject({
      name: 'UnsupportedError',
      message: expect.stringMatching(/long double \(128-bit float/),
    });
    await expect(openArray(directory.at('types.h5#/long'))).rejects.toThrow(long?.error?.message);
  });

  test('walk describes the arrays of Zarr, TileDB, MATLAB, npz and safetensors', async () => {
    const zarr = await walked('types.zarr');
    expect(zarr['sub/t']?.array).toMatchObject({
      ...{ dtype: 'int16', shape: [6, 4], chunkShape: [2, 4], codecs: ['zstd'] },
      ...{ dimensionNames: ['time', 'x'], units: 'degC' },
    });
    const fields = [
      { name: 'a', dtype: 'int16', offset: 0 },
      { name: 'b', dtype: 'float32', offset: 2 },
    ];
    expect(zarr['table']?.array).toMatchObject({ elements: 'records', shape: [4], chunkShape: [2], fields });
    expect(zarr['code']?.array).toMatchObject({ elements: 'text', shape: [3], storedType: 'text of 4 bytes' });
    expect(zarr['wide']?.array?.storedType).toBe('text of 2 code points');
    expect(zarr['names']?.array).toMatchObject({ shape: [3], storedType: 'text of variable length' });
    expect(zarr['pcodec']?.array?.codecs).toEqual(['pcodec']);
    const tiledb = await walked('cells.tdb');
    expect(tiledb['v']?.array).toMatchObject({ dtype: 'float32', codecs: ['zstd'], domain: [{ lo: 0, hi: 5 }] });
    expect(tiledb['when']?.array).toMatchObject({ dtype: 'int64', storedType: 'datetime64[D]' });
    const matlab = await walked('values.mat');
    expect(matlab['m']).toMatchObject({ type: 'double', array: { shape: [2, 3], dtype: 'float64' } });
    expect(matlab['s/z']).toMatchObject({ type: 'double', array: { shape: [1, 1] } });
    expect(matlab['c']).toMatchObject({ type: 'cell', array: { shape: [1, 2], storedType: 'object references' } });
    const tensors = await walked('model.safetensors');
    expect(tensors['weights']?.array).toMatchObject({ shape: [2, 3], dtype: 'float32', storedType: 'bfloat16' });
    expect(tensors['small']?.array).toMatchObject({ storedType: 'float8_e4m3fn', codecs: [] });
    expect((await walked('packed.npz'))['b']?.array).toMatchObject({ shape: [10], restartPoints: 'none' });
  });

  test('walk describes what openArray opens, under the same name', async () => {
    const check = async (group: GroupHandle): Promise<void> => {
      for await (const { name, array } of group.walk()) {
        if (array?.elements !== 'numbers') continue;
        await using opened = await group.openArray(name);
        const { path, shape, dtype, chunkShape, fillValue, dimensionNames, maxShape, attributes } = opened;
        const same = { name: opened.name, path, shape, dtype, chunkShape, dimensionNames, maxShape, attributes };
        expect({ ...array, fillValue }).toMatchObject(same);
      }
    };
    for (const name of ['types.h5', 'types.zarr', 'cells.tdb', 'values.mat', 'model.safetensors', 'packed.npz']) {
      await check(await openGroup(directory.at(name)));
    }
    await check(await openGroup(directory.at('types.h5#/group')));
  });

  test('walk skips what the filter refuses, and describes nothing on request', async () => {
    const group = await openGroup(directory.at('types.h5'));
    const found: WalkEntry[] = [];
    const filter = ({ name }: { name: string }): boolean => name === 'temperature' || name.startsWith('h');
    for await (const entry of group.walk({ filter, describe: false })) found.push(entry);
    expect(found).toEqual([
      { name: 'hits', kind: 'array' },
      { name: 'temperature', kind: 'array' },
    ]);
    // @ts-expect-error the option must be a function
    await expect(group.walk({ filter: 'h*' }).next()).rejects.toThrow(/`options.filter`/);
    // @ts-expect-error the option must be a boolean
    await expect(group.walk({ describe: 1 }).next()).rejects.toThrow(/`options.describe`/);
  });

  test('walk goes on after a damaged group', async () => {
    const entries = await walked('damaged-group.h5');
    expect(Object.keys(entries)).toEqual(['after', 'after/x', 'bad', 'fine']);
    expect(entries['bad']).toMatchObject({ kind: 'group', error: { name: 'FormatError' } });
    expect(entries['fine']?.array?.shape).toEqual([3]);
    const group = await openGroup(directory.at('damaged-group.h5'));
    await expect(group.walk({ signal: AbortSignal.abort() }).next()).rejects.toMatchObject({ name: 'AbortError' });
    await expect((await group.openGroup('bad')).walk().next()).rejects.toMatchObject({ name: 'FormatError' });
  });

  test('does not decode a compressed stream', async () => {
    const brain = await describeArray(directory.at('damaged-brain.nii.gz'));
    expect(brain).toMatchObject({ shape: [300, 100, 100], codecs: ['deflate'], restartPoints: 'none' });
    expect(brain.streamBytes).toBe(readFileSync(directory.at('damaged-brain.nii.gz')).length);
    expect((await walked('damaged.npz'))['a']?.array).toMatchObject({ shape: [3_000_000], restartPoints: 'none' });
    // The streams are damaged indeed.
    await using array = await openArray(directory.at('damaged-brain.nii.gz'));
    await expect(array.read()).rejects.toThrow(/deflate stream/);
  });
});
