/**
 * Tests that the glossary and the code agree: the code contains the names in the glossary, and the glossary contains
 * the units of the architecture page.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');
const text = (path: string): string => readFileSync(join(root, path), 'utf8');
const rows = text('docs/glossary.md')
  .split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('| word '))
  .map((line) => line.split('|').map((cell) => cell.trim()))
  .map(([, words = '', , names = '']) => ({ words: words.split(', '), names: [...names.matchAll(/`(\w+)`/g)] }));

/** Returns the sources of lib/ and native/ as one text. */
function sources(): string {
  const paths = ['lib', 'native'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.(ts|h|cc)$/.test(name))
      .map((name) => join(folder, name)),
  );
  return paths.map(text).join('\n');
}

test('names in the glossary exist in the code', () => {
  const code = new Set(sources().match(/\w+/g));
  const names = rows.flatMap((row) => row.names.map(([, name = '']) => name));
  expect(names.length).toBeGreaterThan(30);
  expect(names.filter((name) => !code.has(name))).toEqual([]);
});

test('the glossary defines each unit of a read in the architecture page, with its names', () => {
  const page = text('docs/architecture.md');
  const table = page.slice(page.indexOf('## Units'), page.indexOf('## Planning'));
  const units = [...table.matchAll(/^\| (\w+) \|/gm)].map(([, unit = '']) => unit).filter((unit) => unit !== 'unit');
  const words = new Set(rows.flatMap((row) => row.words.flatMap((word) => word.split(' '))));
  expect(units.length).toBeGreaterThan(5);
  expect(units.filter((unit) => !words.has(unit))).toEqual([]);
});

test('no word has two entries', () => {
  const words = rows.flatMap((row) => row.words);
  expect(words.filter((word, i) => words.indexOf(word) !== i)).toEqual([]);
});
