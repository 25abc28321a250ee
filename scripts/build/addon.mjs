// Builds the addon of an installed package from its sources; `npx posix-par build-addon` runs it. npm installs node-gyp
// and the headers into a folder of the package, in the versions with which the package was built. The package has no
// binding.gyp in its root, because Yarn and pnpm would build every package that has one.
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const tools = join(root, 'build', 'tools');
const source = join(root, 'build', 'source');
const toolNames = ['node-addon-api', 'node-api-headers', 'node-gyp'];

/** Runs a program; exits if it fails. */
function run(program, args, cwd) {
  const { status, error } = spawnSync(program, args, { cwd, stdio: 'inherit' });
  if (error !== undefined) console.error(`Cannot run ${program}: ${error.message}`);
  if (status !== 0) {
    console.error(
      'posix-par could not build its native addon. ' +
        'It needs npm, a C++20 compiler (GCC 12, clang 14 or newer), make and Python 3.',
    );
    process.exit(status ?? 1);
  }
}

/** Installs node-gyp and the headers in the versions of package.json, unless they are installed. */
function installTools() {
  const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const isThere = toolNames.every((name) => {
    const manifest = join(tools, 'node_modules', name, 'package.json');
    return existsSync(manifest) && JSON.parse(readFileSync(manifest, 'utf8')).version === devDependencies[name];
  });
  if (isThere) return;
  mkdirSync(tools, { recursive: true });
  const packages = toolNames.map((name) => `${name}@${devDependencies[name]}`);
  const options = ['--no-save', '--no-package-lock', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'];
  run('npm', ['install', '--prefix', tools, ...options, ...packages], tools);
}

/** Creates a folder for node-gyp with binding.gyp and links to the files that it names. */
function layOutSource() {
  rmSync(source, { recursive: true, force: true });
  mkdirSync(source, { recursive: true });
  copyFileSync(join(root, 'dist', 'binding.gyp'), join(source, 'binding.gyp'));
  for (const name of ['native', 'scripts']) symlinkSync(join(root, name), join(source, name));
}

const builder = join(root, 'scripts', 'build', 'native.mjs');
if (existsSync(join(root, 'binding.gyp'))) {
  // In a checkout of the project, builds with the tools of the checkout.
  run(process.execPath, [builder], root);
  process.exit(0);
}
installTools();
layOutSource();
run(process.execPath, [builder, '--directory', source, '--tools', tools], root);
const addon = join(root, 'build', 'Release', 'posixpar.node');
mkdirSync(dirname(addon), { recursive: true });
renameSync(join(source, 'build', 'Release', 'posixpar.node'), addon);
// The loader checks if the binary is usable.
const { binding } = await import('../../dist/native/binding.js');
binding();
console.log(`posix-par uses ${addon}`);
