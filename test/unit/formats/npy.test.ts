import { describe, expect, it } from 'vitest';
import { ChoiceError, FormatError, UnsupportedError } from '../../../lib/core/errors.js';
import { fieldNames, type RecordType } from '../../../lib/core/stored-type.js';
import { chooseField } from '../../../lib/formats/field.js';
import { parsePythonLiteral } from '../../../lib/formats/npy/python-literal.js';
import { ByteWriter, countingBytes } from '../../support/byte-writer.js';
import { npyBytes, npyDict } from '../../support/npy-bytes.js';
import { openPath } from '../../support/open.js';
import { readReference } from '../../support/reference-reader.js';
import { TemporaryDirectory } from '../../support/temporary.js';

const temporary = new TemporaryDirectory();
let count = 0;

/** Writes a new file and opens it. */
function open(bytes: Uint8Array) {
  count += 1;
  return openPath(temporary.write(`${count}.npy`, bytes));
}

describe('the npy format', () => {
  it.each([1, 2, 3])('reads version %i', (major) => {
    const array = open(npyBytes(npyDict('<i4', false, [2, 3]), new ByteWriter().i32(1, 2, 3, 4, 5, 6).done(), major));
    expect(array).toMatchObject({ format: 'npy', shape: [2, 3], dtype: 'int32', chunkShape: [2, 3], scaling: null });
    expect(new Int32Array(readReference(array).bytes.buffer)).toEqual(Int32Array.of(1, 2, 3, 4, 5, 6));
  });

  it('reads Fortran order and big-endian', () => {
    const array = open(npyBytes(npyDict('>f8', true, [2, 3]), new ByteWriter('big').f64(1, 2, 3, 4, 5, 6).done()));
    expect(new Float64Array(readReference(array).bytes.buffer)).toEqual(Float64Array.of(1, 3, 5, 2, 4, 6));
  });

  it.each([
    ['|b1', 'bool', 1],
    ['?', 'bool', 1],
    ['|i1', 'int8', 1],
    ['|u1', 'uint8', 1],
    ['<i2', 'int16', 2],
    ['>u2', 'uint16', 2],
    ['<i4', 'int32', 4],
    ['>u4', 'uint32', 4],
    ['<i8', 'int64', 8],
    ['>u8', 'uint64', 8],
    ['<f2', 'float16', 2],
    ['=f4', 'float32', 4],
    ['f8', 'float64', 8],
    ['<c8', 'complex64', 8],
    ['>c16', 'complex128', 16],
  ] as const)('knows the dtype %s as %s', (descr, dtype, size) => {
    const array = open(npyBytes(npyDict(descr, false, [3]), countingBytes(3 * size)));
    expect(array.dtype).toBe(dtype);
    expect(readReference(array).bytes).toHaveLength(3 * size);
  });

  it('swaps both parts of big-endian complex numbers separately', () => {
    const array = open(npyBytes(npyDict('>c8', false, []), new ByteWriter('big').f32(1.5, -2).done()));
    expect(new Float32Array(readReference(array).bytes.buffer)).toEqual(Float32Array.of(1.5, -2));
  });

  it('reads arrays without dimensions and without elements', () => {
    const scalar = open(npyBytes(npyDict('<u2', false, []), new ByteWriter().u16(513).done()));
    expect(readReference(scalar)).toMatchObject({ shape: [], bytes: Uint8Array.of(1, 2) });
    expect(readReference(open(npyBytes(npyDict('<u2', false, [0, 5]), new Uint8Array(0)))).shape).toEqual([0, 5]);
  });

  it.each([
    ['old writers that align to 16 bytes', npyBytes(npyDict('|u1', false, [4]), countingBytes(4), 1, 16)],
    ['writers that do not align', npyBytes(npyDict('|u1', false, [4]), countingBytes(4), 1, 1)],
    ['Python 2', npyBytes("{'descr': '|u1', 'fortran_order': False, 'shape': (4L,)}", countingBytes(4))],
    [
      'double quotes and another order',
      npyBytes('{"shape":(4,),"descr":"|u1","fortran_order":False}', countingBytes(4)),
    ],
    [
      'a trailing comma in the tuple',
      npyBytes("{'descr': '|u1', 'fortran_order': False, 'shape': (2, 2, ), }", countingBytes(4)),
    ],
    ['a second array behind the first', npyBytes(npyDict('|u1', false, [4]), countingBytes(400))],
  ])('accepts %s', (_, bytes) => {
    expect(readReference(open(bytes)).bytes).toEqual(Uint8Array.of(0, 1, 2, 3));
  });

  it.each([
    ['<M8[ns]', 'datetime64[ns]'],
    ['>M8[10D]', 'datetime64[10D]'],
    ['<m8[us]', 'timedelta64[us]'],
    ['<m8', 'timedelta64'],
  ])('reads %s as int64, with the unit as an attribute', (descr, unit) => {
    const bytes = npyBytes(`{'descr': '${descr}', 'fortran_order': False, 'shape': (2,), }`, countingBytes(16));
    const array = open(bytes);
    expect(array).toMatchObject({ dtype: 'int64', attributes: { npy: { unit } } });
    expect(readReference(array).bytes.length).toBe(16);
  });

  it.each(['<M4[ns]', '<M8[]', '<M8[n s]', '<M8[ns]x'])('reports the date type %s as damage', (descr) => {
    const bytes = npyBytes(`{'descr': '${descr}', 'fortran_order': False, 'shape': (2,), }`, countingBytes(16));
    expect(() => open(bytes)).toThrow(FormatError);
  });

  it.each([
    ["'|O'", 'Python objects'],
    ["'|V8'", 'void'],
    ["'<f16'", "'<f16'"],
    ["[('a', '<f4'), ('b', '|O')]", 'Python objects'],
  ])('refuses elements of %s by name', (descr, name) => {
    const bytes = npyBytes(`{'descr': ${descr}, 'fortran_order': False, 'shape': (1,), }`, countingBytes(32));
    expect(() => open(bytes)).toThrow(UnsupportedError);
    expect(() => open(bytes)).toThrow(name);
  });

  it.each([
    ["'|S4'", 'uint8', [3, 4]],
    ["'<U3'", 'uint32', [3, 3]],
    ["'|S0'", 'uint8', [3, 0]],
  ] as const)('describes text of type %s as code units', (descr, dtype, shape) => {
    const bytes = npyBytes(`{'descr': ${descr}, 'fortran_order': True, 'shape': (3,), }`, countingBytes(36));
    expect(open(bytes)).toMatchObject({ dtype, shape, text: { hasAxis: true } });
  });

  it('describes records as bytes, and their fields with offsets', () => {
    const descr = "[('a', '<f4'), ('', '|V2'), (('title', 'b.c'), '>i2', (2,)), ('', '|S1'), ('d', [('e', '|u1')])]";
    const bytes = npyBytes(`{'descr': ${descr}, 'fortran_order': False, 'shape': (2,), }`, countingBytes(24));
    const found = open(bytes);
    expect(found).toMatchObject({ dtype: 'uint8', shape: [2, 12] });
    const place = (name: string): unknown => chooseField(found, name);
    expect(fieldNames(found.records?.type as RecordType)).toEqual(['a', 'b.c', 'f3', 'd.e']);
    expect(place('b.c')).toMatchObject({ dtype: 'int16', shape: [2, 2] });
    const [layer] = chooseField(found, 'b.c').fixedLayers ?? [];
    expect(layer?.layout).toMatchObject({ byteOrder: 'big', spacing: { pitches: [12, 2], offset: 6, tail: 2 } });
    expect(() => place('d')).toThrow("Expected one of 'd.e' for `options.field`, received 'd', which is a record");
    expect(() => place('x')).toThrow("Expected one of 'a', 'b.c', 'f3', 'd.e' for `options.field`, received 'x'");
    expect(() => chooseField(found, null)).toThrow('received undefined: the elements are records');
  });

  it('prefers a field whose name contains a dot to a field of a nested record', () => {
    const descr = "[('p', [('w', '|u1'), ('v', '|i1')]), ('p.w', '<i4')]";
    const found = open(npyBytes(`{'descr': ${descr}, 'fortran_order': False, 'shape': (2,), }`, countingBytes(12)));
    expect(chooseField(found, 'p.w').dtype).toBe('int32');
    expect(chooseField(found, 'p.v').dtype).toBe('int8');
  });

  it('refuses a field of an array that has no records', () => {
    const array = open(npyBytes(npyDict('<f4', false, [2]), countingBytes(8)));
    expect(() => chooseField(array, 'x')).toThrow("Expected no `options.field`, received 'x'");
  });

  it.each([
    ["[('a',)]", 'fields of a name and a dtype'],
    ["[('a', '<f4', (2,), 1)]", 'fields of a name and a dtype'],
    ['[1]', 'fields of a name and a dtype'],
    ['[]', 'fields'],
    ["[('', '|V8')]", 'fields'],
    ["[(1, '<f4')]", 'the name of a field'],
    ["[('a', '<f4'), ('a', '<f4')]", 'distinct names'],
    ["[('a', 'what')]", 'the dtype of a field'],
    ["[('a', None)]", 'the dtype of a field'],
    ["[('a', '<f4', (-1,))]", 'the shape of a field'],
    ["[('a', '<f4', ('b',))]", 'the shape of a field'],
    ["[('a', '<f4', (65536, 65536))]", 'less than 2 GiB'],
  ])('reports the damaged record %s', (descr, message) => {
    const bytes = npyBytes(`{'descr': ${descr}, 'fortran_order': False, 'shape': (1,), }`, countingBytes(16));
    expect(() => open(bytes)).toThrow(FormatError);
    expect(() => open(bytes)).toThrow(message);
  });

  it.each([
    ["{'descr': '<f4', 'fortran_order': False}", /shape/],
    ["{'descr': '<f4', 'fortran_order': False, 'shape': 4}", /a tuple of counts/],
    ["{'descr': '<f4', 'fortran_order': False, 'shape': (4)}", /a tuple of counts/],
    ["{'descr': '<f4', 'fortran_order': False, 'shape': (-4,)}", /a tuple of counts/],
    ["{'descr': '<f4', 'fortran_order': 0, 'shape': (4,)}", /fortran_order/],
    ["{'descr': '<q4', 'fortran_order': False, 'shape': (4,)}", /a dtype such as/],
    ["{'descr': None, 'fortran_order': False, 'shape': (4,)}", /a dtype such as/],
    ["{'descr': '<f4', 'fortran_order': False, 'shape': (4,), 'x': 1}", /found 'x'/],
    ["{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (4,)}", /distinct keys/],
    ["{'descr': '<f4', 'fortran_order': False, 'shape': (4,)", /found the end/],
    ["{'descr': '<f4', 'fortran_order': False, 'shape': (4,)} + {}", /nothing after/],
    ["__import__('os')", /a Python literal/],
    ["['descr']", /a dict/],
    [`${'('.repeat(100)}`, /levels/],
    [`{'descr': '<f4', 'fortran_order': False, 'shape': (${'1,'.repeat(33)})}`, /at most 32 dimensions/],
    ["{'descr': '<f4', 'fortran_order': False, 'shape': (9007199254740993,)}", /below 2\^53/],
    ["{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296)}", /less than 2\^53 bytes/],
  ])('reports the damaged header %s', (dict, message) => {
    const bytes = npyBytes(dict, countingBytes(16));
    expect(() => open(bytes)).toThrow(FormatError);
    expect(() => open(bytes)).toThrow(message);
  });

  it('reports a wrong version, a header beyond the file and truncated data with their offset', () => {
    const good = npyBytes(npyDict('<f4', false, [4]), countingBytes(16));
    const version = Uint8Array.from(good);
    version[6] = 4;
    expect(() => open(version)).toThrow(/version 1.0, 2.0 or 3.0, found 4.0 .*at byte 6\)/);
    const long = Uint8Array.from(good);
    long[9] = 0xff;
    expect(() => open(long)).toThrow(/an npy header of at most \d+ bytes, found \d+ .*at byte 8\)/);
    expect(() => open(good.slice(0, -1))).toThrow(/Expected 16 bytes for shape \[4\] of float32, found 15/);
    expect(() => open(good.slice(0, 9))).toThrow(FormatError);
  });

  it('takes no options and no array name', () => {
    const path = temporary.write('options.npy', npyBytes(npyDict('|u1', false, [1]), countingBytes(1)));
    expect(() => openPath(path, { options: { shape: [1] } })).toThrow(
      'Expected nothing (the format npy takes none) for `options.shape`, received [1]',
    );
    expect(() => openPath(path, { array: 'x' })).toThrow(ChoiceError);
  });
});

describe('the parser of Python literals', () => {
  it('reads nested values, escapes and signs', () => {
    const value = parsePythonLiteral(" {'a\\x41\\n': [(1, -2), (), None], u'b': (True,), b'c': (3)} ");
    expect(value).toEqual({
      type: 'dict',
      entries: [
        [
          'aA\n',
          {
            type: 'list',
            items: [
              {
                type: 'list',
                items: [
                  { type: 'integer', value: 1 },
                  { type: 'integer', value: -2 },
                ],
              },
              { type: 'list', items: [] },
              { type: 'none' },
            ],
          },
        ],
        ['b', { type: 'list', items: [{ type: 'boolean', value: true }] }],
        ['c', { type: 'integer', value: 3 }],
      ],
    });
  });

  it.each(['', "'a", '1.5', '1e3', '0x10', '{1: 2}', '[1 2]', "'\\q'", 'Truey', '--1', '{,}', '(,)'])(
    'refuses %j',
    (text) => {
      expect(() => parsePythonLiteral(text)).toThrow(/^Expected /);
    },
  );
});
