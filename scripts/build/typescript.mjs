// Builds dist/: the library for `import` and for `require`, one file of declarations per entry, the command, and the
// viewer. The library is bundled into few files, because each file makes the start of a program slower.
import { spawnSync } from 'node:child_process';
import { copyFileSync, readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleCommand } from './cli.mjs';
import { bundleLibrary } from './library.mjs';
import { listFiles } from './list-files.mjs';
import { bundleTypes } from './types.mjs';
import { buildViewer } from './viewer.mjs';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const dist = join(root, 'dist');

/** Checks all types, and compiles the declarations of lib/ to .cache/types. */
function compileTypes() {
  const require = createRequire(import.meta.url);
  const tsc = join(dirname(require.resolve('typescript/package.json')), 'bin', 'tsc');
  const compiled = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' });
  if (compiled.status !== 0) process.exit(compiled.status ?? 1);
}

compileTypes();
const command = await bundleCommand(join(dist, 'cli'));
const viewer = await buildViewer(join(dist, 'viewer'));
const written = new Set([
  ...(await bundleLibrary(dist)),
  ...bundleTypes(dist),
  ...command.map((file) => `cli/${file}`),
  ...viewer.map((file) => `viewer/${file}`),
]);
// scripts/build/addon.mjs uses this copy. A binding.gyp in the root of the package would make Yarn and pnpm build it.
copyFileSync(join(root, 'binding.gyp'), join(dist, 'binding.gyp'));
written.add('binding.gyp');
// Removes files of earlier builds.
for (const file of listFiles(dist)) if (!written.has(file)) rmSync(join(dist, file));
for (const folder of readdirSync(dist, { withFileTypes: true }).filter((entry) => entry.isDirectory())) {
  if (listFiles(join(dist, folder.name)).length === 0) rmSync(join(dist, folder.name), { recursive: true });
}
