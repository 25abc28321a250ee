/**
 * Runs the benchmark of the bundled library, which the package contains. The library must find the script of its child
 * processes, both as an ES module and as CommonJS.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import type { BenchReport } from '../../lib/bench/index.js';
import manifest from '../../package.json' with { type: 'json' };
import { addonPath } from '../support/compiled.js';
import { TemporaryDirectory } from '../support/temporary.js';

const root = join(import.meta.dirname, '../..');
const directory = new TemporaryDirectory();
const dist = directory.at('package/dist');

interface Bundler {
  bundleLibrary(folder: string): Promise<string[]>;
}

beforeAll(async () => {
  mkdirSync(dist, { recursive: true });
  copyFileSync(join(root, 'package.json'), directory.at('package/package.json'));
  const { bundleLibrary } = (await import(pathToFileURL(join(root, 'scripts/build/library.mjs')).href)) as Bundler;
  await bundleLibrary(dist);
});

const settings = { parallelism: [2], access: ['cached'], blockBytes: 4096, sizeBytes: 2 ** 20, rounds: 1, cellMs: 10 };

test.each([
  ['module', 'mjs', `import { benchStorage } from '${dist}/bench/index.js';`],
  ['CommonJS', 'cjs', `const { benchStorage } = require('${dist}/bench/index.cjs');`],
])('measures processes and this library when it is loaded as %s', (_kind, extension, head) => {
  const data = directory.at(`data-${extension}`);
  mkdirSync(data);
  const options = { ...settings, python: null, referenceTools: 'none' };
  const call = `benchStorage(${JSON.stringify(data)}, ${JSON.stringify(options)})`;
  const body = `${call}.then((report) => console.log(JSON.stringify(report)));`;
  const script = directory.write(`run.${extension}`, `${head}\n${body}\n`);
  const { stdout, stderr } = spawnSync(process.execPath, [script], {
    encoding: 'utf8',
    env: { ...process.env, POSIX_PAR_BINDING: addonPath, NODE_OPTIONS: '' },
  });
  expect(stderr).toBe('');
  const report = JSON.parse(stdout) as BenchReport;
  expect(report.version).toBe(manifest.version);
  const measured = new Set(report.cells.filter(({ operations }) => operations > 0).map(({ way }) => way));
  expect([...measured]).toEqual(expect.arrayContaining(['pread', 'processes', 'posix-par:auto', 'posix-par:mmap']));
  expect(report.skipped.filter(({ way }) => way !== 'fio' && way !== 'dd' && way !== 'hdf5')).toEqual([]);
});
