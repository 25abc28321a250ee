import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { TemporaryDirectory } from '../../support/temporary.js';

const script = join(import.meta.dirname, '../../../scripts/check/commit-subject');
const folder = new TemporaryDirectory();

function check(message: string): { readonly status: number | null; readonly stderr: string } {
  return spawnSync(script, [folder.write('message', message)], { encoding: 'utf8' });
}

it.each([
  'zarr: read empty shards\n\nThe body has any length and says why; it may have semicolons.\n',
  'exec, plan: let extent mean one thing\n',
  '# a comment of git\nbuild: embed the version\n',
  'Merge branch main\n',
  'fixup! zarr: read empty shards\n',
])('accepts %j', (message) => {
  expect(check(message)).toMatchObject({ status: 0, stderr: '' });
});

it.each([
  ['Read empty shards\n', "expected 'area: change'"],
  [`zarr: ${'x'.repeat(55)}\n`, 'it has 61 characters'],
  ['zarr: read empty shards; fix gzip\n', 'semicolon'],
  ['zarr: added empty shards\n', "received 'added'"],
  ['zarr: reading empty shards\n', "received 'reading'"],
  ['zarr: read empty shards.\n', 'full stop'],
])('refuses %j', (message, problem) => {
  const { status, stderr } = check(message);
  expect(status).toBe(1);
  expect(stderr).toContain(problem);
});
