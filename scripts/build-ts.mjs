// Compiles lib/ to dist/ (ESM and declarations), bundles the command, then takes away what an earlier build left there.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleCommand } from './build-cli.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const require = createRequire(import.meta.url);

/** The files below a folder, relative to it. */
function filesBelow(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(folder.length + 1));
}

const tsc = join(dirname(require.resolve('typescript/package.json')), 'bin', 'tsc');
const compiled = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' });
if (compiled.status !== 0) process.exit(compiled.status ?? 1);

const lib = join(root, 'lib');
const dist = join(root, 'dist');
const expected = new Set(await bundleCommand(join(dist, 'cli')).then((files) => files.map((file) => `cli/${file}`)));
for (const file of filesBelow(lib)) {
  if (file.startsWith('cli/')) continue; // In the bundle.
  if (file.endsWith('.d.ts')) {
    // The compiler reads these but does not copy them.
    mkdirSync(dirname(join(dist, file)), { recursive: true });
    copyFileSync(join(lib, file), join(dist, file));
    expected.add(file);
  } else if (file.endsWith('.ts')) {
    expected.add(file.replace(/\.ts$/, '.js'));
    expected.add(file.replace(/\.ts$/, '.d.ts'));
  }
}
for (const file of filesBelow(dist)) {
  if (!expected.has(file)) rmSync(join(dist, file));
}
