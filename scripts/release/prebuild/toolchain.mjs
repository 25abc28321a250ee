// Installs the cross compiler (Zig), and writes wrapper scripts (CC, CXX, AR). With them, node-gyp builds the addon and
// codecs.mjs the codec libraries.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const requirements = fileURLToPath(new URL('requirements.txt', import.meta.url));

/** Runs a command; its output goes to standard error. */
export function run(command, args, options = {}) {
  const done = spawnSync(command, args, { stdio: ['ignore', 2, 2], ...options });
  if (done.error) throw new Error(`Expected to run '${command}': ${done.error.message}`);
  if (done.status !== 0) throw new Error(`${[command, ...args].join(' ')} ended with ${done.status ?? done.signal}`);
}

/** Returns the folder of the cross compiler's package; installs it below `folder` if it is missing. */
export function installZig(folder) {
  const venv = join(folder, 'zig');
  const stamp = join(venv, 'requirements.sha256');
  const hash = createHash('sha256').update(readFileSync(requirements)).digest('hex');
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== hash) {
    rmSync(venv, { recursive: true, force: true });
    run('python3', ['-m', 'venv', venv]);
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-input', '--no-deps'];
    run(join(venv, 'bin', 'python'), [...pip, '--only-binary=:all:', '--require-hashes', '-r', requirements]);
    writeFileSync(stamp, hash);
  }
  const python = readdirSync(join(venv, 'lib')).find((name) => name.startsWith('python3'));
  return join(venv, 'lib', python ?? '', 'site-packages', 'ziglang');
}

/** Returns a shell script that runs the compiler for one target. */
function compilerScript(zig, mode, target) {
  return `#!/bin/sh
# Removes --exclude-libs, which Zig's linker does not have. native/exports.map hides the symbols of archives, too.
# Removes the options for dependency files, because Zig does not cache objects if it must list their headers. The
# makefile gets empty files; it needs no dependencies, because it always builds from scratch.
previous=
for argument; do
  shift
  case $previous$argument in
    -Wl,--exclude-libs,ALL | -MMD | -MF) ;;
    -MF*) : >"$argument" ;;
    *) set -- "$@" "$argument" ;;
  esac
  previous=
  [ "$argument" = -MF ] && previous=-MF
done
exec '${zig}' ${mode} -target ${target.zig} -mcpu=baseline -fno-sanitize=all "$@"
`;
}

/**
 * Writes the wrapper scripts for `target` into `folder`. Returns their paths as the environment variables CC, CXX and
 * AR.
 */
export function writeCommands(zigFolder, target, folder) {
  const zig = join(zigFolder, 'zig');
  const scripts = {
    CC: compilerScript(zig, 'cc', target),
    CXX: compilerScript(zig, 'c++', target),
    AR: `#!/bin/sh\nexec '${zig}' ar "$@"\n`,
  };
  mkdirSync(folder, { recursive: true });
  const paths = {};
  for (const [variable, text] of Object.entries(scripts)) {
    const path = join(folder, variable.toLowerCase());
    writeFileSync(path, text);
    chmodSync(path, 0o755);
    paths[variable] = path;
  }
  return paths;
}

/**
 * Precompiles scripts/build/precompiled.h into `folder`. Returns the options with which the compiler of `commands` uses
 * it. If binding.gyp has other options than those here, the compiler refuses the file.
 */
export function precompileHeaders(commands, folder) {
  const path = join(folder, 'precompiled.pch');
  const options = ['-std=c++20', '-O3', '-g0', '-fPIC', '-fexceptions', '-pthread'];
  const visibility = ['-fvisibility=hidden', '-fvisibility-inlines-hidden'];
  const header = join(root, 'scripts', 'build', 'precompiled.h');
  run(commands.CXX, [...options, ...visibility, '-x', 'c++-header', header, '-o', path]);
  return ['-include-pch', path];
}

/** Returns the licences of the code that the compiler adds to binaries: `{name, version, licence, text}` of each. */
export function toolchainLicences(zigFolder) {
  const version = readFileSync(requirements, 'utf8').match(/ziglang==(\S+)/)?.[1];
  const text = (path) => readFileSync(join(zigFolder, path), 'utf8');
  const llvm = 'Apache-2.0 WITH LLVM-exception';
  return [
    {
      name: 'libc++, libc++abi and libunwind',
      version: `of Zig ${version}`,
      licence: llvm,
      text: text('lib/libcxx/LICENSE.TXT'),
    },
    { name: 'compiler-rt of Zig', version, licence: 'MIT', text: text('LICENSE') },
  ];
}

/** The root of the project. */
export const root = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));
