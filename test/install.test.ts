// Tests the package as users get it: packed, installed into an empty directory without a compiler, and used from there.
// Runs in this Node and in the other runtimes that `scripts/setup/runtimes/install` installed.
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { isCurrent } from '../scripts/release/prebuild/state.mjs';
import { prebuiltPath, targets } from '../scripts/release/prebuild/targets.mjs';
import { hostTarget, installPackage, isPrebuilt, npm, packPackage } from './support/installed-package.js';
import { npyBytes, npyDict } from './support/npy-bytes.js';
import { TemporaryDirectory } from './support/temporary.js';

const root = join(import.meta.dirname, '..');
const runtimes = join(root, '.cache/runtimes/node_modules');
const folder = new TemporaryDirectory();
const app = folder.at('app');
const bin = folder.at('bin');

/** An environment whose PATH contains only Node, npm and a shell. */
const bare = { HOME: process.env['HOME'] ?? '/', PATH: bin, npm_config_update_notifier: 'false' };

/** Returns the first example of the README and its import. */
function readmeExample(): { readonly names: string; readonly statement: string } {
  const readme = readFileSync(join(root, 'README.md'), 'utf8');
  const names = /^import (\{.*\}) from 'posix-par';$/m.exec(readme)?.[1];
  const statement = /^const a = await readSubset\('volume\.npy'.*$/m.exec(readme)?.[0];
  if (names === undefined || statement === undefined) throw new Error('Expected the first example in README.md');
  return { names, statement };
}

const report =
  'console.log(JSON.stringify({ shape: a.shape, sum: a.data.reduce((x, y) => x + y, 0), kind: a.data.constructor.name }));';
const shape = [70, 3, 5];
/**
 * The elements are 0, 1, 2, … The example reads the last plane of rows 0 to 15: the numbers 4, 9, 14, … up to 16 * 15 -
 * 1.
 */
const expected = { shape: [16, 3], sum: (48 * (4 + 16 * 15 - 1)) / 2, kind: 'Float32Array' };

beforeAll(() => {
  if (!isPrebuilt) return;
  for (const path of [app, bin]) mkdirSync(path);
  const npmCli = execFileSync('npm', ['root', '-g'], { encoding: 'utf8' }).trim();
  symlinkSync(process.execPath, join(bin, 'node'));
  symlinkSync('/bin/sh', join(bin, 'sh'));
  writeFileSync(join(bin, 'npm'), `#!/bin/sh\nexec node '${join(npmCli, 'npm/bin/npm-cli.js')}' "$@"\n`);
  chmodSync(join(bin, 'npm'), 0o755);

  installPackage(app, packPackage(folder.path), bare);
  const values = Float32Array.from({ length: 70 * 3 * 5 }, (_, i) => i);
  writeFileSync(join(app, 'volume.npy'), npyBytes(npyDict('<f4', false, shape), new Uint8Array(values.buffer)));

  const { names, statement } = readmeExample();
  const imported = `import ${names} from 'posix-par';\n`;
  writeFileSync(join(app, 'esm.mjs'), `${imported}${statement}\n${report}\n`);
  const required = `const ${names} = require('posix-par');\n`;
  writeFileSync(join(app, 'cjs.cjs'), `${required}(async () => {\n${statement}\n${report}\n})();\n`);
  writeFileSync(
    join(app, 'worker.mjs'),
    `import { Worker, isMainThread } from 'node:worker_threads';
${imported}if (isMainThread) {
  // Loads the addon in this thread, and then in two workers at the same time.
  await readSubset('volume.npy', [0]);
  const one = () => new Promise((done, fail) => {
    new Worker(new URL(import.meta.url)).on('exit', done).on('error', fail);
  });
  await Promise.all([one(), one()]);
} else {
  ${statement}
  ${report}
}
`,
  );
});

/** Runs a program in the directory of the application and parses the lines that it printed. */
function run(command: readonly string[]): unknown[] {
  const [program = '', ...args] = command;
  const done = spawnSync(program, args, { cwd: app, env: bare, encoding: 'utf8' });
  expect(done.stderr.replace(/.*ExperimentalWarning.*\n(.*node --trace-warnings.*\n)?/, '')).toBe('');
  expect(done.status).toBe(0);
  return done.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
}

describe.skipIf(!isPrebuilt)(
  isPrebuilt ? 'the packed package' : 'the packed package (no binary here: npm run prebuild)',
  () => {
    it('is installed without a compiler, and builds nothing', () => {
      expect(spawnSync('g++', ['--version'], { env: bare }).error).toMatchObject({ code: 'ENOENT' });
      const installed = join(app, 'node_modules/posix-par');
      expect(existsSync(join(installed, prebuiltPath(hostTarget ?? (targets[0] as never))))).toBe(true);
      expect(existsSync(join(installed, 'build'))).toBe(false);
      expect(
        readdirSync(join(app, 'node_modules'))
          .filter((name) => !name.startsWith('.'))
          .sort(),
      ).toEqual(['posix-par']);
    });

    it('contains the licences of the linked libraries', () => {
      const text = readFileSync(join(app, 'node_modules/posix-par/THIRD_PARTY.md'), 'utf8');
      for (const part of ['libdeflate', 'zstd', 'lz4', 'libaec', 'liblzma', 'liburing', 'libc++', 'node-addon-api']) {
        expect(text).toContain(`\n## ${part}`);
      }
    });

    const programs: readonly [name: string, command: readonly string[], file: string][] = [
      ['this Node', [process.execPath], '-'],
      ...[20, 22, 24].map((major): [string, string[], string] => {
        const path = join(runtimes, `node-${major}/bin/node`);
        return [`Node ${major}`, [path], path];
      }),
      ['Bun', [join(runtimes, 'bun/bin/bun')], join(runtimes, 'bun/bin/bun')],
      [
        'Deno with the permissions of docs/installation.md',
        [join(runtimes, 'deno/deno'), 'run', '--quiet', '--no-prompt', '--allow-read', '--allow-ffi'],
        join(runtimes, 'deno/deno'),
      ],
      [
        'Node 22 for arm64, emulated',
        ['/usr/bin/qemu-aarch64', '-L', '/usr/aarch64-linux-gnu', join(runtimes, 'node-22-arm64/bin/node')],
        join(runtimes, 'node-22-arm64/bin/node'),
      ],
    ];
    describe.each(programs)('in %s', (name, command, file) => {
      const arm64 = targets.find(({ arch }) => arch === 'arm64');
      const needsBinary = name.includes('arm64') && !(arm64 !== undefined && isCurrent(arm64));
      const isThere = file === '-' || (existsSync(file) && !needsBinary);
      it.skipIf(!isThere)(
        isThere ? 'runs the example of the README' : 'is not here: scripts/setup/runtimes/install, npm run prebuild',
        () => {
          expect(run([...command, 'esm.mjs'])).toEqual([expected]);
        },
      );
      it.skipIf(!isThere)('can be required', () => {
        expect(run([...command, 'cjs.cjs'])).toEqual([expected]);
      });
      it.skipIf(!isThere)('works in two workers and the main thread at the same time', () => {
        expect(name).not.toBe('');
        expect(run([...command, 'worker.mjs'])).toEqual([expected, expected]);
      });
    });

    it.each(['esm', 'cjs'] as const)('can be bundled as %s, with the addon in node_modules', async (format) => {
      const { build } = await import('rolldown');
      const name = `bundle-${format}`;
      const file = `out/${name}.${format === 'esm' ? 'mjs' : 'cjs'}`;
      await build({
        input: join(app, format === 'esm' ? 'esm.mjs' : 'cjs.cjs'),
        platform: 'node',
        logLevel: 'silent',
        output: { file: join(app, file), format },
      });
      expect(readFileSync(join(app, file), 'utf8')).not.toMatch(/(from|require\() ?['"]posix-par['"]/);
      expect(run([process.execPath, file])).toEqual([expected]);
    });

    it.each(['node16', 'bundler'] as const)('has types under moduleResolution %s', (moduleResolution) => {
      const { names, statement } = readmeExample();
      writeFileSync(
        join(app, 'use.mts'),
        `import ${names} from 'posix-par';\n${statement}\nexport const s: number[] = [...a.shape];\n`,
      );
      const module = moduleResolution === 'node16' ? 'node16' : 'esnext';
      const settings = [
        '--noEmit',
        '--strict',
        '--target',
        'es2022',
        '--lib',
        'es2023,esnext.disposable,dom',
        '--types',
        '',
      ];
      const tsc = join(root, 'node_modules/typescript/bin/tsc');
      const args = [
        ...settings,
        '--typeRoots',
        join(root, 'node_modules/@types'),
        '--module',
        module,
        '--moduleResolution',
        moduleResolution,
        'use.mts',
      ];
      const checked = spawnSync(process.execPath, [tsc, ...args], { cwd: app, encoding: 'utf8' });
      expect(checked.stdout).toBe('');
      expect(checked.status).toBe(0);
    });

    it('passes publint and attw', () => {
      const archive = join(folder.path, readdirSync(folder.path).find((name) => name.endsWith('.tgz')) ?? '');
      const options = { encoding: 'utf8', cwd: app } as const;
      const tool = (path: string) => join(root, 'node_modules', path);
      const lint = spawnSync(process.execPath, [tool('publint/src/cli.js'), 'run', archive, '--strict'], options);
      expect(lint.stdout + lint.stderr).toContain('All good');
      const attw = [
        tool('@arethetypeswrong/cli/dist/index.js'),
        archive,
        '--profile',
        'node16',
        '--no-emoji',
        '--format',
        'ascii',
      ];
      const types = spawnSync(process.execPath, attw, options);
      expect(types.stdout.match(/node16 \(from ESM\)\W.*OK \(ESM\)/g)).toHaveLength(5);
      expect(types.stdout.match(/node16 \(from CJS\)\W.*OK \(CJS\)/g)).toHaveLength(5);
      expect(types.stdout.match(/bundler\W.*OK /g)?.length).toBeGreaterThanOrEqual(5);
      expect(types.status).toBe(0);
    });

    it('has a bill of materials without other packages', () => {
      const sbom = npm(['sbom', '--sbom-format=cyclonedx'], { cwd: app, env: bare });
      const { components } = JSON.parse(sbom) as { readonly components: readonly { readonly name: string }[] };
      expect(components.map(({ name }) => name).sort()).toEqual(['posix-par']);
    });
  },
);
