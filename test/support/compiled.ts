/**
 * Bundles the library to plain JavaScript for processes and workers that tests start, because Node 20 does not run
 * TypeScript. With a few files instead of one per module, a process or worker starts four times as fast.
 * @module
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { buildSync } from 'esbuild';

const root = fileURLToPath(new URL('../../', import.meta.url));
const cache = join(root, '.cache', 'compiled');
/** The modules of lib/ that processes and workers of tests import. They share code, so each exists once. */
const modules = [
  'index',
  'storage/index',
  'bench/index',
  'bench/child',
  'serve/index',
  'adapters/index',
  'native/binding',
  'core/generated/lookup',
  'files/output-file',
];

/** Returns a hash of the current sources in lib/ and web/bench-report/. */
function sourceHash(): string {
  const hash = createHash('sha256');
  for (const folder of ['lib', 'web/bench-report']) {
    const names = fs.readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' });
    for (const name of names.filter((file) => file.endsWith('.ts')).sort()) {
      hash.update(`${folder}/${name}\0`).update(fs.readFileSync(join(root, folder, name)));
    }
  }
  return hash.digest('hex').slice(0, 16);
}

/**
 * Bundles {@link modules} unless they are already bundled, and returns the directory that contains index.js. Test files
 * may call this concurrently.
 */
export function compiledLibrary(): string {
  compiled ??= compileLibrary();
  return compiled;
}

let compiled: string | undefined;

function compileLibrary(): string {
  const target = join(cache, sourceHash());
  if (fs.existsSync(target)) return target;
  fs.mkdirSync(cache, { recursive: true });
  for (const old of fs.readdirSync(cache)) {
    const path = join(cache, old);
    if (Date.now() - fs.statSync(path).mtimeMs > 3_600_000) fs.rmSync(path, { recursive: true, force: true });
  }
  const building = fs.mkdtempSync(join(cache, 'building-'));
  buildSync({
    entryPoints: modules.map((name) => join(root, 'lib', `${name}.ts`)),
    outdir: building,
    outbase: join(root, 'lib'),
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    logLevel: 'error',
  });
  try {
    fs.renameSync(building, target);
  } catch {
    fs.rmSync(building, { recursive: true, force: true }); // Another process has already created the target.
  }
  return target;
}

/**
 * Bundles the command next to the compiled library unless it is already bundled. Returns the path of main.js. The
 * directories are the same as in the package: the command reads its version from the package.json above dist/cli.
 */
export function compiledCommand(): string {
  const packageFolder = `${compiledLibrary()}-command`;
  const main = join(packageFolder, 'dist', 'cli', 'main.js');
  if (fs.existsSync(main)) return main;
  const building = fs.mkdtempSync(join(cache, 'building-'));
  fs.cpSync(compiledLibrary(), join(building, 'dist'), { recursive: true });
  fs.copyFileSync(join(root, 'package.json'), join(building, 'package.json'));
  const bundler = pathToFileURL(join(root, 'scripts', 'build', 'cli.mjs')).href;
  const script = `await (await import(${JSON.stringify(bundler)})).bundleCommand(${JSON.stringify(join(building, 'dist', 'cli'))})`;
  execFileSync(process.execPath, ['--input-type=module', '-e', script], { cwd: root });
  try {
    fs.renameSync(building, packageFolder);
  } catch {
    fs.rmSync(building, { recursive: true, force: true }); // Another process has already created the target.
  }
  return main;
}

/** Path of the addon that the tests use. */
export const addonPath = process.env['POSIX_PAR_BINDING'] ?? join(root, 'build', 'Release', 'posixpar.node');
