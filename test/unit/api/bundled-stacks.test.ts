/** Checks the stack traces of errors of the bundled library, which the package contains. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { addonPath } from '../../support/compiled.js';
import { npyBytes, npyDict } from '../../support/npy-bytes.js';
import { TemporaryDirectory } from '../../support/temporary.js';

const root = join(import.meta.dirname, '../../..');
const directory = new TemporaryDirectory();
const dist = directory.at('node_modules/posix-par/dist');
const path = directory.write('a.npy', npyBytes(npyDict('|u1', false, [2]), Uint8Array.of(1, 2)));

interface Bundler {
  bundleLibrary(folder: string): Promise<string[]>;
}

beforeAll(async () => {
  mkdirSync(dist, { recursive: true });
  copyFileSync(join(root, 'package.json'), join(dist, '../package.json'));
  const { bundleLibrary } = (await import(pathToFileURL(join(root, 'scripts/build/library.mjs')).href)) as Bundler;
  await bundleLibrary(dist);
});

test.each([
  ['module', 'mjs', "import { openArray, readSubset } from 'posix-par';"],
  ['CommonJS', 'cjs', "const { openArray, readSubset } = require('posix-par');"],
])('begin in the code of the caller if the library is loaded as %s', (_kind, extension, head) => {
  const file = JSON.stringify(path);
  const script = directory.write(
    `run.${extension}`,
    `${head}
const calls = [
  () => readSubset('/nowhere.npy'),
  () => readSubset(${file}, '0..5'),
  () => readSubset(${file}, [2]),
  () => readSubset(${file}, null, { aS: 'uint8' }),
  () => openArray(${file}).then(async (array) => array.read([5]).finally(() => array.close())),
];
(async () => {
  for (const call of calls) {
    const { stack } = await call().then(() => ({ stack: 'no error' }), (error) => error);
    console.log(JSON.stringify(stack.split('\\n').filter((line) => /^ +at /.test(line))));
  }
})();
`,
  );
  const { stdout, stderr } = spawnSync(process.execPath, [script], {
    encoding: 'utf8',
    env: { ...process.env, POSIX_PAR_BINDING: addonPath, NODE_OPTIONS: '' },
  });
  expect(stderr).toBe('');
  const stacks = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as string[]);
  expect(stacks).toHaveLength(5);
  for (const frames of stacks) {
    expect(frames[0]).toContain(`run.${extension}`);
    expect(frames.filter((frame) => frame.includes(dist))).toEqual([]);
  }
});
