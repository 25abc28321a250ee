/** Tests which files are removed as temporary files of chunks. */
import * as fs from 'node:fs';
import { expect, test } from 'vitest';
import { removeStaleChunks } from '../../../lib/files/stale-chunks.js';
import { TemporaryDirectory } from '../../support/temporary.js';

const folder = new TemporaryDirectory();

function write(root: string, names: readonly string[]): string {
  for (const name of names) folder.write(`${root}/${name}`, 'x');
  return folder.at(root);
}

const list = (path: string): string[] =>
  fs
    .readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter((name) => !fs.statSync(`${path}/${name}`).isDirectory())
    .sort();

test.each<[string, string, string[], string[]]>([
  [
    'nested',
    'c/0/0',
    ['c/0/.1.123.partial', 'c/12/.345.9.partial'],
    [
      'c/0/1',
      'c/0/.1.partial',
      'c/0/.a.1.partial',
      'c/0/1.1.partial',
      'c/.0.1.partial',
      'd/0/.1.1.partial',
      'zarr.json',
    ],
  ],
  [
    'flat',
    '0.0',
    ['.0.0.17.partial', '.10.3.17.partial'],
    ['0.0', '.0.17.partial', '.0.0.0.17.partial', '.zarray', '.zarray.aa-1-2-bb.partial', 'x/.0.0.17.partial'],
  ],
  ['named', 't0_000.bin', ['.t12_3.bin.4.partial'], ['t0_000.bin', '.t12_3.bin4.partial', '.u1_3.bin.4.partial']],
  ['scalar', 'c', ['.c.5.partial'], ['c', '.d.5.partial']],
])('removes only temporary files of chunks: %s', async (root, example, stale, kept) => {
  const path = write(root, [...stale, ...kept]);
  await removeStaleChunks(path, example);
  expect(list(path)).toEqual([...kept].sort());
});

test('follows no symbolic links, and removes no directories', async () => {
  const other = write('other', ['.1.2.partial']);
  const path = write('links', ['c/0/1']);
  fs.symlinkSync(other, `${path}/c/5`);
  fs.symlinkSync(`${other}/.1.2.partial`, `${path}/c/0/.3.4.partial`);
  fs.mkdirSync(`${path}/c/0/.5.6.partial`);
  await removeStaleChunks(path, 'c/0/0');
  expect(list(other)).toEqual(['.1.2.partial']);
  expect(fs.readdirSync(`${path}/c/0`).sort()).toEqual(['.3.4.partial', '.5.6.partial', '1']);
});

test('ignores directories that do not exist or cannot be listed', async () => {
  await removeStaleChunks(folder.at('none'), 'c/0/0');
  const path = write('closed', ['c/0/.1.2.partial', 'c/1/.1.2.partial']);
  fs.chmodSync(`${path}/c/0`, 0);
  await removeStaleChunks(path, 'c/0/0');
  fs.chmodSync(`${path}/c/0`, 0o755);
  expect(list(path)).not.toContain('c/1/.1.2.partial');
});
