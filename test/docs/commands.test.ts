/**
 * Checks the npm commands in the documentation, the benchmark results and benchmarks/runner/main.mjs: their script
 * exists, and their options follow `--`, because npm consumes options before `--`.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');
const text = (path: string): string => readFileSync(join(root, path), 'utf8');
const { scripts } = JSON.parse(text('package.json')) as { readonly scripts: Readonly<Record<string, string>> };

const pages = [
  ...readdirSync(root).filter((name) => name.endsWith('.md')),
  'examples/README.md',
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md') && !/node_modules|\.vitepress|^(api|measured)\//.test(name))
    .map((name) => `docs/${name}`),
  ...readdirSync(join(root, 'benchmarks/results')).map((name) => `benchmarks/results/${name}`),
  'benchmarks/runner/main.mjs',
];

/** Finds the name and arguments of every `npm run NAME ...`, up to the end of its code span or line. */
function commandsOf(
  page: string,
): { readonly line: string; readonly name: string; readonly args: readonly string[] }[] {
  return [...text(page).matchAll(/\bnpm run (?!--)([\w:]+)([^`"'\n#;,]*)/g)].map(([line, name = '', rest = '']) => {
    return { line: `${page}: ${line.trim()}`, name, args: rest.trim().split(/\s+/) };
  });
}

const commands = pages.flatMap(commandsOf);

test('name existing scripts of package.json', () => {
  expect(commands.length).toBeGreaterThan(40);
  expect(commands.filter(({ name }) => !(name in scripts)).map(({ line }) => line)).toEqual([]);
});

test('have `--` before the first option', () => {
  const kept = commands.filter(({ args }) => {
    const first = args.findIndex((word) => /^\[?-/.test(word));
    return first >= 0 && args[first] !== '--';
  });
  expect(kept.map(({ line }) => line)).toEqual([]);
  expect(commands.filter(({ args }) => args.includes('--')).length).toBeGreaterThan(10);
});
