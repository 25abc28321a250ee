import { describe, expect, it } from 'vitest';
import { FormatError } from '../../../lib/core/errors.js';
import { parseJsonFill } from '../../../lib/formats/tiles/json-fill.js';
import { parseTemplate } from '../../../lib/formats/tiles/path-template.js';
import { ByteWriter } from '../../support/byte-writer.js';
import { openPath } from '../../support/open.js';
import { readReference } from '../../support/reference-reader.js';
import { TemporaryDirectory } from '../../support/temporary.js';

const temporary = new TemporaryDirectory();
const good = { version: 1, shape: [3, 4], tileShape: [2, 3], dtype: 'int16', path: 't_{0}_{1:03}.bin' };
let count = 0;

/** Creates a directory with the manifest and files, and returns its path. */
function write(manifest: unknown, files: Readonly<Record<string, Uint8Array>> = {}): string {
  count += 1;
  const name = String(count);
  const text = typeof manifest === 'string' ? manifest : JSON.stringify(manifest);
  temporary.write(`${name}/tiles.json`, text);
  for (const [file, bytes] of Object.entries(files)) temporary.write(`${name}/${file}`, bytes);
  return temporary.at(name);
}

function i16(...values: readonly number[]): Uint8Array {
  return new ByteWriter().i16(...values).done();
}

/** The element in row r and column c is 10r + c. */
const whole = Int16Array.of(0, 1, 2, 3, 10, 11, 12, 13, 20, 21, 22, 23);
const fullTiles = {
  't_0_000.bin': i16(0, 1, 2, 10, 11, 12),
  't_0_001.bin': i16(3, -1, -1, 13, -1, -1),
  't_1_000.bin': i16(20, 21, 22, -1, -1, -1),
  't_1_001.bin': i16(23, -1, -1, -1, -1, -1),
};

describe('the tile directory', () => {
  it('reads full edge tiles, opened by directory or manifest', () => {
    const path = write(good, fullTiles);
    for (const at of [path, `${path}/`, `${path}/tiles.json`]) {
      const array = openPath(at);
      expect(array).toMatchObject({
        format: 'tiles',
        shape: [3, 4],
        chunkShape: [2, 3],
        dtype: 'int16',
        fillValue: null,
      });
      expect(array.guardedFiles).toEqual([`${path}/tiles.json`]);
      expect(new Int16Array(readReference(array).bytes.buffer)).toEqual(whole);
    }
  });

  it('reads clipped big-endian edge tiles in Fortran order after a file header', () => {
    const tile = (...values: readonly number[]): Uint8Array =>
      new ByteWriter('big')
        .zeros(5)
        .i16(...values)
        .done();
    const path = write(
      { ...good, path: '{1}/{0}', order: 'F', byteOrder: 'big', edgeTiles: 'clipped', offset: 5 },
      { '0/0': tile(0, 10, 1, 11, 2, 12), '1/0': tile(3, 13), '0/1': tile(20, 21, 22), '1/1': tile(23) },
    );
    expect(new Int16Array(readReference(openPath(path)).bytes.buffer)).toEqual(whole);
  });

  it('reads missing tiles as the fill value', () => {
    const { 't_0_000.bin': _, ...rest } = fullTiles;
    const array = openPath(write({ ...good, fillValue: -7 }, rest));
    expect(array.fillValue).toBe(-7);
    expect(new Int16Array(readReference(array).bytes.buffer)).toEqual(
      Int16Array.of(-7, -7, -7, 3, -7, -7, -7, 13, 20, 21, 22, 23),
    );
    expect(new Int16Array(readReference(openPath(write(good))).bytes.buffer)).toEqual(new Int16Array(12));
  });

  it('returns attributes and dimension names', () => {
    const array = openPath(write({ ...good, attributes: { units: 'K' }, dimensionNames: ['y', null] }));
    expect(array).toMatchObject({ attributes: { units: 'K' }, dimensionNames: ['y', null] });
  });

  it('reads arrays without dimensions and without elements', () => {
    const scalar = write({ version: 1, shape: [], tileShape: [], dtype: 'int16', path: 'only' }, { only: i16(42) });
    expect(new Int16Array(readReference(openPath(scalar)).bytes.buffer)).toEqual(Int16Array.of(42));
    const empty = openPath(write({ ...good, shape: [0, 4] }));
    expect(readReference(empty)).toMatchObject({ shape: [0, 4], bytes: new Uint8Array(0) });
  });

  it('returns a location template for the planner', () => {
    const array = openPath(write(good));
    const [layer] = [...drain(array.layers([0, 0], [3, 4]))];
    expect(drain(layer?.index.locate([[0], [1]]) ?? never())).toEqual({
      kind: 'template',
      directory: temporary.at(String(count)),
      literals: ['t_', '_', '.bin'],
      fields: [
        { dimension: 0, width: 0 },
        { dimension: 1, width: 3 },
      ],
      offset: 0,
    });
  });

  it.each([
    [{ version: 2 }, 'version 1 for `version`, received 2'],
    [{ version: undefined }, '`version`, received undefined'],
    [{ shape: [3, -4] }, '`shape`, received [3, -4]'],
    [{ shape: 12 }, '`shape`, received 12'],
    [{ tileShape: [2] }, 'a list of 2 integers of at least 1 for `tileShape`, received [2]'],
    [{ tileShape: [2, 0] }, '`tileShape`, received [2, 0]'],
    [{ dtype: '<i2' }, "`dtype`, received '<i2'"],
    [{ order: 'K' }, "one of 'C', 'F' for `order`"],
    [{ byteOrder: 'native' }, '`byteOrder`'],
    [{ edgeTiles: 'padded' }, "one of 'full', 'clipped' for `edgeTiles`"],
    [{ fillValue: 40_000 }, '`fillValue`, received 40000'],
    [{ fillValue: 'NaN' }, "`fillValue`, received 'NaN'"],
    [{ offset: -1 }, '`offset`, received -1'],
    [{ offset: 2 ** 52 }, '`offset`'],
    [{ attributes: [] }, 'an object for `attributes`'],
    [{ dimensionNames: ['y'] }, 'a list of 2 names or nulls for `dimensionNames`'],
    [{ fill_value: 3 }, '`fill_value`, received 3'],
    [{ path: undefined }, 'a string for `path`'],
    [{ path: '' }, '`path`'],
    [{ path: '/etc/{0}/{1}' }, "without empty steps, '.' or '..'"],
    [{ path: '../{0}/{1}' }, "without empty steps, '.' or '..'"],
    [{ path: 'a/../../{0}/{1}' }, "without empty steps, '.' or '..'"],
    [{ path: './{0}/{1}' }, "without empty steps, '.' or '..'"],
    [{ path: 'a//{0}/{1}' }, "without empty steps, '.' or '..'"],
    [{ path: '{0}{1}/..' }, "without empty steps, '.' or '..'"],
    [{ path: '{0}_{1}\0' }, 'no NUL character'],
    [{ path: '{0}_{2}' }, 'dimensions below 2, found {2}'],
    [{ path: '{0}_{1' }, 'fields like {0} or {0:03}'],
    [{ path: '{0}_{y}' }, 'fields like {0} or {0:03}'],
    [{ path: '{0}_{1:3}' }, 'fields like {0} or {0:03}'],
    [{ path: '{0}_{1:099}' }, 'at most 20 digits'],
    [{ path: '{0}.bin' }, 'a field for dimension 1, which has several tiles'],
    [{ shape: [30, 40], path: '{0}{1}' }, 'the field for dimension 0 ends (two tiles share a name)'],
    [{ shape: [30, 40], path: '{0}1{1}' }, 'two tiles share a name'],
  ])('reports the manifest with %j', (change, message) => {
    const path = write({ ...good, ...change });
    expect(() => openPath(path)).toThrow(FormatError);
    expect(() => openPath(path)).toThrow(message);
    expect(() => openPath(path)).toThrow(`${path}/tiles.json`);
  });

  it.each(['', '{', '[]', 'null', '"text"', '{"version": 1}', '\ufffe'])('reports the manifest %j', (text) => {
    expect(() => openPath(write(text))).toThrow(FormatError);
  });

  it('accepts adjacent fields of fixed width', () => {
    expect(openPath(write({ ...good, shape: [30, 40], path: '{0:02}{1}' })).shape).toEqual([30, 40]);
    expect(() => openPath(write({ ...good, shape: [300, 40], path: '{0:02}{1}' }))).toThrow(/share a name/);
  });

  it('reports sizes beyond 2^53', () => {
    expect(() => openPath(write({ ...good, shape: [2 ** 40, 2 ** 20] }))).toThrow(/less than 2\^53 bytes/);
    expect(() => openPath(write({ ...good, tileShape: [2 ** 40, 2 ** 20] }))).toThrow(/less than 2\^53 bytes/);
  });
});

describe('path templates', () => {
  it('reads doubled braces as literal text', () => {
    expect(parseTemplate('a{{{0}}}b/{1:02d}', 2)).toEqual({
      literals: ['a{', '}b/', ''],
      fields: [
        { dimension: 0, width: 0 },
        { dimension: 1, width: 2 },
      ],
    });
  });
});

describe('fill values in JSON', () => {
  it.each([
    ['float32', 'NaN', Number.NaN],
    ['float64', '-Infinity', -Infinity],
    ['float16', 1.5, 1.5],
    ['int64', '9223372036854775807', 9223372036854775807n],
    ['int64', -5, -5n],
    ['uint8', 255, 255],
    ['bool', true, true],
    ['bool', 0, false],
    ['complex64', [1, 'NaN'], [1, Number.NaN]],
    ['complex128', 2, [2, 0]],
    ['int8', null, null],
    ['int8', undefined, null],
  ] as const)('reads %s %j', (dtype, value, expected) => {
    expect(parseJsonFill(value, dtype)).toEqual(expected);
  });

  it.each([
    ['int64', '9223372036854775808'],
    ['int64', 2 ** 60],
    ['uint64', '-1'],
    ['uint8', 256],
    ['uint8', 1.5],
    ['int8', -129],
    ['int16', '0x10'],
    ['float32', 'nan'],
    ['float32', true],
    ['bool', 2],
    ['complex64', [1]],
    ['complex64', [1, 2, 3]],
    ['int8', {}],
  ] as const)('refuses %s %j', (dtype, value) => {
    expect(parseJsonFill(value, dtype)).toBeUndefined();
  });
});

/** Runs a generator that makes no requests, and returns its result. */
function drain<T>(generator: Generator<unknown, T, never>): T {
  const step = generator.next();
  if (step.done !== true) throw new Error('Expected no request');
  return step.value;
}

function never(): never {
  throw new Error('Expected a layer');
}
