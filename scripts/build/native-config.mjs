// Describes this machine for the native build; used by binding.gyp, CMakeLists.txt and scripts/build/native.mjs:
// - sources: the files of native/sources.txt, one per line;
// - includes: the directories of napi.h and node_api.h;
// - defines: POSIXPAR_HAVE_<LIBRARY>=1 for each optional library with a header and a static archive on this machine;
// - libraries: the archives of these libraries;
// - cmake: all of the above as CMake set() commands.
//
// A missing library is not an error: what needs it is then not supported (a codec, or the io_uring engines).
//
// POSIX_PAR_BUILD_TOOLS is a folder whose node_modules contain the headers; the default is the project's root.
// POSIX_PAR_CODECS is a folder with include/ and lib/ that replaces the folders of the compiler.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Optional libraries: the header and the archives, in link order, that each of them needs. */
const libraries = [
  { define: 'POSIXPAR_HAVE_LIBDEFLATE', header: 'libdeflate.h', archives: ['libdeflate.a'] },
  // Used only if libdeflate is missing. Linked statically with hidden symbols, because Node exports its own zlib.
  { define: 'POSIXPAR_HAVE_ZLIB', header: 'zlib.h', archives: ['libz.a'] },
  { define: 'POSIXPAR_HAVE_ZSTD', header: 'zstd.h', archives: ['libzstd.a'] },
  { define: 'POSIXPAR_HAVE_LZ4', header: 'lz4.h', archives: ['liblz4.a'] },
  { define: 'POSIXPAR_HAVE_LIBAEC', header: 'libaec.h', archives: ['libaec.a'] },
  { define: 'POSIXPAR_HAVE_LZMA', header: 'lzma.h', archives: ['liblzma.a'] },
  { define: 'POSIXPAR_HAVE_LIBURING', header: 'liburing.h', archives: ['liburing.a'] },
];

const codecs = process.env.POSIX_PAR_CODECS;

function compiler() {
  return (process.env.CXX ?? 'g++').split(' ');
}

function run(extra, input) {
  const [command, ...args] = compiler();
  const done = spawnSync(command, [...args, ...extra], { input, encoding: 'utf8' });
  if (done.error) throw new Error(`Expected a C++ compiler, could not run '${command}': ${done.error.message}`);
  return done.stdout;
}

/** Returns the headers of `libraries` that the compiler finds. */
function headersFound() {
  const probe = libraries.map(({ header }, i) => `#if __has_include(<${header}>)\nfound_${i}\n#endif\n`).join('');
  const text = run(['-E', '-P', '-x', 'c++', '-'], probe);
  return libraries.map((_, i) => new RegExp(`^found_${i}$`, 'm').test(text));
}

/** Returns the full path of the static archive that the compiler would link, or undefined. */
function archivePath(name) {
  const path = run([`-print-file-name=${name}`]).trim();
  return path.includes('/') && existsSync(path) ? realpathSync(path) : undefined;
}

/** Returns the libraries in the folder POSIX_PAR_CODECS. */
function librariesOf(folder) {
  return libraries.flatMap(({ define, header, archives }) => {
    const paths = archives.map((name) => join(folder, 'lib', name));
    return [join(folder, 'include', header), ...paths].every(existsSync) ? [{ define, archives: paths }] : [];
  });
}

/** Returns the optional libraries of this machine: `{define, archives}` of each. */
export function detectLibraries() {
  if (codecs !== undefined) return librariesOf(codecs);
  const hasHeader = headersFound();
  return libraries.flatMap(({ define, archives }, i) => {
    const paths = archives.map(archivePath);
    return hasHeader[i] && paths.every(Boolean) ? [{ define, archives: paths }] : [];
  });
}

/** Returns the paths in native/sources.txt, in order. */
export function readSources() {
  return readFileSync(join(root, 'native', 'sources.txt'), 'utf8')
    .split('\n')
    .map((line) => line.replace(/#.*/, '').trim())
    .filter((line) => line !== '');
}

/**
 * Returns the include directories of node_api.h and napi.h. Both come from npm, so the headers of Node are not needed.
 */
export function headerDirectories() {
  const require = createRequire(join(process.env.POSIX_PAR_BUILD_TOOLS ?? root, 'package.json'));
  return {
    nodeApi: require('node-api-headers').include_dir,
    addonApi: dirname(require.resolve('node-addon-api')),
  };
}

function cmakeText() {
  const found = detectLibraries();
  const { nodeApi, addonApi } = headerDirectories();
  const set = (name, values) => `set(${name} ${values.map((value) => `"${value}"`).join(' ')})`;
  return [
    set('POSIXPAR_SOURCES', readSources()),
    set(
      'POSIXPAR_CODEC_DEFINES',
      found.map(({ define }) => `${define}=1`),
    ),
    set(
      'POSIXPAR_CODEC_LIBRARIES',
      found.flatMap(({ archives }) => archives),
    ),
    set('POSIXPAR_NODE_INCLUDES', [nodeApi, addonApi]),
  ].join('\n');
}

// Resolves the path, which may contain symbolic links.
if (realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const answers = {
    sources: () => readSources(),
    includes: () => [...Object.values(headerDirectories()), ...(codecs === undefined ? [] : [join(codecs, 'include')])],
    defines: () => detectLibraries().map(({ define }) => `${define}=1`),
    libraries: () => detectLibraries().flatMap(({ archives }) => archives),
    cmake: () => [cmakeText()],
  };
  const question = process.argv[2];
  if (question === undefined || !(question in answers)) {
    console.error(`Usage: native-config.mjs ${Object.keys(answers).join('|')}`);
    process.exit(2);
  }
  console.log(answers[question]().join('\n'));
}
