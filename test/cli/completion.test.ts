/** Tests the completion scripts in the shells that are installed. */
import { spawnSync } from 'node:child_process';
import { beforeAll, describe, expect, test } from 'vitest';
import { benchStorage } from '../../lib/bench/index.js';
import { accessValues, formatNames, orderValues } from '../../lib/cli/option-values.js';
import { commands } from '../../lib/cli/registry.js';
import { formats } from '../../lib/formats/registry.js';
import { cachePolicies, diagnose, engineNames, openArray } from '../../lib/index.js';
import { commandEnvironment, runCommand } from '../support/command.js';
import { compiledCommand } from '../support/compiled.js';
import { failure } from '../support/faults.js';
import { TemporaryDirectory } from '../support/temporary.js';
import { arrayV2, writeFiles } from '../support/zarr-store.js';

const directory = new TemporaryDirectory();
const names = commands.map(({ name }) => name);
const isThere = (shell: string) => spawnSync(shell, ['-c', 'true']).status === 0;

const run = (shell: string, script: string): string[] => {
  const { stdout, stderr, status } = spawnSync(shell, ['-c', script], {
    cwd: directory.path,
    encoding: 'utf8',
    env: commandEnvironment(),
  });
  expect(stderr).toBe('');
  expect(status).toBe(0);
  return stdout.split('\n').filter((line) => line !== '');
};

const main = compiledCommand();
const oNames = ['group#/ocean', 'group#/other/'];

beforeAll(async () => {
  directory.write('volume.npy', '');
  writeFiles(directory.at('group'), {
    '.zgroup': { zarr_format: 2 },
    'ocean/.zarray': arrayV2(),
    'land/.zarray': arrayV2(),
    'other/.zgroup': { zarr_format: 2 },
    'other/ice/.zarray': arrayV2(),
  });
  for (const shell of ['bash', 'zsh', 'fish']) {
    const { stdout, code } = await runCommand(['completion', shell]);
    expect(code).toBe(0);
    directory.write(`script.${shell}`, stdout);
  }
});

describe('bash', () => {
  const complete = (...words: string[]) =>
    run(
      'bash',
      `posix-par() { '${process.execPath}' '${main}' "$@"; }; source ./script.bash; COMP_WORDS=(posix-par ${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length}; _posix_par; printf '%s\\n' "\${COMPREPLY[@]}"`,
    );
  test('completes the names of commands', () => {
    expect(complete('')).toEqual([...names, 'help']);
    expect(complete('--json', 'exp')).toEqual(['explain']);
  });
  test('completes options of the command and global options', () => {
    expect(complete('read', '--out')).toEqual(['--output']);
    expect(complete('read', 'volume.npy', '--th')).toEqual(['--threads']);
    expect(complete('info', '--out')).toEqual([]);
    expect(complete('fs', '--th')).toEqual([]);
    expect(complete('fs', '--js')).toEqual(['--json']);
  });
  test('completes values and files', () => {
    expect(complete('read', 'volume.npy', '--as', 'float')).toEqual(['float16', 'float32', 'float64']);
    expect(complete('read', 'vol')).toEqual(['volume.npy']);
    expect(complete('completion', 'z')).toEqual(['zsh']);
    expect(complete('read', 'volume.npy', '--engine', 'u')).toEqual(['uring', 'uring-direct']);
    expect(complete('--cache', '')).toEqual(['keep', 'drop', 'dontcache']);
    expect(complete('bench', '--access', 'c')).toEqual(['cached', 'cold']);
    expect(complete('bench', '--order', '')).toEqual(['sequential', 'random']);
    expect(complete('info', '--format', 'netcdf')).toEqual(['netcdf4', 'netcdf3']);
    expect(complete('read', 'volume.npy', '--cmap', 'v')).toEqual(['viridis']);
  });
  test('completes names of arrays and groups after #', () => {
    expect(complete('info', 'group#/o')).toEqual(oNames);
    expect(complete('read', 'group#/other/')).toEqual(['group#/other/ice']);
    expect(complete('read', 'group#la')).toEqual(['group#land']);
    expect(complete('read', 'none#/')).toEqual([]);
  });
});

test('offers the values that the library accepts', async () => {
  expect(formatNames).toEqual(formats.map(({ name }) => name));
  const quoted = (words: readonly string[]) => words.map((word) => `'${word}'`).join(', ');
  expect(engineNames).toEqual(diagnose().engines);
  const path = directory.at('volume.npy');
  const said = async (options: object) => String(await failure(() => openArray(path, options)));
  expect(await said({ cache: 'x' })).toContain(`one of ${quoted(cachePolicies)} for`);
  const bench = (options: object) => failure(() => benchStorage(path, options));
  expect(String(await bench({ access: ['x'] }))).toContain(quoted(accessValues));
  expect(String(await bench({ order: 'x' }))).toContain(quoted(orderValues));
});

test.skipIf(!isThere('zsh'))('zsh accepts its script', () => {
  expect(
    run('zsh', 'autoload -U compinit; compinit -u -d ./dump; source ./script.zsh; print $_comps[posix-par]'),
  ).toEqual(['_posix_par']);
});

test.skipIf(!isThere('fish'))('fish completes with its script', () => {
  const complete = (line: string) =>
    run(
      'fish',
      `function posix-par; '${process.execPath}' '${main}' $argv; end; source ./script.fish; complete -C '${line}'`,
    ).map((row) => row.split('\t')[0]);
  expect(complete('posix-par ')).toEqual(expect.arrayContaining(names));
  expect(complete('posix-par read --as float')).toEqual(expect.arrayContaining(['float16', 'float32', 'float64']));
  expect(complete('posix-par read --outp')).toEqual(['--output']);
  expect(complete('posix-par read group#/o')).toEqual(oNames);
});
