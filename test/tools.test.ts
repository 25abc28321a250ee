// Tests the packed package in bundlers, test runners and compilers, as users run them. `scripts/setup/tools` installs
// these tools.
import { type SpawnSyncReturns, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { beforeAll, describe, expect, it } from 'vitest';
import { installPackage, isPrebuilt, linkPackages, packPackage } from './support/installed-package.js';
import { npyBytes, npyDict } from './support/npy-bytes.js';
import { TemporaryDirectory } from './support/temporary.js';

const root = join(import.meta.dirname, '..');
const tools = join(root, '.cache/tools/node_modules');
const isInstalled = existsSync(join(tools, '../.from-lock'));
const canRun = isPrebuilt && isInstalled;
const folder = new TemporaryDirectory();
const app = folder.at('app');

const volume = join(app, 'volume.npy');
/** The packed package. */
let archive = '';
const call = `readSubset(${JSON.stringify(volume)}, [{ start: 0, stop: 64 }])`;
const report = 'console.log(JSON.stringify({ shape: a.shape, sum: a.data.reduce((x, y) => x + y, 0) }))';
const expected = { shape: [64, 5], sum: (320 * 319) / 2 };
/** Programs without top-level await, which CommonJS does not support. */
const esm = `import { readSubset } from 'posix-par';\n${call}.then((a) => ${report});\n`;
const cjs = `const { readSubset } = require('posix-par');\n${call}.then((a) => ${report});\n`;

/** Writes a file of the application and returns its path. */
function put(path: string, content: string): string {
  const file = join(app, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  return file;
}

/** Runs a module of a tool in a folder, by default that of the application, and expects success. */
function runTool(
  path: string,
  args: readonly string[],
  nodeArgs: readonly string[] = [],
  cwd = app,
): SpawnSyncReturns<string> {
  const env: NodeJS.ProcessEnv = { ...process.env, NEXT_TELEMETRY_DISABLED: '1', CI: '1' };
  // Vitest sets these for the programs that it starts.
  for (const name of ['NODE_ENV', 'VITEST', 'VITEST_MODE', 'NODE_OPTIONS', 'POSIX_PAR_BINDING']) delete env[name];
  const done = spawnSync(process.execPath, [...nodeArgs, path, ...args], { cwd, encoding: 'utf8', env });
  expect(`${done.stdout}\n${done.stderr}`.slice(done.status === 0 ? Number.POSITIVE_INFINITY : 0)).toBe('');
  return done;
}

/** Runs a program that prints its result, and compares the result. */
function expectResult(file: string): void {
  const { stdout } = runTool(file, []);
  expect(JSON.parse(stdout)).toEqual(expected);
}

/** Expects that a bundle, moved to another folder without node_modules, finds the addon in `prebuilds/` next to it. */
function expectMovable(file: string): void {
  const elsewhere = folder.at('elsewhere');
  const packages = join(app, 'node_modules');
  const away = folder.at('packages-away');
  cpSync(dirname(file), elsewhere, { recursive: true });
  cpSync(join(packages, 'posix-par/prebuilds'), join(elsewhere, 'prebuilds'), { recursive: true });
  renameSync(packages, away);
  try {
    expectResult(join(elsewhere, file.slice(dirname(file).length + 1)));
  } finally {
    renameSync(away, packages);
    rmSync(elsewhere, { recursive: true });
  }
}

beforeAll(() => {
  if (!canRun) return;
  archive = packPackage(folder.path);
  installPackage(app, archive, process.env);
  const values = Float32Array.from({ length: 350 }, (_, i) => i);
  writeFileSync(volume, npyBytes(npyDict('<f4', false, [70, 5]), new Uint8Array(values.buffer)));
  put('use.mjs', esm);
  put('use.cjs', cjs);
});

const title = canRun ? 'the package' : 'the package (run scripts/setup/tools and npm run prebuild)';
/** In milliseconds. Long, because bundling a whole program is slow on a busy machine. */
const timeout = 400_000;

describe.skipIf(!canRun)(title, { timeout }, () => {
  it('runs when webpack bundles it with its default settings, also in another folder', () => {
    const output = { path: join(app, 'webpack'), filename: 'main.js' };
    const config = { entry: './use.mjs', mode: 'production', target: 'node', output };
    const path = put('webpack.config.cjs', `module.exports = ${JSON.stringify(config)};\n`);
    const { stdout } = runTool(join(tools, 'webpack-cli/bin/cli.js'), ['--config', path]);
    expect(stdout).toContain('compiled successfully');
    expectResult(join(app, 'webpack/main.js'));
    expectMovable(join(app, 'webpack/main.js'));
  });

  it.each(['esm', 'cjs'] as const)('runs when esbuild bundles it as %s, also in another folder', async (format) => {
    const { build } = await import('esbuild');
    const outfile = join(app, `esbuild-${format}/main.${format === 'esm' ? 'mjs' : 'cjs'}`);
    const options = { bundle: true, platform: 'node', logLevel: 'error', absWorkingDir: app } as const;
    const logOverride = { 'empty-import-meta': 'silent' } as const;
    const { warnings } = await build({ ...options, entryPoints: ['use.mjs'], outfile, format, logOverride });
    expect(warnings).toEqual([]);
    expectResult(outfile);
    expectMovable(outfile);
  });

  it.each(['mjs', 'cjs'] as const)('runs when Rollup bundles it as .%s', (extension) => {
    const output = { file: join(app, `rollup/main.${extension}`), format: extension === 'mjs' ? 'esm' : 'cjs' };
    const plugin = join(tools, '@rollup/plugin-node-resolve/dist/es/index.js');
    const path = put(
      'rollup.config.mjs',
      `import { nodeResolve } from ${JSON.stringify(plugin)};
const output = ${JSON.stringify({ ...output, inlineDynamicImports: true })};
export default { input: 'use.mjs', output, plugins: [nodeResolve({ preferBuiltins: true })] };\n`,
    );
    runTool(join(tools, 'rollup/dist/bin/rollup'), ['-c', path, '--silent']);
    expectResult(output.file);
  });

  it('runs when Vite builds it for a server', async () => {
    const { build } = await import('vite');
    await build({
      root: app,
      configFile: false,
      logLevel: 'error',
      build: { ssr: 'use.mjs', outDir: 'vite', minify: false },
      ssr: { noExternal: true },
    });
    expectResult(join(app, existsSync(join(app, 'vite/use.mjs')) ? 'vite/use.mjs' : 'vite/use.js'));
  });

  it.each(['cjs', 'esm'] as const)('works in tests of Jest 29, %s', (kind) => {
    const names = '{ openArray, readSubset, isPosixParError }';
    const head = kind === 'cjs' ? `const ${names} = require('posix-par');` : `import ${names} from 'posix-par';`;
    put(
      `jest/${kind}.test.${kind === 'cjs' ? 'js' : 'mjs'}`,
      `${head}
test('reads', async () => {
  const a = await ${call};
  expect(a.data).toBeInstanceOf(Float32Array);
  expect([...a.shape]).toEqual([64, 5]);
  // A typed array of this realm is a target, and errors are known to be of this library.
  const array = await openArray(${JSON.stringify(volume)});
  const target = new Float32Array(5);
  await array.readInto(target, [69]);
  expect(target[4]).toBe(349);
  await array.close();
  const error = await readSubset('/nowhere.npy').catch((reason) => reason);
  expect(isPosixParError(error, 'ReadError')).toBe(true);
});\n`,
    );
    const config = { testMatch: [`**/jest/${kind}.test.*`], transform: {}, moduleFileExtensions: ['js', 'mjs', 'cjs'] };
    const path = put(`jest.${kind}.config.json`, JSON.stringify({ ...config, testEnvironment: 'node', rootDir: app }));
    const done = runTool(join(tools, 'jest/bin/jest.js'), ['--config', path], ['--experimental-vm-modules']);
    expect(done.stderr).toContain('Tests:       1 passed, 1 total');
  });

  it('works in tests of node:test and Vitest', () => {
    const body = `import { readSubset } from 'posix-par';
test('reads', async () => { const a = await ${call}; if (a.data[319] !== 319) throw new Error('wrong'); });\n`;
    const path = put('node.test.mjs', `import { test } from 'node:test';\n${body}`);
    expect(runTool(path, [], ['--test']).stdout).toMatch(/pass 1\b/);
    put('vitest/reads.test.mjs', `import { test } from 'vitest';\n${body}`);
    linkPackages(app, join(root, 'node_modules'), ['vitest']);
    const { stdout } = runTool(join(root, 'node_modules/vitest/vitest.mjs'), ['run', '--root', app, 'vitest/']);
    expect(stdout).toContain('1 passed');
  });

  it('runs in TypeScript with tsx', () => {
    const path = put('use.mts', esm);
    expect(JSON.parse(runTool(join(tools, 'tsx/dist/cli.mjs'), [path]).stdout)).toEqual(expected);
  });

  it.each([
    ['npm', 'npm', ['install', '--no-audit', '--no-fund']],
    ['Yarn 1', 'yarn/bin/yarn.js', ['install', '--no-progress', '--no-lockfile']],
    ['pnpm 10', 'pnpm/bin/pnpm.cjs', ['install', '--no-lockfile']],
  ] as const)('is installed by %s without warnings, and builds nothing', (_, program, args) => {
    const place = folder.at(`with-${program.split('/')[0]}`);
    mkdirSync(place);
    const manifest = { name: 'place', version: '1.0.0', license: 'MIT', private: true };
    const dependencies = { 'posix-par': `file:${archive}` };
    writeFileSync(join(place, 'package.json'), JSON.stringify({ ...manifest, dependencies }));
    writeFileSync(join(place, 'use.mjs'), esm);
    // The settings of this repository forbid install scripts, so the environment must not have them.
    const env = { HOME: place, PATH: process.env['PATH'], npm_config_update_notifier: 'false' };
    const command = program === 'npm' ? ['npm'] : [process.execPath, join(tools, program)];
    const [file = '', ...first] = command;
    const done = spawnSync(file, [...first, ...args], { cwd: place, encoding: 'utf8', env });
    expect(done.status, `${done.stdout}\n${done.stderr}`).toBe(0);
    expect(`${done.stdout}\n${done.stderr}`).not.toMatch(/warn|script|gyp/i);
    const used = spawnSync(process.execPath, ['use.mjs'], { cwd: place, encoding: 'utf8', env });
    expect(JSON.parse(used.stdout)).toEqual(expected);
  });

  it.each(['--turbopack', '--webpack'])(
    'runs in a route of Next.js without settings, built with %s',
    async (bundler) => {
      // Turbopack does not follow links out of the folder of a project, so the project lies next to the packages.
      const place = join(tools, '../next-app');
      rmSync(place, { recursive: true, force: true });
      cpSync(join(app, 'node_modules/posix-par'), join(place, 'node_modules/posix-par'), { recursive: true });
      mkdirSync(join(place, 'app/sum'), { recursive: true });
      writeFileSync(join(place, 'package.json'), '{"name": "next-app", "private": true}');
      const reply = 'Response.json({ shape: a.shape, sum: a.data.reduce((x, y) => x + y, 0) })';
      const body = `const a = await ${call}; return ${reply};`;
      writeFileSync(
        join(place, 'app/sum/route.js'),
        `import { readSubset } from 'posix-par';
export const dynamic = 'force-dynamic';
export async function GET() { ${body} }\n`,
      );
      writeFileSync(
        join(place, 'app/layout.js'),
        'export default ({ children }) => <html><body>{children}</body></html>;\n',
      );
      const next = join(tools, 'next/dist/bin/next');
      runTool(next, ['build', bundler], [], place);
      const server = spawn(process.execPath, [next, 'start', '--hostname', '127.0.0.1', '--port', '0'], { cwd: place });
      try {
        let url: string | undefined;
        for await (const line of createInterface({ input: server.stdout })) {
          url ??= /http:\/\/127\.0\.0\.1:\d+/.exec(line)?.[0];
          if (line.includes('Ready')) break;
        }
        const response = await fetch(`${url}/sum`);
        expect(await response.json()).toEqual(expected);
      } finally {
        server.kill();
        await once(server, 'exit');
        rmSync(place, { recursive: true, force: true });
      }
    },
  );

  it.each(['typescript-5.4', 'typescript-5.9', 'typescript'])(
    'has types that %s checks, also without skipLibCheck',
    (version) => {
      const compiler = join(version === 'typescript' ? join(root, 'node_modules') : tools, version, 'bin/tsc');
      const text = `${esm.replace(/\n.*\n/, '\n')}const a = await ${call};\nexport const s: number[] = [...a.shape];\n`;
      put('types.mts', text);
      put('types.cts', "import { readSubset } from 'posix-par';\nexport const read: typeof readSubset = readSubset;\n");
      linkPackages(app, join(root, 'node_modules'), ['@types']);
      const options = { noEmit: true, strict: true, skipLibCheck: false, target: 'es2022', lib: ['es2022'], types: [] };
      const compilerOptions = { ...options, module: 'node16', moduleResolution: 'node16' };
      const project = put('types.json', JSON.stringify({ compilerOptions, files: ['types.mts', 'types.cts'] }));
      expect(runTool(compiler, ['-p', project]).stdout).toBe('');
    },
  );
});
