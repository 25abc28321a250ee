/** Tests groups, links and attributes in files that h5py writes. Unsupported objects are refused by name. */
import * as fs from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { ArrayDescriptor } from '../../../lib/formats/format.js';
import type { GroupDescriptor } from '../../../lib/formats/group.js';
import { openGroupDescriptor } from '../../../lib/formats/registry.js';
import { openArray, openGroup, openText, readSubset, UnsupportedError } from '../../../lib/index.js';
import { newCounters } from '../../../lib/io/backend.js';
import { runSync } from '../../../lib/io/driver.js';
import type { Io } from '../../../lib/io/io.js';
import { nodeSyncBackend } from '../../../lib/io/node-backend.js';
import { runCommand } from '../../support/command.js';
import { openPath } from '../../support/open.js';
import { pythonMissing, runPython } from '../../support/python.js';
import { TemporaryDirectory } from '../../support/temporary.js';

const libvers = ['earliest', 'v110', 'latest'];

describe.skipIf(pythonMissing !== null)(pythonMissing ?? 'HDF5 files written by h5py', () => {
  if (pythonMissing !== null) return;
  const directory = new TemporaryDirectory();
  runPython('test/conformance/hdf5/structure.py', directory.path);
  const root = (file: string): GroupDescriptor => {
    return run(openGroupDescriptor(directory.at(file), { array: null, options: {}, format: null }));
  };

  test('refuses an old-style group with unsorted names, because a search would miss links that are listed', () => {
    const bytes = fs.readFileSync(directory.at('links-earliest.h5'));
    const name = Buffer.from('link-01500');
    for (const [i, other] of ['link-00100', 'link-02900', 'link-01499'].entries()) {
      const changed = Buffer.from(bytes);
      for (let at = changed.indexOf(name); at >= 0; at = changed.indexOf(name, at + 1)) changed.write(other, at);
      directory.write(`disordered-${i}.h5`, changed);
      const many = run(root(`disordered-${i}.h5`).openGroup('many'));
      expect(() => run(many.children())).toThrow(/expected (names|keys) in order/);
    }
  });

  describe.each(libvers)('links of libver %s', (libver) => {
    const group = (name: string): GroupDescriptor => run(root(`links-${libver}.h5`).openGroup(name));
    const array = (name: string): ArrayDescriptor => openPath(directory.at(`links-${libver}.h5`), { array: name });

    test.each(['many', 'many-ordered'])('lists all 3,000 links of the group %s, and finds each of them', (name) => {
      const expected = Array.from({ length: 3000 }, (_, i) => {
        return `link-${String((i * 7919) % 3000).padStart(5, '0')}${'x'.repeat(i % 40)}`;
      });
      const many = group(name);
      expect(run(many.children())).toEqual(expected.sort().map((link) => ({ name: link, kind: 'array' })));
      for (let i = 0; i < 3000; i += 97) expect(run(many.openArray(expected[i] ?? '')).shape).toEqual([5]);
      expect(() => run(many.openArray('link-00000y'))).toThrow(/'link-00000y' does not exist/);
    });

    test('lists and finds the remaining links of a group after most of its links were deleted', () => {
      const kept = (i: number): boolean => (i >= 200 && i < 2800 && i % 3 === 0) || i % 7 === 0;
      const expected = Array.from({ length: 3000 }, (_, i) => i).filter(kept);
      const names = expected.map((i) => `link-${String(i).padStart(5, '0')}`);
      const thinned = group('thinned');
      expect(run(thinned.children()).map(({ name }) => name)).toEqual(names);
      for (const name of names) expect(run(thinned.openArray(name)).shape).toEqual([5]);
    });

    test.each([0, 1, 8, 9, 40])('distinguishes groups from arrays in a group of %i links', (count) => {
      const expected = Array.from({ length: count }, (_, i) => {
        return i % 2 === 1 ? { name: `é${i}`, kind: 'group' } : { name: `d${i}`, kind: 'array' };
      });
      expect(run(group(`n${count}`).children())).toEqual(expected.sort((a, b) => (a.name < b.name ? -1 : 1)));
    });

    test('finds names of up to 3,541 characters', () => {
      const long = group('long');
      expect(run(long.children()).map(({ name }) => name.length)).toEqual(
        Array.from({ length: 60 }, (_, i) => 60 * i + 1),
      );
      expect(run(long.openArray('n'.repeat(3541))).shape).toEqual([5]);
    });

    test('follows absolute and relative soft links, and chains of them', () => {
      for (const name of ['absolute', 'relative', 'chain']) expect(array(`soft/${name}`).shape).toEqual([5]);
      expect(array('/soft/group/d1').shape).toEqual([5]);
      expect(run(group('soft').children())).toMatchObject([
        { name: 'a', kind: 'other' },
        { name: 'absolute', kind: 'array' },
        { name: 'b', kind: 'other' },
        { name: 'chain', kind: 'array' },
        { name: 'dangling', kind: 'other' },
        { name: 'group', kind: 'group' },
        { name: 'inner', kind: 'group' },
        { name: 'relative', kind: 'array' },
        { name: 'self', kind: 'other' },
      ]);
    });

    test('refuses cycles of soft links and soft links without a target', () => {
      for (const name of ['a', 'b', 'self']) expect(() => array(`soft/${name}`)).toThrow(/at most 16 links/);
      expect(() => array('soft/dangling')).toThrow(
        /expected an object at '\/soft\/dangling' through a link to '.*nowhere', but 'nowhere' does not exist/,
      );
    });

    test('refuses an external link without a target, and the error contains the target', () => {
      expect(() => array('external')).toThrow(
        /expected the file 'other.h5' of the external link 'external' to '\/there\/it\/is', found none/,
      );
    });

    test('paths and the search for arrays end in spite of cycles of hard links', () => {
      expect(array('circle/self/self/back/circle/back/data').shape).toEqual([5]);
      expect(() => openPath(directory.at(`links-${libver}.h5`))).toThrow(/Expected one of/);
    });

    test('a walk lists links to an enclosing group, but does not follow them', async () => {
      const file = await openGroup(directory.at(`links-${libver}.h5`));
      const found: string[] = [];
      for await (const { name, kind } of file.walk({ maxDepth: 1000 })) {
        if (!name.startsWith('many')) found.push(`${kind} ${name}`);
      }
      expect(found.filter((entry) => entry.includes('circle'))).toEqual([
        'group circle',
        'group circle/back',
        'group circle/self',
        'group circle/soft',
      ]);
      const names = new Set(found);
      expect(names.size).toBe(found.length);
      for (const entry of ['array data', 'group few', 'array few/d2', 'array soft/group/d1'])
        expect(names).toContain(entry);
    });

    test('the command shows the target of such a link', async () => {
      const end = await runCommand([
        'info',
        directory.at(`links-${libver}.h5`),
        '--array',
        'circle',
        '--depth',
        '1000',
      ]);
      expect(end.stdout).toMatch(/├─ back\/\n/);
      expect(end.stdout).toMatch(/├─ self\/ {2}same as \/circle\n└─ soft → \S+ {2}same as \/circle\n/);
    });

    test('refuses a group as an array, an array as a group, and a committed type as both', () => {
      expect(() => array('few')).toThrow(/expected a dataset at '\/few', found a group; it holds '/);
      expect(() => array('type')).toThrow(/expected a dataset at '\/type', found something else/);
      expect(() => group('data')).toThrow(/expected a group at '\/data'/);
      expect(() => array('data/deeper')).toThrow(/'deeper' does not exist/);
    });

    test('accepts paths with a leading slash, double slashes and dots', () => {
      expect(array('//few/./d0').name).toBe('few/d0');
      expect(run(group('few').openArray('/data')).name).toBe('data');
    });

    test('finds one of 3,000 names in few reads', () => {
      const counters = newCounters();
      const many = run(root(`links-${libver}.h5`).openGroup('many'));
      runSync(many.openArray('link-00000'), nodeSyncBackend, counters);
      expect(counters.reads).toBeLessThan(16);
    });
  });

  describe.each(libvers)('attributes of libver %s', (libver) => {
    const attributesOf = (name: string): Readonly<Record<string, unknown>> => {
      return run(root(`attributes-${libver}.h5`).openGroup(name)).attributes;
    };

    test('have values of all kinds', () => {
      const { reference, region, ...rest } = attributesOf('kinds');
      expect(reference).toEqual({ objectAddress: expect.any(Number) });
      expect(region).toEqual({ objectAddress: expect.any(Number), region: '[1:2]' });
      expect(new Map(Object.entries(rest)).get('__proto__')).toBe(1);
      expect({ ...Object.fromEntries(Object.entries(rest).filter(([name]) => name !== '__proto__')) }).toEqual({
        i1: -5,
        u8: 2n ** 64n - 1n,
        i8: -(2 ** 40),
        'big-endian': [1, -2, 300],
        f2: 0.5,
        f4: 1.25,
        f8: 1e300,
        nan: Number.NaN,
        inf: Number.NEGATIVE_INFINITY,
        bool: true,
        bools: [true, false],
        complex: [1, -2],
        matrix: [
          [0, 1, 2],
          [3, 4, 5],
        ],
        cube: [
          [
            [0, 1],
            [2, 3],
          ],
          [
            [4, 5],
            [6, 7],
          ],
        ],
        none: null,
        zero: [],
        text: 'héllo',
        texts: ['a', '', 'ccc'],
        bytes: 'fixed',
        padded: ['ab', 'c'],
        'space-padded': 'ab',
        opaque: Uint8Array.of(1, 2),
        enum: 1,
        compound: { n: 3, x: 1.5 },
        sequence: [[0, 1, 2], [0]],
        array: [
          [
            [0, 0],
            [0, 0],
          ],
        ],
      });
    });

    test('are read if an object has 300 of them or they are long', () => {
      const { huge, medium, ...many } = attributesOf('dense');
      const expected = Array.from({ length: 300 }, (_, i) => [`attribute ${String(i).padStart(3, '0')}`, i]);
      expect(many).toEqual(Object.fromEntries(expected));
      if (libver === 'earliest') return;
      expect(huge).toEqual(Array.from({ length: 20000 }, (_, i) => i));
      expect(medium).toEqual(Array.from({ length: 500 }, (_, i) => i));
    });

    test('of variable length are read from several heap collections', () => {
      const { attributes } = openPath(directory.at(`attributes-${libver}.h5`), { array: 'd' });
      expect(attributes).toEqual({ after: 'all', 'vlen of many': Array.from({ length: 600 }, (_, i) => `text ${i}`) });
    });
  });

  test('takes names of dimensions from labels and attached scales', () => {
    const names = (array: string): unknown => openPath(directory.at('scales.h5'), { array }).dimensionNames;
    expect(names('d')).toEqual(['x scale', 'labelled', null]);
    expect(names('plain')).toBe(null);
  });

  test('resolves references in attributes as h5py does', async () => {
    const group = await openGroup(directory.at('references.h5'), { array: 'g' });
    const { attributes } = group;
    expect(await group.resolveReferences(attributes)).toEqual({
      ...JSON.parse(fs.readFileSync(directory.at('references.json'), 'utf8')),
      box: '/g/d[2:5, 3:4]',
      strided: '/g/d[0:7:3, [1, 4, 5]]',
      complete: '/g/d',
      points: '/g/d[(0, 3), (9, 11), (4, 4)]',
    });
    expect(await group.resolveReferences({ objectAddress: 'text' })).toEqual({ objectAddress: 'text' });
  });

  test('resolves the attributes of dimension scales', async () => {
    const path = directory.at('scales.h5');
    const group = await openGroup(path);
    await using d = await openArray(path, { array: 'd' });
    expect(await group.resolveReferences(d.attributes['DIMENSION_LIST'])).toEqual([['/x'], ['/y'], []]);
    await using x = await openArray(path, { array: 'x' });
    expect(await group.resolveReferences(x.attributes['REFERENCE_LIST'])).toEqual([{ dataset: '/d', dimension: 0 }]);
  });

  test('reads references to points as text', async () => {
    await using regions = await openText(directory.at('references.h5'), { array: 'regions' });
    const points = '/g/d[(0, 3), (9, 11), (4, 4)]';
    expect((await regions.read()).data).toEqual([points, '/g/d[2:5, 3:4]', '', points]);
  });

  test('opens the only array of a file without a name, even if it has two names', () => {
    expect(openPath(directory.at('only.h5')).name).toBe('a/b/c');
    expect(openPath(directory.at('only-twice.h5')).name).toBe('a');
  });

  test('without a name, several arrays or none are an error that lists the arrays', () => {
    expect(() => openPath(directory.at('several.h5'))).toThrow(/Expected one of 'g0\/d00', 'g0\/d03'.*40 in all/);
    expect(() => openPath(directory.at('linked.h5'))).toThrow(/Expected one of 'z\/other', 'z\/y\/data' for/);
    expect(() => openPath(directory.at('none.h5'))).toThrow(/Expected an array, found none/);
  });

  test('refuses unsupported features by name', async () => {
    const file = root('refused.h5');
    const names = run(file.children()).map(({ name }) => name);
    expect(names).toHaveLength(4);
    for (const name of names) {
      if (name.startsWith('filter ')) {
        // h5py marks all filters of other libraries as optional, so the dataset can be opened, and the read of a chunk
        // fails.
        const reading = readSubset(directory.at('refused.h5'), null, { array: name });
        await expect(reading, name).rejects.toThrow(`Not supported: HDF5 ${name}`);
        continue;
      }
      expect(() => locateAll(run(file.openArray(name))), name).toThrow(/^Not supported: /);
      expect(() => locateAll(run(file.openArray(name))), name).toThrow(name);
    }
  });

  test('an unsupported filter only prevents reading the chunks that were stored with it', async () => {
    const values = Int32Array.from({ length: 100 }, (_, i) => i);
    const path = directory.at('skipped.h5');
    for (const name of ['lzo', 'decimal scale of integers']) {
      expect((await readSubset(path, null, { array: name })).data).toEqual(values);
    }
    await using mixed = await openArray(path, { array: 'lzo of one chunk' });
    expect(mixed.explain().codecs).toEqual(['HDF5 filter 305 (LZO)']);
    expect((await mixed.read('0:4')).data).toEqual(values.subarray(0, 40));
    await expect(mixed.read()).rejects.toThrow(/^Not supported: HDF5 filter 305 \(LZO\) \(.*skipped.h5\)/);
    expect(() => mixed.readSync()).toThrow(UnsupportedError);
  });

  test('reads numbers with fewer bits than their element', async () => {
    const path = directory.at('few-bits.h5');
    expect((await readSubset(path, null, { array: 'two' })).data).toEqual(Uint8Array.of(0, 1, 2, 3));
    expect((await readSubset(path, null, { array: 'twelve' })).data).toEqual(Uint16Array.of(0, 1, 4095, 77));
    await using factor = await openArray(path, { array: 'factor' });
    expect((await factor.read()).data).toEqual(Uint8Array.of(2, 0, 1, 2));
    expect(factor.attributes).toEqual({ 'hdf5:enum': { FALSE: 0, TRUE: 1, NA: 2 } });
    expect((await readSubset(path, null, { array: 'signed' })).data).toEqual(Int8Array.of(0, -1, 63, -64));
    expect((await readSubset(path, null, { array: 'ones above' })).data).toEqual(Uint8Array.of(0, 1, 127, 64));
  });

  test('errors tell if a file is open for writing or truncated', () => {
    expect(() => root('swmr.h5')).toThrow(/Not supported: an HDF5 file that is open for .*SWMR/);
    expect(() => root('writing.h5')).toThrow(/Not supported: an HDF5 file that is open for writing/);
    for (const libver of ['earliest', 'latest']) {
      expect(() => root(`family-${libver}-0.h5`)).toThrow(/Not supported: HDF5 family or multi file driver/);
    }
    for (const libver of libvers)
      expect(() => root(`truncated-${libver}.h5`)).toThrow(/truncated file: expected \d+ bytes/);
  });
});

function run<T>(io: Io<T>): T {
  return runSync(io, nodeSyncBackend);
}

/** Opens the array and locates all its chunks. */
function locateAll(array: ArrayDescriptor): void {
  const layers = run(
    array.layers(
      array.shape.map(() => 0),
      array.shape,
    ),
  );
  for (const { chunkShape, index } of layers) {
    const box = array.shape.map((extent, d) => {
      return Array.from({ length: Math.ceil(extent / (chunkShape[d] ?? 1)) }, (_, i) => i);
    });
    run(index.locate(box));
  }
}
