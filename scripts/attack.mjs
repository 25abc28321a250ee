// Bundles test/attack and runs it: `npm run attack -- --help`. Node 20 runs no TypeScript; a bundle also starts fast, which
// matters where thousands of child processes do.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { root } from './native-config.mjs';

/** Bundles the programs of the attack into .cache/attack and returns that folder. */
export async function bundleAttack() {
  // Two levels below the root, as the folders of test/: paths relative to a module lead to the same files.
  const folder = join(root, '.cache', 'attack');
  await build({
    entryPoints: ['main', 'child', 'writer-worker', 'victim', 'victim-worker'].map((name) =>
      join(root, 'test', 'attack', `${name}.ts`),
    ),
    outdir: folder,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    outExtension: { '.js': '.js' },
    logLevel: 'warning',
    keepNames: true,
    sourcemap: true,
  });
  return folder;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const addon = process.env.POSIX_PAR_BINDING ?? join(root, 'build', 'Release', 'posixpar.node');
  if (!existsSync(addon)) throw new Error(`Expected the addon at ${addon}: run \`npm run build:native\` first`);
  const main = join(await bundleAttack(), 'main.js');
  const done = spawnSync(process.execPath, ['--enable-source-maps', main, ...process.argv.slice(2)], {
    cwd: fileURLToPath(pathToFileURL(root)),
    stdio: 'inherit',
    env: { ...process.env, POSIX_PAR_BINDING: addon },
  });
  process.exit(done.status ?? 1);
}
