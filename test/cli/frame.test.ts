/** Tests the command as a process: exit codes, errors in one line, JSON, help. */
import { execFileSync, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { describeStorage } from '../../lib/storage/index.js';
import { commandEnvironment, runCommand } from '../support/command.js';
import { compiledCommand } from '../support/compiled.js';
import { npyBytes, npyDict } from '../support/npy-bytes.js';
import { TemporaryDirectory } from '../support/temporary.js';
import { writeFiles } from '../support/zarr-store.js';

const directory = new TemporaryDirectory();
const values = new Float32Array(24).map((_, i) => i);
const array = directory.write('a.npy', npyBytes(npyDict('<f4', false, [2, 3, 4]), new Uint8Array(values.buffer)));

const zarray = {
  zarr_format: 2,
  shape: [2],
  chunks: [2],
  dtype: '|u1',
  compressor: null,
  fill_value: 0,
  order: 'C',
  filters: null,
};

const listOfCommands = /^posix-par: unknown command 'nosuch'\. The commands are info, read, reduce, explain, .*\n$/;

describe('exit codes and errors', () => {
  const cases: [what: string, args: string[], code: number, stderr: RegExp][] = [
    ['an array that is there', ['info', array], 0, /^$/],
    ['no such file', ['info', directory.at('none.npy')], 3, /^posix-par: No such file .*none\.npy.*Check the path\n$/],
    ['no argument', ['info'], 2, /^posix-par: missing required argument 'path'.*\n$/],
    ['an unknown command', ['inof', array], 2, /^posix-par: unknown command 'inof'.*Did you mean info.*\n$/],
    ['an unknown command with --help', ['nosuch', '--help'], 2, listOfCommands],
    ['help for an unknown command', ['help', 'nosuch'], 2, listOfCommands],
    ['an unknown command after an option', ['--threads', '2', 'nosuch', '-h'], 2, listOfCommands],
    ['an option of reads', ['cache', array, '--threads', '2'], 2, /--threads has no effect on `posix-par cache`\n$/],
    ['a URL', ['info', 'https://example.org/a.h5'], 2, /^posix-par: .* URLs are not read: download .* or mount .*\n$/],
    ['a URL to read', ['read', 's3://bucket/a.zarr', '0'], 2, /URLs are not read/],
    ['a file: URL', ['info', pathToFileURL(array).href], 0, /^$/],
    ['a file: URL of another machine', ['info', 'file://elsewhere/a.npy'], 2, /Expected a file: URL of this machine/],
    [
      'an integer type with --decode',
      ['read', array, '--decode', 'cf', '--as', 'int8'],
      2,
      /Expected a float type with --decode cf,.* for --as, received 'int8'/,
    ],
    [
      'a write without input',
      ['write', array],
      2,
      /^posix-par: required option '-i, --input <file>' not specified.*\n$/,
    ],
    ['a write of the input', ['write', array, '-i', array], 2, /^posix-par: Expected a file other than .* for -i.*\n$/],
    [
      'an unknown option',
      ['info', array, '--nix'],
      2,
      /^posix-par: unknown option '--nix'. Run `posix-par info --help` for usage\n$/,
    ],
    ['an array apart from its path', ['info', array, 'name'], 2, /Name the array in the path, as FILE#\/NAME\. Run/],
    [
      'an engine that is none',
      ['info', array, '--engine', 'x'],
      2,
      /^posix-par: Expected one of .* for --engine, received 'x'\n$/,
    ],
    ['a number that is none', ['info', array, '--threads', '-1'], 2, /^posix-par: .*--threads, received '-1'\n$/],
    [
      'a damaged file',
      ['info', directory.write('b.npy', new Uint8Array([0x93, ...Buffer.from('NUMPY\x01\0\x10\0{broken')]))],
      4,
      /^posix-par: .*b\.npy.*\n$/,
    ],
    [
      'a file of no format',
      ['info', directory.write('c', 'hello')],
      5,
      /^posix-par: Not supported: .* raw data with --format raw --option dtype=… --option shape=….*\n$/,
    ],
  ];
  const named = directory.write('named/refs.json', JSON.stringify({ '.zarray': zarray, '0': ['../values.bin', 0, 2] }));
  directory.write('values.bin', new Uint8Array([7, 9]));
  const policies: typeof cases = [
    ['a root that contains the file', ['info', array, '--root', '/proc', '--root', directory.path], 0, /^$/],
    [
      'a root elsewhere',
      ['info', array, '--root', '/proc'],
      5,
      /Not permitted.* \/proc.*Pass --root DIR with a directory that contains it/,
    ],
    [
      'a name that leads out',
      ['read', named],
      5,
      /refers to the file '.*values\.bin'.*Pass --root DIR or --external-files any to read it\n$/,
    ],
    ['a name that leads out, permitted', ['read', named, '--external-files', 'any', '--json'], 0, /^$/],
    ['a name that leads out, in a root', ['read', named, '--root', directory.path, '--json'], 0, /^$/],
    ['a root that is not there', ['info', array, '--root', directory.at('none')], 3, /none.*\[ENOENT\]/],
    ['a policy that is none', ['info', array, '--external-files', 'all'], 2, /none, same-directory, any/],
    [
      'both',
      ['info', array, '--root', '/', '--external-files', 'any'],
      2,
      /Expected either --external-files or --root, received both/,
    ],
  ];
  const raw = directory.write('raw.bin', new Uint8Array(12));
  const rawOptions = ['--format', 'raw', '--option', 'dtype=uint8', '--option'];
  const group = writeFiles(directory.at('two.zarr'), {
    '.zgroup': { zarr_format: 2 },
    'one/.zarray': zarray,
    'two/.zarray': zarray,
  });
  const wishes: typeof cases = [
    ['an array that is not there', ['read', `${group}#/three`], 2, /'one' \(array\), 'two' \(array\).*PATH#\/NAME/],
    ['a group instead of an array', ['read', group], 2, /found a group; it holds 'one'.*PATH#\/NAME/],
    ['a name in a file of one array', ['read', array, '--array', 'x'], 2, /no array name, received 'x'/],
    ['another format', ['read', array, '--format', 'netcdf3'], 2, /looks like npy.*Omit --format/],
    ['a shape that is too large', ['read', raw, ...rawOptions, 'shape=[13]'], 2, /found 12 .*--option shape=/],
    [
      'an option of a format',
      ['info', raw, '--format', 'raw', '--option', 'dtype=x'],
      2,
      /^posix-par: Expected .* for --option shape=…, received nothing\n$/,
    ],
    [
      'an option twice',
      ['info', raw, ...rawOptions, 'dtype=int8'],
      2,
      /^posix-par: Expected --option dtype=… only once/,
    ],
    ['an option of the command', ['bench', raw, '--size', '1'], 2, /^posix-par: Expected .* for --size, received 1\n$/],
    ['an empty path', ['info', ''], 2, /^posix-par: Expected a path, received ''\n$/],
    ['an empty path among others', ['fs', raw, ''], 2, /^posix-par: Expected a path, received ''\n$/],
    ['an empty path to evict', ['cache', '--evict', ''], 2, /^posix-par: Expected a path, received ''\n$/],
    ['an empty path to measure', ['bench', '', '--quick'], 2, /^posix-par: Expected a path, received ''\n$/],
    ['an empty folder to try', ['doctor', ''], 2, /^posix-par: Expected a path, received ''\n$/],
    ['a negative range', ['cache', raw, '--range', '-1:5'], 2, /received '-1:5'\n$/],
    ['a negative choice', ['read', raw, '--as', '-1'], 2, /argument '-1' is invalid/],
  ];
  test.each([...cases, ...policies, ...wishes])('%s', async (_what, args, code, stderr) => {
    const end = await runCommand(args);
    expect(end.code).toBe(code);
    expect(end.stderr).toMatch(stderr);
    if (code !== 0) expect(end.stdout).toBe('');
  });

  test('reports an error as one JSON object on standard error with --json', async () => {
    const end = await runCommand(['info', directory.at('none.npy'), '--json']);
    expect(end.stdout).toBe('');
    const { error } = JSON.parse(end.stderr) as { error: Record<string, unknown> };
    expect(error).toMatchObject({ name: 'ReadError', code: 'ENOENT', exitCode: 3, path: directory.at('none.npy') });
  });

  test('prints the version as JSON with --json', async () => {
    const { version } = JSON.parse(fs.readFileSync('package.json', 'utf8')) as { version: string };
    expect((await runCommand(['-V'])).stdout).toBe(`${version}\n`);
    for (const args of [
      ['-V', '--json'],
      ['--json', '--version'],
    ])
      expect(JSON.parse((await runCommand(args)).stdout)).toEqual({ version });
  });

  test('prints the stack trace with --verbose', async () => {
    const end = await runCommand(['info', directory.at('none.npy'), '--verbose']);
    expect(end.stderr).toMatch(/\n {4}at /);
  });
});

describe('posix-par info', () => {
  test('prints the properties as JSON', async () => {
    const end = await runCommand(['info', array, '--json']);
    expect(JSON.parse(end.stdout)).toMatchObject({
      kind: 'array',
      format: 'npy',
      shape: [2, 3, 4],
      dtype: 'float32',
      bytes: 96,
      codecs: [],
      storage: { filesystem: expect.stringMatching(/./), sizeBytes: fs.statSync(array).size },
    });
  });

  test('prints the storage of the file, and how much of it is cached', async () => {
    const { filesystem } = await describeStorage(array);
    const end = await runCommand(['info', array]);
    expect(end.stdout).toMatch(
      new RegExp(`storage +${filesystem.type}( on [\\w, .-]+)?, ${fs.statSync(array).size} B`),
    );
    const group = await runCommand(['info', writeFiles(directory.at('g.zarr'), { '.zgroup': { zarr_format: 2 } })]);
    expect(group.stdout.split('\n')[1]).toContain(filesystem.type);
  });

  test('describes raw bytes with options', async () => {
    const raw = directory.write('d.bin', new Uint8Array(48));
    const options = ['--format', 'raw', '--option', 'dtype=int16', '--option', 'shape=[4,6]'];
    const end = await runCommand(['info', ...options, raw]);
    expect(end.stderr).toBe('');
    expect(end.stdout).toMatch(/shape +4 × 6 {2}\(24 elements, 48 B\)/);
  });
});

test('the help shows options of reads only where arrays are opened', async () => {
  const helps = await Promise.all(['read', 'fs'].map((name) => runCommand([name, '--help'])));
  const [read, fs] = helps.map(({ stdout }) => stdout);
  for (const option of ['--threads', '--engine', '--cache', '--consistency']) {
    expect(read).toContain(option);
    expect(fs).not.toContain(option);
  }
  expect(fs).toContain('--json');
});

test('the help of the program and of every command has examples', async () => {
  const help = await runCommand(['--help']);
  expect(help.code).toBe(0);
  const names = [...help.stdout.matchAll(/^ {2}(\w+) .*(?:\[options\]|<path>)/gm)].map(([, name]) => name ?? '');
  expect(names).toContain('info');
  for (const name of names.filter((name) => name !== 'help')) {
    const { stdout } = await runCommand([name, '--help']);
    expect(stdout).toMatch(new RegExp(`Examples:\\n {2}posix-par ${name}`));
  }
});

test.skipIf(!fs.existsSync('/dev/full'))('reports an output that cannot be written in one line', () => {
  const line = `"${process.execPath}" "${compiledCommand()}" info "${array}" > /dev/full`;
  const { status, stderr } = spawnSync('bash', ['-c', line], { env: commandEnvironment(), encoding: 'utf8' });
  expect(stderr).toMatch(/^posix-par: cannot write the output: ENOSPC.*\n$/);
  expect(status).toBe(3);
});

test('a reader that closes the pipe early is not an error', () => {
  const line = `set -o pipefail; "${process.execPath}" "${compiledCommand()}" info "${array}" --json | head -c 1`;
  expect(execFileSync('bash', ['-c', line], { env: commandEnvironment(), encoding: 'utf8' })).toBe('{');
});
