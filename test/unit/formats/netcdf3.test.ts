import { describe, expect, it } from 'vitest';
import { ChoiceError, FormatError } from '../../../lib/core/errors.js';
import type { ChunkLocations, Layer } from '../../../lib/formats/format.js';
import { openGroupDescriptor } from '../../../lib/formats/registry.js';
import { runSync } from '../../../lib/io/driver.js';
import { nodeSyncBackend } from '../../../lib/io/node-backend.js';
import type { Coalescing } from '../../../lib/plan/extent-shape.js';
import { extentsOf } from '../../../lib/plan/extents.js';
import { slice } from '../../../lib/plan/selection.js';
import { ByteWriter, countingBytes } from '../../support/byte-writer.js';
import { type NcFile, netcdf3Bytes } from '../../support/netcdf3-bytes.js';
import { openPath } from '../../support/open.js';
import { planOf } from '../../support/plans.js';
import { readReference, readReferenceBox } from '../../support/reference-reader.js';
import { TemporaryDirectory } from '../../support/temporary.js';

const temporary = new TemporaryDirectory();
let count = 0;

function write(file: NcFile | Uint8Array): string {
  count += 1;
  return temporary.write(`${count}.nc`, file instanceof Uint8Array ? file : netcdf3Bytes(file));
}

function shorts(...values: readonly number[]): Uint8Array {
  return new ByteWriter('big').i16(...values).done();
}

/** Three records of two variables, and one variable without records. Each record of `a` is padded. */
const mixed: NcFile = {
  version: 1,
  dims: [
    ['time', 0],
    ['x', 3],
  ],
  attributes: [['title', 'char', new TextEncoder().encode('mixed')]],
  variables: [
    { name: 'fixed', type: 'short', dims: [1], data: shorts(7, 8, 9) },
    { name: 'a', type: 'short', dims: [0, 1], data: shorts(1, 2, 3, 4, 5, 6, -1, -2, -3) },
    { name: 't', type: 'double', dims: [0], data: new ByteWriter('big').f64(0.5, 1.5, 2.5).done() },
  ],
  heldRecords: 3,
};

describe('the netcdf3 format', () => {
  it.each([1, 2, 5] as const)('reads fixed and record variables of CDF-%i', (version) => {
    const path = write({ ...mixed, version });
    const fixed = openPath(path, { array: 'fixed' });
    expect(fixed).toMatchObject({
      format: 'netcdf3',
      name: 'fixed',
      shape: [3],
      dtype: 'int16',
      dimensionNames: ['x'],
    });
    expect(new Int16Array(readReference(fixed).bytes.buffer)).toEqual(Int16Array.of(7, 8, 9));
    const a = openPath(path, { array: '/a' });
    expect(a).toMatchObject({ name: 'a', shape: [3, 3], chunkShape: [1, 3], dimensionNames: ['time', 'x'] });
    expect(a?.maxShape).toEqual([null, 3]);
    expect(new Int16Array(readReference(a).bytes.buffer)).toEqual(Int16Array.of(1, 2, 3, 4, 5, 6, -1, -2, -3));
    const t = openPath(path, { array: 't' });
    expect(new Float64Array(readReference(t).bytes.buffer)).toEqual(Float64Array.of(0.5, 1.5, 2.5));
  });

  it('locates only the records of a box', () => {
    const a = openPath(write(mixed), { array: 'a' });
    const [layer] = runSync(a.layers([1, 0], [3, 3]), nodeSyncBackend) as readonly [Layer];
    const found = runSync(layer.index.locate([[0], [0]]), nodeSyncBackend) as ChunkLocations & { kind: 'table' };
    // A record has 6 bytes of `a`, 2 bytes of padding and 8 bytes of `t`.
    expect(layer.layout.spacing).toEqual({ pitches: [16, 0], offset: 0, tail: 0 });
    expect([...found.lengths]).toEqual([2 * 16 + 6]);
    const [begin = 0] = found.offsets;
    const extents = (coalescing: Coalescing): number[][] => {
      const plan = planOf([slice(0, 3, 2), slice(1, 3)], [3, 3], layer, found, coalescing);
      return plan.layers.flatMap((part) => [...extentsOf(part)].map((e) => [e.offset, e.length]));
    };
    // Neighbouring ranges are read together if the gap between them is at most `gapBytes`.
    expect(extents({ gapBytes: 27, maxBytes: 1 << 20 })).toEqual([
      [begin + 2, 4],
      [begin + 34, 4],
    ]);
    expect(extents({ gapBytes: 28, maxBytes: 1 << 20 })).toEqual([[begin + 2, 36]]);
    expect(new Int16Array(readReferenceBox(a, [1, 1], [3, 2]).bytes.buffer)).toEqual(Int16Array.of(5, -2));
  });

  it.each(['byte', 'short', 'int'] as const)('packs the records of a single record variable of type %s', (type) => {
    const size = { byte: 1, short: 2, int: 4 }[type];
    const file: NcFile = {
      version: 1,
      dims: mixed.dims,
      variables: [{ name: 'v', type, dims: [0, 1], data: countingBytes(15 * size) }],
      heldRecords: 5,
    };
    const array = openPath(write(file));
    expect(array.shape).toEqual([5, 3]);
    const stored = Buffer.from(countingBytes(15 * size));
    if (size === 2) stored.swap16();
    if (size === 4) stored.swap32();
    expect(readReference(array).bytes).toEqual(Uint8Array.from(stored));
    expect(runSync(array.layers([0, 0], [5, 3]), nodeSyncBackend)[0]?.chunkShape).toEqual([5, 3]);
  });

  it.each([1, 5] as const)(
    'derives the number of records of a stream from the size of the file (CDF-%i)',
    (version) => {
      const a = openPath(write({ ...mixed, version, records: 'streaming' }), { array: 'a' });
      expect(a.shape).toEqual([3, 3]);
      expect(new Int16Array(readReference(a).bytes.buffer)).toEqual(Int16Array.of(1, 2, 3, 4, 5, 6, -1, -2, -3));
      expect(openPath(write({ ...mixed, records: 'streaming', heldRecords: 0 }), { array: 'a' }).shape).toEqual([0, 3]);
    },
  );

  it('reads variables without records and without dimensions', () => {
    const none = openPath(write({ ...mixed, heldRecords: 0 }), { array: 'a' });
    expect(readReference(none)).toMatchObject({ shape: [0, 3], bytes: new Uint8Array(0) });
    const scalar = write({
      version: 1,
      dims: [],
      variables: [{ name: 's', type: 'int', dims: [], data: shorts(0, 9) }],
    });
    const array = openPath(scalar);
    expect(array).toMatchObject({ shape: [], dimensionNames: [] });
    expect(new Int32Array(readReference(array).bytes.buffer)).toEqual(Int32Array.of(9));
  });

  it.each([
    ['byte', 'int8', 1],
    ['char', 'uint8', 1],
    ['short', 'int16', 1],
    ['int', 'int32', 1],
    ['float', 'float32', 1],
    ['double', 'float64', 1],
    ['ubyte', 'uint8', 5],
    ['ushort', 'uint16', 5],
    ['uint', 'uint32', 5],
    ['int64', 'int64', 5],
    ['uint64', 'uint64', 5],
  ] as const)('knows the type %s as %s', (type, dtype, version) => {
    const variable = { name: 'v', type, dims: [], data: countingBytes(8) };
    expect(openPath(write({ version, dims: [], variables: [variable] })).dtype).toBe(dtype);
    if (version === 5) {
      const early = write({ version: 2, dims: [], variables: [variable] });
      expect(() => openPath(early)).toThrow(/a type of CDF-2/);
    }
  });

  it('returns attributes, and derives scaling and fill value from them', () => {
    const big = (build: (writer: ByteWriter) => ByteWriter): Uint8Array => build(new ByteWriter('big')).done();
    const array = openPath(
      write({
        version: 5,
        dims: [],
        variables: [
          {
            name: 'v',
            type: 'short',
            dims: [],
            data: shorts(1),
            attributes: [
              ['units', 'char', new TextEncoder().encode('°C\0')],
              ['_FillValue', 'short', shorts(-999)],
              ['scale_factor', 'double', big((w) => w.f64(0.25))],
              ['add_offset', 'float', big((w) => w.f32(10))],
              ['valid_range', 'short', shorts(-3, 3)],
              ['large', 'int64', big((w) => w.i64(2n ** 60n))],
              ['none', 'int', new Uint8Array(0)],
              ['__proto__', 'byte', Uint8Array.of(0xff)],
            ],
          },
        ],
      }),
    );
    expect(array.fillValue).toBe(-999);
    expect(array.scaling).toEqual({ scale: 0.25, offset: 10 });
    expect(Object.entries(array.attributes)).toEqual([
      ['units', '°C'],
      ['_FillValue', -999],
      ['scale_factor', 0.25],
      ['add_offset', 10],
      ['valid_range', [-3, 3]],
      ['large', 2n ** 60n],
      ['none', []],
      ['__proto__', -1],
    ]);
    expect(openPath(write(mixed), { array: 'a' })).toMatchObject({ scaling: null, fillValue: null });
  });

  it('lists the variables if none is chosen', () => {
    expect(() => openPath(write(mixed))).toThrow(
      "Expected one of 'fixed', 'a', 't' for `options.array`, received undefined",
    );
    expect(() => openPath(write(mixed), { array: 'b' })).toThrow(ChoiceError);
  });

  it('opens as a group of its variables', () => {
    const request = { array: null, options: {}, format: null };
    const group = runSync(openGroupDescriptor(write(mixed), request), nodeSyncBackend);
    expect(group.attributes).toEqual({ title: 'mixed' });
    expect(runSync(group.children(), nodeSyncBackend).map(({ name }) => name)).toEqual(['a', 'fixed', 't']);
    expect(runSync(group.openArray('t'), nodeSyncBackend).shape).toEqual([3]);
  });

  it('reads a header longer than the first read', () => {
    const dims = Array.from({ length: 9_000 }, (_, i) => [`dimension number ${i}`, 2] as const);
    const variables = [{ name: 'last', type: 'short', dims: [8_999], data: shorts(4, 5) }] as const;
    const array = openPath(write({ version: 2, dims, variables }));
    expect(array.dimensionNames).toEqual(['dimension number 8999']);
    expect(new Int16Array(readReference(array).bytes.buffer)).toEqual(Int16Array.of(4, 5));
  });

  it('reports files truncated at any byte, and reads files truncated in padding', () => {
    const file = netcdf3Bytes({ ...mixed, variables: mixed.variables.slice(0, 1) });
    const end = file.length - 2;
    for (let length = 4; length < end; length += 3) {
      const path = write(file.slice(0, length));
      expect(() => openPath(path)).toThrow(FormatError);
    }
    expect(openPath(write(file.slice(0, end))).shape).toEqual([3]);
    const records = netcdf3Bytes(mixed);
    const short = write(records.slice(0, -1));
    expect(() => openPath(short, { array: 't' })).toThrow(/Expected 3 records of 't' up to byte \d+, found \d+ bytes/);
    expect(openPath(short, { array: 'a' }).shape).toEqual([3, 3]);
  });

  it('reports counts and references that the file cannot hold', () => {
    const variable = { name: 'v', type: 'byte', dims: [0], data: new Uint8Array(4) } as const;
    const file = (change: Partial<NcFile>): string =>
      write({ version: 1, dims: [['x', 4]], variables: [variable], ...change });
    expect(openPath(file({})).shape).toEqual([4]);
    expect(() => openPath(file({ dims: [['x', 5]] }))).toThrow(/Expected 5 bytes .* found 4/);
    expect(() => openPath(file({ dims: [] }))).toThrow(/a dimension below 0, found 0/);
    expect(() =>
      openPath(
        file({
          dims: [
            ['t', 0],
            ['u', 0],
          ],
        }),
      ),
    ).toThrow(/one record dimension, found a second, 'u'/);
    const backward = { ...variable, dims: [1, 0] };
    expect(() =>
      openPath(
        file({
          dims: [
            ['t', 0],
            ['x', 4],
          ],
          variables: [backward],
        }),
      ),
    ).toThrow(/record dimension first/);
    expect(() => openPath(file({ variables: [variable, variable] }))).toThrow(/distinct variables, found 'v' again/);
    expect(() => openPath(file({ dims: [['t', 0]], records: 4_000_000_000 }))).toThrow(FormatError);
    expect(() => openPath(file({ variables: [] }))).toThrow(/Expected an array, found none/);
    const rank = Array.from({ length: 33 }, () => 0);
    expect(() => openPath(file({ variables: [{ ...variable, dims: rank }] }))).toThrow(/at most 32 dimensions/);
    expect(() => openPath(file({ dims: [['', 4]] }))).toThrow(/a name, found none/);
  });

  it('reports a wrong list tag, and data that would overlap the header', () => {
    const file = netcdf3Bytes({
      version: 1,
      dims: [['x', 1]],
      variables: [{ name: 'v', type: 'int', dims: [0], data: countingBytes(4) }],
    });
    const tagged = Uint8Array.from(file);
    tagged[11] = 11;
    expect(() => openPath(write(tagged))).toThrow(/a list of dimensions, found tag 11 .*at byte 8\)/);
    const inside = Uint8Array.from(file);
    inside[file.length - 5] = 8;
    expect(() => openPath(write(inside))).toThrow(/after the header of \d+ bytes, found 8/);
  });
});
