/** Tests the findings of `posix-par doctor`, also if the addon is missing. */
import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readSubset } from '../../lib/index.js';
import { runCommand } from '../support/command.js';
import { TemporaryDirectory } from '../support/temporary.js';

interface Finding {
  readonly name: string;
  readonly value: string;
  readonly judgement: string;
}

const directory = new TemporaryDirectory();

test('tests every engine and reports the limits', async () => {
  const { stdout, code } = await runCommand(['doctor', directory.path, '--json']);
  expect(code).toBe(0);
  const found = JSON.parse(stdout) as Record<string, Finding[]>;
  const judgements = new Map(found['engines']?.map(({ name, judgement }) => [name, judgement]));
  expect(judgements.get('pread')).toBe('good');
  expect(judgements.get('auto')).toBe('good');
  // `doctor` judges an engine as good if it read all data itself. For `uring-direct`, `stats.engine` is then
  // `direct+uring`.
  const bytes = directory.write('bytes.bin', new Uint8Array(256 * 8192));
  const options = { format: 'raw', dtype: 'uint8', shape: [256, 8192], engine: 'uring-direct' } as const;
  const { stats } = await readSubset(bytes, ':, ::2', options);
  expect(judgements.get('uring-direct')).toBe(stats.engine === 'direct+uring' ? 'good' : 'mixed');
  expect(Object.keys(found)).toEqual(expect.arrayContaining(['versions', 'limits', 'kernel', 'storage']));
  expect(readdirSync(directory.path).filter((name) => name.startsWith('posix-par-doctor'))).toEqual([]);
});

test('lists the files that were tried for the addon, and runs the checks that do not need it', async () => {
  const environment = { POSIX_PAR_BINDING: '/nowhere/none.node' };
  const { stdout, stderr, code } = await runCommand(['doctor', directory.path], environment);
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(/✗ addon +no native addon for .*\n +\/nowhere\/none\.node: there is no such file\n/);
  expect(stdout).toMatch(/✓ statx|! statx/);
  const found = JSON.parse((await runCommand(['doctor', '--json'], environment)).stdout) as Record<string, Finding[]>;
  const names = Object.values(found).flatMap((findings) => findings.map(({ name }) => name));
  expect(names).toEqual(expect.arrayContaining(['Node', 'kernel', 'processors', 'memory', 'huge pages', 'open files']));
  expect(found['engines']).toMatchObject([{ value: 'not checked', judgement: 'mixed' }]);
});
