import { describe, expect, test } from 'vitest';
import { decodeBase64 } from '../../../lib/core/base64.js';
import { ChoiceError, FormatError, UnsupportedError } from '../../../lib/core/errors.js';
import { withoutTrailing } from '../../../lib/core/text.js';

describe('withoutTrailing', () => {
  test.each([
    ['', ''],
    ['\0', ''],
    ['a\0\0', 'a'],
    ['\0a', '\0a'],
    ['\0\0a\0', '\0\0a'],
  ])('%j is %j', (text, expected) => {
    expect(withoutTrailing(text, '\0')).toBe(expected);
  });
});

describe('decodeBase64', () => {
  test('returns the same as Buffer, with and without padding', () => {
    for (const length of [1, 2, 3, 4, 5, 100]) {
      const bytes = Uint8Array.from({ length }, (_, i) => i * 37);
      const text = Buffer.from(bytes).toString('base64');
      expect(decodeBase64(text, 'none')).toEqual(bytes);
      expect(decodeBase64(`\n ${text.slice(0, 2)} ${text.slice(2)}\t`, 'anywhere')).toEqual(bytes);
      expect(decodeBase64(text.replaceAll('=', ''), 'anywhere')).toEqual(bytes);
    }
    expect(decodeBase64('', 'none')).toHaveLength(0);
  });

  test.each(['A', 'AAAAA', 'A===', '====', 'AA=A', 'AA=', '###', 'AA-_', 'AAAA!', '=', 'AAA==', 'ÿAAA'])(
    'rejects %s',
    (text) => {
      expect(decodeBase64(text, 'none')).toBeNull();
      expect(decodeBase64(text, 'anywhere')).toBeNull();
    },
  );

  test('rejects white space unless it is allowed', () => {
    expect(decodeBase64('AA AA', 'none')).toBeNull();
  });
});

describe('error messages', () => {
  test('are short even for long names in a file, and keep the position', () => {
    const name = 'n'.repeat(1_000_000);
    const errors = [
      new FormatError(`Expected '${name}'`, { path: '/the/file', offset: 5 }),
      new ChoiceError('array', `Expected '${name}'`, '/the/file'),
      new UnsupportedError(name, '/the/file'),
    ];
    for (const { message } of errors) {
      expect(message.length).toBeLessThan(5000);
      expect(message).toContain('/the/file');
    }
  });
});
