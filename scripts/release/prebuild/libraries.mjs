// C libraries that are linked into the prebuilt binaries, with their sources and compiler settings.
//
// The C sources are in crates, because crates.io keeps every version forever and cargo verifies downloads. No Rust is
// compiled. `checksum` is the SHA-256 of the crate, `folder` the folder of the C sources in it; other paths are
// relative to that folder. Only the parts that the addon uses are compiled.
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const compressing =
  /encode|easy_|string_conversion|_mt\.c$|tablegen|_small\.c$|outqueue|hardware_|crc_clmul_consts_gen/;

/** Returns the C files in folders of liblzma, without encoders and threads. */
function lzmaSources(folder) {
  const folders = ['common', 'lzma', 'lz', 'check', 'delta', 'rangecoder', 'simple'];
  return folders
    .map((name) => `src/liblzma/${name}`)
    .flatMap((path) => readdirSync(join(folder, path)).map((name) => `${path}/${name}`))
    .filter((path) => path.endsWith('.c') && !compressing.test(path))
    .sort();
}

const lzmaDecoders = [
  'LZMA1',
  'LZMA2',
  'LZ',
  'ARM',
  'ARM64',
  'ARMTHUMB',
  'DELTA',
  'IA64',
  'POWERPC',
  'RISCV',
  'SPARC',
  'X86',
];

/** The encoder of zstd, without threads. */
const zstdEncoders = [
  'fse_compress',
  'hist',
  'huf_compress',
  'zstd_compress',
  'zstd_compress_literals',
  'zstd_compress_sequences',
  'zstd_compress_superblock',
  'zstd_double_fast',
  'zstd_fast',
  'zstd_lazy',
  'zstd_ldm',
  'zstd_opt',
  'zstd_preSplit',
];

/** The result of liburing's configure script on the targets: the kernel headers have everything that it checks for. */
const uringCompat = `#pragma once
#include <inttypes.h>
#include <linux/futex.h>
#include <linux/ioctl.h>
#include <linux/openat2.h>
#include <linux/time_types.h>
#include <sys/stat.h>
#define UAPI_LINUX_IO_URING_H_SKIP_LINUX_TIME_TYPES_H 1
#ifndef BLOCK_URING_CMD_DISCARD
#define BLOCK_URING_CMD_DISCARD _IO(0x12, 0)
#endif
`;

/**
 * The libraries. `headers` are copied to the include folder. `generate(folder, include)` writes headers that a
 * configure script would write. `licence` is an SPDX identifier.
 */
export const libraries = [
  {
    name: 'libdeflate',
    version: '1.26',
    licence: 'MIT',
    licenceFile: 'COPYING',
    crate: 'libdeflate-sys',
    crateVersion: '1.26.1',
    checksum: 'd7870e5fbd2766179a937c725fb11f4ca0ef025d982beb61bd3ce755425bd19c',
    folder: 'libdeflate',
    archive: 'libdeflate.a',
    headers: ['libdeflate.h'],
    includes: ['.'],
    sources: () =>
      ['adler32', 'crc32', 'utils']
        .concat(['deflate', 'gzip', 'zlib'].flatMap((name) => [`${name}_compress`, `${name}_decompress`]))
        .map((name) => `lib/${name}.c`)
        .concat('lib/x86/cpu_features.c', 'lib/arm/cpu_features.c'),
  },
  {
    name: 'zstd',
    version: '1.5.7',
    licence: 'BSD-3-Clause',
    licenceFile: 'LICENSE',
    crate: 'zstd-sys',
    crateVersion: '2.1.3',
    checksum: 'f729a06d0257428fd9d997ac8db7e1407bd0262ab016b085b36bc52957c0052d',
    folder: 'zstd',
    archive: 'libzstd.a',
    headers: ['lib/zstd.h', 'lib/zstd_errors.h'],
    includes: ['lib'],
    defines: ['ZSTDLIB_VISIBLE=', 'ZSTDERRORLIB_VISIBLE=', 'ZSTD_LEGACY_SUPPORT=0', 'ZSTD_TRACE=0'],
    sources: () =>
      ['debug', 'entropy_common', 'error_private', 'fse_decompress', 'xxhash', 'zstd_common']
        .map((name) => `lib/common/${name}.c`)
        .concat(
          ['huf_decompress', 'zstd_ddict', 'zstd_decompress', 'zstd_decompress_block'].map(
            (name) => `lib/decompress/${name}.c`,
          ),
          'lib/decompress/huf_decompress_amd64.S',
          zstdEncoders.map((name) => `lib/compress/${name}.c`),
        ),
  },
  {
    name: 'lz4',
    version: '1.10.0',
    licence: 'BSD-2-Clause',
    licenceFile: 'lib/LICENSE',
    crate: 'lz4-sys',
    crateVersion: '1.11.1',
    checksum: '6bd8c0d6c6ed0cd30b3652886bb8711dc4bb01d637a68105a3d5158039b418e6',
    folder: 'liblz4',
    archive: 'liblz4.a',
    headers: ['lib/lz4.h'],
    includes: ['lib'],
    defines: ['LZ4LIB_VISIBILITY='],
    sources: () => ['lib/lz4.c'],
  },
  {
    name: 'libaec',
    version: '1.1.4',
    licence: 'BSD-2-Clause',
    licenceFile: 'LICENSE.txt',
    crate: 'libaec-sys',
    crateVersion: '0.1.3',
    checksum: '3b0d9e19776f54c4dd491e990455a2fc08cb469b76ddf0ad380495cdff255c6c',
    folder: 'libaec-1.1.4',
    archive: 'libaec.a',
    headers: [],
    includes: ['src'],
    sources: () => ['src/decode.c', 'src/vector.c'],
    generate(folder, include) {
      const text = readFileSync(join(folder, 'include', 'libaec.h.in'), 'utf8');
      const [major, minor, patch] = this.version.split('.');
      const values = { MAJOR: major, MINOR: minor, PATCH: patch };
      const filled = text.replace(/@PROJECT_VERSION_(MAJOR|MINOR|PATCH)@/g, (_, part) => values[part]);
      writeFileSync(join(include, 'libaec.h'), filled);
      writeFileSync(join(include, 'config.h'), '#define HAVE_DECL___BUILTIN_CLZLL 1\n#define HAVE_SNPRINTF 1\n');
    },
  },
  {
    name: 'liblzma',
    version: '5.8.4',
    licence: '0BSD',
    licenceFile: 'COPYING.0BSD',
    crate: 'liblzma-sys',
    crateVersion: '0.4.9',
    checksum: '7c7e3581f367a78d7b7e7ae948d023310556f0cfc13156c2e4e00e25616492b9',
    folder: 'xz',
    archive: 'liblzma.a',
    headers: ['src/liblzma/api/lzma.h', 'src/liblzma/api/lzma'],
    includes: ['api', 'lzma', 'lz', 'check', 'simple', 'delta', 'common', 'rangecoder']
      .map((name) => `src/liblzma/${name}`)
      .concat('src/common'),
    defines: [
      'HAVE_STDINT_H',
      'HAVE_STDBOOL_H',
      'HAVE_STRING_H',
      'HAVE_VISIBILITY=0',
      '_GNU_SOURCE',
      ...lzmaDecoders.map((name) => `HAVE_DECODER_${name}`),
      ...['CRC32', 'CRC64', 'SHA256'].map((name) => `HAVE_CHECK_${name}`),
    ],
    sources: lzmaSources,
  },
  {
    name: 'liburing',
    version: '2.15',
    licence: 'MIT',
    licenceFile: 'LICENSE',
    crate: 'uring-sys2',
    crateVersion: '0.13.0',
    checksum: 'c99b9f13e0d8d45462de13ca4507bbd2fa76103eaaae7ccacb9a7c82b4f35409',
    folder: 'liburing',
    archive: 'liburing.a',
    headers: ['src/include/liburing.h', 'src/include/liburing'],
    includes: ['src'],
    defines: ['_GNU_SOURCE', '_DEFAULT_SOURCE', 'LIBURING_INTERNAL'],
    sources: () => ['setup', 'queue', 'register', 'syscall', 'version'].map((name) => `src/${name}.c`),
    generate(_folder, include) {
      const [major, minor] = this.version.split('.');
      writeFileSync(join(include, 'liburing', 'compat.h'), uringCompat);
      writeFileSync(
        join(include, 'liburing', 'io_uring_version.h'),
        `#pragma once\n#define IO_URING_VERSION_MAJOR ${major}\n#define IO_URING_VERSION_MINOR ${minor}\n`,
      );
    },
  },
];

/** Copies the headers of `library` from its sources in `folder` to `include`. */
export function layOutHeaders(library, folder, include) {
  mkdirSync(include, { recursive: true });
  for (const header of library.headers) {
    cpSync(join(folder, header), join(include, header.slice(header.lastIndexOf('/') + 1)), { recursive: true });
  }
  library.generate?.(folder, include);
}
