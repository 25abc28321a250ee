/** Tests the files that `posix-par index` writes, and its output for files that need no index. */
import { existsSync, readdirSync, readFileSync, symlinkSync, utimesSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { runCommand } from '../support/command.js';
import { npyBytes, npyDict } from '../support/npy-bytes.js';
import { pythonMissing, runPython } from '../support/python.js';
import { TemporaryDirectory } from '../support/temporary.js';

const directory = new TemporaryDirectory();

describe.skipIf(pythonMissing !== null)(`an HDF5 file ${pythonMissing ?? ''}`.trim(), () => {
  test('writes the index next to the file, or to the given path', async () => {
    runPython('test/conformance/hdf5/saved-index.py', directory.path);
    const path = directory.at('btree2.h5');
    const shown = await runCommand(['index', path]);
    expect(shown).toMatchObject({ code: 0, stderr: '' });
    expect(shown.stdout).toContain(`${path}.ppidx`);
    expect(shown.stdout).toMatch(/\/g\/again +630 chunks/);
    const output = directory.at('here.ppidx');
    const { stdout } = await runCommand(['index', path, '-o', output, '--json']);
    expect(JSON.parse(stdout)).toMatchObject({ path: output, arrays: [{ chunks: 630 }, { chunks: 108 }] });
    expect(existsSync(output)).toBe(true);
    // The input itself is never overwritten, by any name.
    symlinkSync(path, directory.at('link'));
    const before = readFileSync(path);
    for (const name of [path, directory.at('link'), '-', '']) {
      const end = await runCommand(['index', path, '-o', name]);
      expect([name, end.code]).toEqual([name, 2]);
      expect(end.stderr).toMatch(/^posix-par: Expected .* for -o.*\n$/);
    }
    expect(readFileSync(path).equals(before)).toBe(true);
    // An outdated index is reported in one line with advice.
    utimesSync(path, 1000, 1000);
    const end = await runCommand(['read', path, '0', '--array', 'g/again', '--json']);
    expect(end.code).toBe(0);
    expect(end.stderr).toMatch(
      /^posix-par: The saved index .* is not used: the file was modified .* `posix-par index` .*\n$/,
    );
  }, 60_000);
});

test('refuses a format without an index by name, with its exit code, and writes nothing', async () => {
  const path = directory.write('a.npy', npyBytes(npyDict('<f4', false, [1]), new Uint8Array(4)));
  const before = readdirSync(directory.path);
  const end = await runCommand(['index', path]);
  expect(end.code).toBe(5);
  expect(end.stderr).toMatch(/a saved index of files of the format npy/);
  expect(readdirSync(directory.path)).toEqual(before);
});
