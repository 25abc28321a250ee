// Targets of the prebuilt binaries. `zig` is the target of the cross compiler; its suffix is the minimum version of the
// C library. `glibc` is the highest version of symbols that a binary may require, `needed` matches the names of the
// shared libraries that it may require.
export const targets = [
  {
    name: 'linux-x64-glibc',
    platform: 'linux',
    arch: 'x64',
    libc: 'glibc',
    zig: 'x86_64-linux-gnu.2.28',
    glibc: '2.28',
    needed: /^(lib(c|m|pthread|dl)\.so\.\d+|ld-linux-x86-64\.so\.2)$/,
  },
  {
    name: 'linux-arm64-glibc',
    platform: 'linux',
    arch: 'arm64',
    libc: 'glibc',
    zig: 'aarch64-linux-gnu.2.28',
    glibc: '2.28',
    needed: /^(lib(c|m|pthread|dl)\.so\.\d+|ld-linux-aarch64\.so\.1)$/,
  },
  {
    name: 'linux-x64-musl',
    platform: 'linux',
    arch: 'x64',
    libc: 'musl',
    zig: 'x86_64-linux-musl',
    glibc: undefined,
    needed: /^libc\.so$/,
  },
];

/** Returns the path of a target's binary in the package. prebuildify and node-gyp-build prescribe the name. */
export function prebuiltPath({ platform, arch, libc }) {
  return `prebuilds/${platform}-${arch}/posix-par.${libc}.node`;
}
