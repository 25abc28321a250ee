// Makes the binaries of the published package. Usage: npm run prebuild [-- TARGET...] (default: all of targets.mjs).
//
// prebuildify and node-gyp build each binary from binding.gyp, as on a user's machine, but with a pinned cross compiler
// and pinned sources of the codec libraries. They build in a copy of the sources below .cache/prebuild, so build/ does
// not change. The compiler caches objects, so a second run takes only seconds. `scripts/setup/debian prebuild` installs
// the requirements: Python 3 with venv, make and cargo.
import { cpSync, mkdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { layOutNodeDirectory } from '../../build/native-headers.mjs';
import { buildCodecs } from './codecs.mjs';
import { fetchSources } from './crates.mjs';
import { libraries } from './libraries.mjs';
import { isCurrent, noteCurrent } from './state.mjs';
import { prebuiltPath, targets } from './targets.mjs';
import { thirdPartyText } from './third-party.mjs';
import { installZig, precompileHeaders, root, run, toolchainLicences, writeCommands } from './toolchain.mjs';

const require = createRequire(import.meta.url);
const cache = join(root, '.cache', 'prebuild');

/** Copies the files that node-gyp reads to `folder`, so that the build does not change the checkout. */
function stage(folder) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, 'scripts', 'build'), { recursive: true });
  for (const path of ['package.json', 'binding.gyp', 'native', 'scripts/build/native-config.mjs']) {
    cpSync(join(root, path), join(folder, path), { recursive: true });
  }
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
}

function buildAddon(target, commands, codecs) {
  const folder = join(cache, target.name, 'stage');
  stage(folder);
  const nodeDirectory = join(folder, 'nodedir');
  layOutNodeDirectory(nodeDirectory);
  const nodeGyp = require.resolve('node-gyp/bin/node-gyp.js');
  const prebuildify = join(dirname(require.resolve('prebuildify/package.json')), 'bin.js');
  const precompiled = precompileHeaders(commands, join(cache, target.name));
  const env = {
    ...process.env,
    ...commands,
    // Leaves out debug information and paths of this machine.
    CXXFLAGS: ['-g0', ...[folder, root].map((path) => `-ffile-prefix-map=${path}=.`), ...precompiled].join(' '),
    LDFLAGS: '-s',
    MAKEFLAGS: `-j${require('node:os').availableParallelism()}`,
    POSIX_PAR_CODECS: codecs,
    PREBUILD_NODE_GYP: nodeGyp,
    npm_config_nodedir: nodeDirectory,
    npm_config_loglevel: 'warn',
  };
  const options = ['--napi', '--name=posix-par', `--platform=${target.platform}`, `--arch=${target.arch}`];
  const where = [`--tag-libc=${target.libc}`, '--target=20.0.0', `--out=${root}`];
  run(process.execPath, [prebuildify, ...options, ...where], { cwd: folder, env });
}

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !targets.some((target) => target.name === name));
if (unknown.length > 0) {
  console.error(`Expected targets of ${targets.map(({ name }) => name).join(', ')}, received ${unknown.join(', ')}`);
  process.exit(2);
}

const zig = installZig(cache);
const vendor = fetchSources(join(cache, 'sources'));
for (const target of targets.filter(({ name }) => wanted.length === 0 || wanted.includes(name))) {
  if (isCurrent(target)) {
    console.log(`${prebuiltPath(target)}: is that of the present sources`);
    continue;
  }
  const started = Date.now();
  const commands = writeCommands(zig, target, join(cache, target.name, 'bin'));
  const codecs = join(cache, target.name, 'codecs');
  await buildCodecs(target, vendor, commands, codecs);
  buildAddon(target, commands, codecs);
  noteCurrent(target);
  const path = prebuiltPath(target);
  const mebibytes = (statSync(join(root, path)).size / 2 ** 20).toFixed(2);
  console.log(`${path}: ${mebibytes} MiB, ${((Date.now() - started) / 1000).toFixed(0)} s`);
}
writeFileSync(join(root, 'THIRD_PARTY.md'), thirdPartyText(libraries, vendor, toolchainLicences(zig)));
