/**
 * Checks that SECURITY.md names tests for each of its promises, and that these tests exist.
 */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** A row of the table: a promise and its proof. */
interface Promised {
  readonly promise: string;
  readonly proof: string;
}

/** Returns the rows of the tables with columns `promise` and `proof`. */
function promisesOf(markdown: string): readonly Promised[] {
  const found: Promised[] = [];
  let isInTable = false;
  for (const line of markdown.split('\n')) {
    const cells = line.startsWith('|') ? line.split(/(?<!\\)\|/).map((cell) => cell.trim()) : null;
    const [, promise, proof] = cells ?? [];
    if (cells === null || promise === undefined || proof === undefined) isInTable = false;
    else if (promise === 'promise' && proof === 'proof') isInTable = true;
    else if (isInTable && !/^-+$/.test(promise)) found.push({ promise, proof });
  }
  return found;
}

/** A test that proves a promise; the whole file if the name is null. */
interface Proof {
  readonly path: string;
  readonly name: string | null;
}

/** Parses the tests in a cell: `path`: "name", "name"; `path` alone means the whole file. */
function testsOf(proof: string): readonly Proof[] {
  return [...proof.matchAll(/`((?:test|scripts)\/[^`]+)`((?:[:,] "[^"]+")*)/g)].flatMap(
    ([, path = '', list = '']): Proof[] => {
      const names = [...list.matchAll(/"([^"]+)"/g)].map(([, name = '']) => name);
      return names.length === 0 ? [{ path, name: null }] : names.map((name) => ({ path, name }));
    },
  );
}

const promises = promisesOf(fs.readFileSync(join(root, 'SECURITY.md'), 'utf8'));

describe('SECURITY.md', () => {
  test('lists promises', () => {
    expect(promises.length).toBeGreaterThan(20);
  });

  test.each(promises)('names tests that exist: $promise', ({ proof }) => {
    const tests = testsOf(proof);
    expect(tests.length).toBeGreaterThan(0);
    for (const { path, name } of tests) {
      const text = fs.readFileSync(join(root, path), 'utf8');
      if (name === null) continue;
      // Compares titles including their placeholders. C++ tests are identified by name.
      const quoted = path.endsWith('.cc') ? [`, ${name})`] : [`'${name}'`, `"${name}"`, `\`${name}`];
      expect(
        quoted.some((title) => text.includes(title)),
        `${path}: ${name}`,
      ).toBe(true);
    }
  });
});

test('detects a promise without a test or with a missing test', () => {
  expect(promisesOf('| promise | proof |\n|---|---|\n| a | `test/x.test.ts`: "b", "c" |\n\n| d | e |')).toEqual([
    { promise: 'a', proof: '`test/x.test.ts`: "b", "c"' },
  ]);
  expect(testsOf('`test/x.test.ts`: "b", "c"; `test/y.test.ts`')).toEqual([
    { path: 'test/x.test.ts', name: 'b' },
    { path: 'test/x.test.ts', name: 'c' },
    { path: 'test/y.test.ts', name: null },
  ]);
  expect(testsOf('by hand')).toEqual([]);
});
