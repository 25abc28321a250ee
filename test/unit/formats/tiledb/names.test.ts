import { describe, expect, test } from 'vitest';
import { FormatError } from '../../../../lib/core/errors.js';
import {
  compareNames,
  dataFileName,
  parseFragmentName,
  parseTimestampedName,
} from '../../../../lib/formats/tiledb/names.js';

const uuid = '19e69a266ce044b9b53c32a65768e699';

describe('names of fragments', () => {
  test.each([
    [`__5_9_${uuid}_21`, 5n, 9n, 21],
    [`__5_9_${uuid}`, 5n, 9n, 4],
    [`__${uuid}_1795322324397`, 1795322324397n, 1795322324397n, 2],
    [`__${uuid}_5_9`, 9n, 9n, 2],
    [`__0_18446744073709551615_${uuid}_22`, 0n, 18446744073709551615n, 22],
  ])('%s says its times and its format', (name, start, end, version) => {
    expect(parseFragmentName(name)).toEqual({ name, start, end, version });
  });

  test.each([
    ['__meta'],
    ['__schema'],
    [`__9_5_${uuid}_21`],
    [`__5_9_${uuid.slice(1)}_21`],
    [`__5_9_${uuid}_21.ok`],
    [`5_9_${uuid}_21`],
    [`__5_9_${uuid}_`],
    ['__lock.tdb'],
    [`__../../__5_9_${uuid}_21`],
  ])('%s is none', (name) => {
    expect(parseFragmentName(name)).toBeNull();
  });

  test('the name of a schema has no version', () => {
    expect(parseTimestampedName(`__5_9_${uuid}`)?.version).toBeNull();
  });

  test('are sorted by timestamps as numbers, then by name', () => {
    const names = [`__10_10_${uuid}_22`, `__9_9_${uuid}_22`, `__9_12_${uuid}_22`, `__9_9_0${uuid.slice(1)}_22`];
    const parsed = names.map(parseFragmentName).filter((name) => name !== null);
    expect(parsed.sort(compareNames).map(({ name }) => names.indexOf(name))).toEqual([3, 1, 2, 0]);
  });
});

describe('names of data files', () => {
  test.each([
    [22, 'a3.tdb'],
    [9, 'a3.tdb'],
    [7, 'a b%.tdb'],
    [1, 'a b%.tdb'],
  ])('format %i', (version, name) => {
    expect(dataFileName(version, 3, 'a b%', 'values', '/x')).toBe(name);
  });

  test('format 8 escapes characters, some with codes of other characters', () => {
    expect(dataFileName(8, 0, 'a/b<>\\|"%', 'values', '/x')).toBe('a%2Fb%20%2D%30%3C%22%25.tdb');
  });

  test('the validity has its own file', () => {
    expect(dataFileName(12, 1, 'v', 'validity', '/x')).toBe('a1_validity.tdb');
    expect(dataFileName(7, 1, 'v', 'validity', '/x')).toBe('v_validity.tdb');
    expect(dataFileName(12, 1, 'v', 'variable', '/x')).toBe('a1_var.tdb');
    expect(dataFileName(7, 1, 'v', 'variable', '/x')).toBe('v_var.tdb');
  });

  test('a name outside the folder is refused', () => {
    expect(() => dataFileName(7, 0, '../../etc/passwd', 'values', '/x')).toThrow(FormatError);
    expect(dataFileName(22, 0, '../../etc/passwd', 'values', '/x')).toBe('a0.tdb');
  });
});
