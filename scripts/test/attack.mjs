// Bundles test/attack and runs it: `npm run attack -- --help`. The bundle is necessary because Node 20 cannot run
// TypeScript. It also starts faster, which matters for thousands of child processes.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { root } from '../build/native-config.mjs';

/** Programs that share code in chunks; those in `single` are bundled into one file each. */
const programs = ['main', 'child', 'writer-worker', 'victim', 'victim-worker', 'command', 'server-victim'];
const single = ['load-addon'];
const keptMs = 24 * 3_600_000;

/** Bundles programs of test/attack; returns esbuild's output files. */
async function bundle(names, splitting) {
  const { outputFiles } = await build({
    entryPoints: names.map((name) => join(root, 'test', 'attack', `${name}.ts`)),
    outdir: join(root, '.cache', 'attack'),
    bundle: true,
    splitting,
    write: false,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    logLevel: 'warning',
    keepNames: true,
    sourcemap: 'inline',
  });
  return outputFiles;
}

/**
 * Bundles the attack into a folder and returns its path. The name of the folder depends on the content, because several
 * attacks may run at the same time. The folder is two levels below the root, as test/attack is, so that paths relative
 * to a module stay valid.
 */
export async function bundleAttack() {
  const files = [...(await bundle(programs, true)), ...(await bundle(single, false))];
  const hash = createHash('sha256');
  for (const { path, contents } of files) hash.update(basename(path)).update(contents);
  const cache = join(root, '.cache');
  mkdirSync(cache, { recursive: true });
  for (const name of readdirSync(cache).filter((entry) => entry.startsWith('attack-'))) {
    const old = join(cache, name);
    if (Date.now() - statSync(old).mtimeMs > keptMs) rmSync(old, { recursive: true, force: true });
  }
  const folder = join(cache, `attack-${hash.digest('hex').slice(0, 12)}`);
  if (existsSync(folder)) return folder;
  const building = mkdtempSync(join(cache, 'attack-building-'));
  for (const { path, contents } of files) writeFileSync(join(building, basename(path)), contents);
  try {
    renameSync(building, folder);
  } catch {
    rmSync(building, { recursive: true, force: true }); // Another attack has made the folder.
  }
  return folder;
}

/** Returns the path of the addon to attack. */
function addonPath() {
  const addon = process.env.POSIX_PAR_BINDING ?? join(root, 'build', 'Release', 'posixpar.node');
  if (!existsSync(addon)) throw new Error(`Expected the addon at ${addon}: run \`npm run build:native\` first`);
  return addon;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const env = { ...process.env, POSIX_PAR_BINDING: addonPath() };
  const main = join(await bundleAttack(), 'main.js');
  const attack = spawn(process.execPath, [main, ...process.argv.slice(2)], { cwd: root, stdio: 'inherit', env });
  // The attack removes its folders and ends its child processes before a signal ends it.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => attack.kill(signal));
  attack.on('exit', (code) => process.exit(code ?? 1));
}
