// What `npm install posix-par` runs: nothing where an addon is there that this machine can load, else a build from source.
// Downloads nothing. A checkout of the project is left alone: there `npm run build`, `npm test` and `npm run quickstart`
// build when they need it.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Why the library's own loader finds no addon, or undefined when it does. */
async function whyNotLoaded() {
  try {
    const { binding } = await import('../dist/native/binding.js');
    binding();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const isCheckout = existsSync(join(root, 'lib', 'index.ts')) || existsSync(join(root, '.git'));
const problem = isCheckout ? undefined : await whyNotLoaded();
if (problem !== undefined) {
  console.error(`${problem}\nBuilding it from source now.`);
  const build = spawnSync(process.execPath, [join(root, 'scripts', 'native-build.mjs')], { stdio: 'inherit' });
  if (build.status !== 0) {
    console.error('posix-par could not build its native addon: that needs a C++20 compiler, make and Python 3.');
    console.error(
      'See docs/installation.md in the project for what to install, or how to use a binary made elsewhere.',
    );
    process.exitCode = 1;
  }
}
