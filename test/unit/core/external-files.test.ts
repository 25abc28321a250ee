import { describe, expect, test } from 'vitest';
import { ExternalFileError, FormatError } from '../../../lib/core/errors.js';
import { normalizePath, PathPolicy } from '../../../lib/core/external-files.js';

describe('normalising a path as text', () => {
  test.each([
    ['/a/b', '/a/b'],
    ['/a//b/', '/a/b'],
    ['/a/./b/../c', '/a/c'],
    ['/..', '/'],
    ['/../../a', '/a'],
    ['a/../..', '..'],
    ['../a', '../a'],
    ['./', '.'],
    ['/a/...', '/a/...'],
    ['/a/..b/b..', '/a/..b/b..'],
    ['/a\\..\\b', '/a\\..\\b'],
  ])('%j is %j', (path, normalized) => {
    expect(normalizePath(path)).toBe(normalized);
    expect(normalizePath(normalized)).toBe(normalized);
  });
});

describe('a file name below the directory of the opened path', () => {
  test.each([
    ['/d/run.h5', 'x', '/d/x'],
    ['/d/run.h5', '/d/e/x', '/d/e/x'],
    ['/run.h5', '../x', '/x'],
    ['run.h5', 'sub/x', './sub/x'],
    ['sub/../run.h5', 'x', 'sub/../x'],
  ])('of %s: %s is %s', (path, name, resolved) => {
    expect(PathPolicy.of('same-directory', path, 'file').resolve(name, path)).toBe(resolved);
  });

  test.each([
    ['/d/run.h5', '../x'],
    ['/d/run.h5', '/dd/x'],
    ['run.h5', '../x'],
    ['run.h5', '/x'],
  ])('in %s, %s is refused', (path, name) => {
    expect(() => PathPolicy.of('same-directory', path, 'file').resolve(name, path)).toThrow(ExternalFileError);
  });

  test('is relative to the file that contains it, and must stay in the directory of the opened file', () => {
    const policy = PathPolicy.of('same-directory', '/d/run.h5', 'file');
    expect(policy.resolve('../x', '/d/e/other.h5')).toBe('/d/x');
    expect(() => policy.resolve('../../x', '/d/e/other.h5')).toThrow(ExternalFileError);
  });

  test('stays within an opened directory', () => {
    const policy = PathPolicy.of('same-directory', '/d/store', 'directory');
    expect(policy.resolve('x', '/d/store/.zarray')).toBe('/d/store/x');
    expect(() => policy.resolve('../x', '/d/store/.zarray')).toThrow(ExternalFileError);
  });
});

test.each(['', 'a\0b', 'a'.repeat(4096)])('an invalid file name is a FormatError under every policy', (name) => {
  for (const policy of ['none', 'same-directory', 'any', { roots: ['/'] }] as const) {
    expect(() => new PathPolicy(policy, '/d').resolve(name, '/d/f')).toThrow(FormatError);
  }
});
