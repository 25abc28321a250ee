import { describe, expect, it } from 'vitest';
import { FormatError } from '../../../lib/core/errors.js';
import { describeValue, expected, Fields, listNames } from '../../../lib/core/validate.js';

describe('describeValue', () => {
  it.each([
    ['a', "'a'"],
    ['x'.repeat(100), `'${'x'.repeat(60)}…'`],
    [1.5, '1.5'],
    [5n, '5n'],
    [undefined, 'undefined'],
    [null, 'null'],
    [true, 'true'],
    [[1, 'a', { b: 1 }], "[1, 'a', …]"],
    [new Array(20).fill(0), '[0, 0, 0, 0, 0, 0, 0, 0, …]'],
    [{}, 'an object of type Object'],
    [Object.create(null), 'an object of type null'],
    [new Float32Array(2), 'an object of type Float32Array'],
    [() => 1, 'a function'],
    [Symbol('s'), 'a symbol'],
  ])('shows %o as %s', (value, text) => {
    expect(describeValue(value)).toBe(text);
  });
});

describe('messages', () => {
  it('have the same form', () => {
    expect(expected('a number', 'options.threads', 'two').message).toBe(
      "Expected a number for `options.threads`, received 'two'",
    );
  });

  it('list a bounded number of names', () => {
    expect(listNames(['a', 'b'])).toBe("'a', 'b'");
    expect(listNames(['a', 'b', 'c'], 2)).toBe("'a', 'b', … (3 in all)");
  });
});

describe('Fields', () => {
  it('returns valid values, and defaults of absent keys', () => {
    const fields = Fields.ofOptions({ dtype: 'int8', shape: [1, 2], order: 'F', n: 3, names: ['x', null], extra: {} });
    expect(fields.dtype('dtype')).toBe('int8');
    expect(fields.shape('shape', 0)).toEqual([1, 2]);
    expect(fields.oneOf('order', ['C', 'F'], 'C')).toBe('F');
    expect(fields.oneOf('missing', ['C', 'F'], 'C')).toBe('C');
    expect(fields.integer('n', 0)).toBe(3);
    expect(fields.integer('missing', 0, 7)).toBe(7);
    expect(fields.byteOrder('missing', 'big')).toBe('big');
    expect(fields.dimensionNames('names', 2)).toEqual(['x', null]);
    expect(fields.dimensionNames('missing', 2)).toBeNull();
    expect(fields.record('extra')).toEqual({});
    expect(fields.record('missing')).toEqual({});
  });

  it('ignores inherited values', () => {
    const fields = Fields.ofOptions(Object.create({ dtype: 'int8' }));
    expect(fields.has('dtype')).toBe(false);
    expect(() => fields.string('toString')).toThrow(TypeError);
  });

  it('names the option, or the key and the file', () => {
    const record = { shape: [1.5], n: '3', names: ['x'], extra: [] };
    for (const [fields, type, where] of [
      [Fields.ofOptions(record), TypeError, 'options.'],
      [Fields.ofFile(record, '/f.json'), FormatError, ''],
    ] as const) {
      expect(() => fields.shape('shape', 0)).toThrow(type);
      expect(() => fields.shape('shape', 0)).toThrow(`for \`${where}shape\`, received [1.5]`);
      expect(() => fields.shape('shape', 0, 2)).toThrow(/a list of 2 integers/);
      expect(() => fields.integer('n', 0)).toThrow(`an integer of at least 0 for \`${where}n\`, received '3'`);
      expect(() => fields.dimensionNames('names', 2)).toThrow(type);
      expect(() => fields.record('extra')).toThrow(type);
      expect(() => fields.onlyKnown(['shape'], 'this')).toThrow(`nothing (this takes 'shape') for \`${where}n\``);
    }
    expect(() => Fields.ofFile(record, '/f.json').integer('n', 0)).toThrow('(/f.json)');
  });
});
