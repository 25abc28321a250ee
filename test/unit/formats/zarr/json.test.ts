import { describe, expect, it } from 'vitest';
import { FormatError } from '../../../../lib/core/errors.js';
import { parseJson } from '../../../../lib/formats/zarr/json.js';

function parse(text: string) {
  return parseJson(new TextEncoder().encode(text), '/store/zarr.json');
}

describe('parseJson', () => {
  it('returns the same as JSON.parse', () => {
    const texts = [
      '{"a":[1,-2.5,3e2,true,false,null,"x"],"b":{"c":{}},"d":[]}',
      ' [ 1 , { "k" : "\\u00e9\\n\\t\\"\\\\\\/ \\ud83d\\ude00 ü" } ] \n',
      '"plain"',
      '-0',
      '{"":0,"a":1,"a":2}',
      '0.1',
      '1e400',
    ];
    for (const text of texts) expect(parse(text)).toEqual(JSON.parse(text));
  });

  it('keeps integers beyond 2^53 exactly, as bigints', () => {
    expect(parse('-9223372036854775808')).toBe(-9223372036854775808n);
    expect(parse('18446744073709551615')).toBe(18446744073709551615n);
    expect(parse('9007199254740991')).toBe(9007199254740991);
    expect(parse('9007199254740993')).toBe(9007199254740993n);
  });

  it('reads integers with very many digits as doubles, quickly', () => {
    expect(parse('9'.repeat(100_000))).toBe(Number.POSITIVE_INFINITY);
  });

  it('reads the literals of Python for NaN and infinities', () => {
    expect(parse('[NaN, Infinity, -Infinity]')).toEqual([Number.NaN, Infinity, -Infinity]);
  });

  it('creates own properties for keys that objects inherit', () => {
    const object = parse('{"__proto__": {"x": 1}, "constructor": 2}') as Record<string, unknown>;
    expect(Object.hasOwn(object, '__proto__')).toBe(true);
    expect(({} as { x?: unknown }).x).toBeUndefined();
    expect(object['constructor']).toBe(2);
  });

  it.each([
    ['', 0],
    ['{"a":1', 6],
    ['{"a" 1}', 5],
    ['{a:1}', 1],
    ['[1,]', 3],
    ['[1 2]', 3],
    ['01', 1],
    ['+1', 0],
    ['.5', 0],
    ['1.', 1],
    ['"a\nb"', 2],
    ['"\\x"', 1],
    ['"\\u12g4"', 1],
    ['"open', 5],
    ['{} x', 3],
    ['nul', 0],
    ['{"ü": !}', 7],
  ])('refuses %j, naming byte %i', (text, offset) => {
    try {
      parse(text);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(FormatError);
      expect((error as FormatError).offset).toBe(offset);
      expect((error as FormatError).path).toBe('/store/zarr.json');
    }
  });

  it('refuses bytes that are not UTF-8', () => {
    expect(() => parseJson(Uint8Array.of(0x22, 0xff, 0x22), 'p')).toThrow(FormatError);
  });

  it('refuses a document that is nested too deeply instead of exhausting the stack', () => {
    expect(() => parse('['.repeat(1_000_000))).toThrow(/at most 256/);
    expect(parse(`${'['.repeat(256)}1${']'.repeat(256)}`)).toBeInstanceOf(Array);
  });
});
