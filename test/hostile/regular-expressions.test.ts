/** Tests the check of regular expressions, which `scripts/check/run` applies to lib/. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { TemporaryDirectory } from '../support/temporary.js';

const script = join(import.meta.dirname, '../../scripts/check/regular-expressions.mjs');
const directory = new TemporaryDirectory();

/** Runs the check on a program that consists of `lines`. */
function check(folder: string, lines: readonly string[]): { readonly code: number | null; readonly said: string } {
  directory.write(`${folder}/a.ts`, Buffer.from(`const s: string = '';\n${lines.join('\n')}\n`));
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, directory.at(folder)], { encoding: 'utf8' });
  return { code: status, said: stdout + stderr };
}

describe('the check of regular expressions', () => {
  test('refuses expressions that are not linear, or not known', () => {
    const lines = [
      's.match(/^[A-Za-z0-9+/\\s]*={0,2}\\s*$/);',
      's.match(/^[+-]?([0-9]+\\.?[0-9]*|\\.[0-9]+)(e[+-]?[0-9]+)?$/i);',
      "s.replace(/\\0+$/, '');",
      "new RegExp('^(a+)+$').test(s);",
      `new RegExp(\`^\${s}(\\\\d+)*x$\`).test(s);`,
      'new RegExp(s).test(s);',
    ];
    const { code, said } = check('bad', lines);
    expect(code).toBe(1);
    for (const line of lines.keys()) {
      expect(said).toMatch(new RegExp(`a\\.ts:${line + 2}: .*(polynomial|exponential|at run time)`));
    }
  });

  test('accepts linear expressions, and fails for a folder without any', () => {
    expect(check('good', ['s.match(/^[0-9]+$/);', 's.match(/[^"]*/y);'])).toEqual({
      code: 0,
      said: '2 regular expressions, 0 of them not linear\n',
    });
    expect(check('none', ['s.trim();']).code).toBe(1);
  });
});
