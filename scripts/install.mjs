// What `npm install posix-par` runs: builds the addon from source unless there is one already. A checkout of the
// project is left alone: there `npm run build`, `npm test` and `npm run quickstart` build when they need it.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const isCheckout = existsSync(join(root, 'lib', 'index.ts')) || existsSync(join(root, '.git'));
const isBuilt = existsSync(join(root, 'build', 'Release', 'posixpar.node'));

if (!isCheckout && !isBuilt) {
  const build = spawnSync(process.execPath, [join(root, 'scripts', 'native-build.mjs')], { stdio: 'inherit' });
  process.exitCode = build.status ?? 1;
}
