import { describe, expect, it } from 'vitest';
import { ChoiceError, FormatError, UnsupportedError } from '../../../../lib/core/errors.js';
import type { ArrayDescriptor } from '../../../../lib/formats/format.js';
import type { GroupDescriptor } from '../../../../lib/formats/group.js';
import { openDescriptor, openGroupDescriptor } from '../../../../lib/formats/registry.js';
import { runSync } from '../../../../lib/io/driver.js';
import type { Io } from '../../../../lib/io/io.js';
import { MemoryBackend } from '../../../support/memory-backend.js';

const dataset = { dimensions: [40, 7], blockSize: [16, 4], dataType: 'int16', compression: { type: 'gzip' } };
const files = new MemoryBackend({
  '/a.n5/attributes.json': '{"n5": "2.5.1", "title": "t"}',
  '/a.n5/g/x/attributes.json': JSON.stringify({ ...dataset, axes: ['x', 'y'], unit: 'nm', n5: '1.0.0' }),
  '/a.n5/g/x/0/0': 'a block',
  '/a.n5/broken/attributes.json': '{',
  '/a.n5/file': 'no directory',
});

const run = <T>(io: Io<T>, backend = files): T => runSync(io, backend);
const open = (array: string | null): ArrayDescriptor =>
  run(openDescriptor('/a.n5', { array, options: {}, format: null }));
const openGroup = (array: string | null): GroupDescriptor =>
  run(openGroupDescriptor('/a.n5', { array, options: {}, format: null }));

/** Opens a dataset with `changes` at the root of a store. */
function openChanged(changes: object): ArrayDescriptor {
  const backend = new MemoryBackend({ '/b.n5/attributes.json': JSON.stringify({ ...dataset, ...changes }) });
  return run(openDescriptor('/b.n5', { array: null, options: {}, format: null }), backend);
}

describe('N5', () => {
  it('has the dimensions of the file, with the first one fastest, and the attributes of the user', () => {
    const array = open('g/x');
    expect(array).toMatchObject({
      ...{ format: 'n5', name: 'g/x', shape: [40, 7], chunkShape: [16, 4], dtype: 'int16', fillValue: 0 },
      dimensionNames: ['x', 'y'],
      attributes: { n5: { compression: 'gzip' }, axes: ['x', 'y'], unit: 'nm' },
    });
    const [layer] = run(array.layers([0, 0], [40, 7]));
    expect(layer?.layout).toEqual({
      ...{ dtype: 'int16', byteOrder: 'big', axisOrder: [1, 0], edge: 'full' },
      codecs: [{ codec: 'n5Block', params: [2, 2, 16, 4, 2] }],
    });
    expect(layer === undefined ? null : run(layer.index.locate([[2], [1]]))).toMatchObject({
      ...{ kind: 'template', directory: '/a.n5/g/x', literals: ['', '/', ''] },
    });
  });

  it('shows every directory that is no dataset as a group', () => {
    const root = openGroup(null);
    expect(root.attributes).toEqual({ title: 't' });
    expect(run(root.children())).toEqual([
      { name: 'broken', kind: 'other' },
      { name: 'g', kind: 'group' },
    ]);
    expect(run(run(root.openGroup('g')).children())).toEqual([{ name: 'x', kind: 'array' }]);
    expect(run(root.openArray('/g/x')).name).toBe('g/x');
  });

  it('opens a directory without attributes if the caller names the format', () => {
    const backend = new MemoryBackend({ '/c/x/attributes.json': JSON.stringify(dataset) });
    const request = { array: null, options: {}, format: 'n5' };
    expect(run(run(openGroupDescriptor('/c', request), backend).children(), backend)).toEqual([
      { name: 'x', kind: 'array' },
    ]);
    expect(run(openDescriptor('/c', { ...request, array: 'x' }), backend).shape).toEqual([40, 7]);
  });

  it.each([
    ['the old name of the compression', { compression: undefined, compressionType: 'bzip2' }, [16]],
    ['raw blocks', { compression: { type: 'raw' } }, [0]],
    ['zlib', { compression: { type: 'gzip', useZlib: true } }, [1]],
    ['zstd', { compression: { type: 'zstd' } }, [3]],
    ['Blosc', { compression: { type: 'blosc', cname: 'lz4' } }, [7]],
    ['xz', { compression: { type: 'xz' } }, [22]],
    ['lz4', { compression: { type: 'lz4' } }, [30]],
  ])('knows %s', (_, changes, codec) => {
    const array = openChanged(changes);
    const [layer] = run(array.layers([0, 0], array.shape));
    expect(layer?.layout.codecs[0]?.params.slice(4)).toEqual(codec);
  });

  it.each([
    [{ compression: { type: 'jpeg' } }, 'the N5 compression "jpeg"'],
    [{ dataType: 'string' }, 'the N5 data type "string"'],
    [{ dataType: 'object' }, 'the N5 data type "object"'],
    [{ dimensions: new Array(33).fill(1), blockSize: new Array(33).fill(1) }, 'an N5 dataset of 33 dimensions'],
  ])('refuses %j by name', (changes, message) => {
    expect(() => openChanged(changes)).toThrow(UnsupportedError);
    expect(() => openChanged(changes)).toThrow(message);
  });

  it.each([
    [{ dimensions: [-1, 7] }, "'dimensions[0]'"],
    [{ dimensions: [] }, "'dimensions'"],
    [{ dimensions: 'x' }, "'dimensions'"],
    [{ blockSize: [0, 4] }, "'blockSize[0]'"],
    [{ blockSize: [4] }, "'blockSize'"],
    [{ blockSize: [2 ** 20, 2 ** 20] }, 'less than 2 GiB'],
    [{ dataType: 5 }, "'dataType'"],
    [{ compression: 'gzip' }, "'compression'"],
    [{ compression: undefined }, "'compression'"],
  ])('names the place of damage: %j', (changes, place) => {
    expect(() => openChanged(changes)).toThrow(FormatError);
    expect(() => openChanged(changes)).toThrow(place);
  });

  it('says what the store contains if there is no such array or group', () => {
    expect(() => open(null)).toThrow(
      "Expected an array in this N5 store, found a group; the store holds 'broken' (other), 'g' (group)",
    );
    expect(() => open('g/y')).toThrow("found nothing; 'g' holds 'x' (array)");
    expect(() => openGroup('g/x')).toThrow("Expected a group in this N5 store, found an array; 'g' holds 'x' (array)");
    expect(() => open('g/y')).toThrow(ChoiceError);
    expect(() => open('../b')).toThrow('Expected a path inside the N5 store');
  });

  it.each(['{"dimensions": [4]}', '{', '[]', 'null'])(
    'is not recognised from a folder with other attributes: %s',
    (attributes) => {
      const backend = new MemoryBackend({ '/a/attributes.json': attributes });
      expect(() => run(openDescriptor('/a', { array: null, options: {}, format: null }), backend)).toThrow(
        /no known format/,
      );
    },
  );
});
