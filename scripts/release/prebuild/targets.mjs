// The machines that prebuilt binaries are made for. `zig` is the target of the cross compiler: its suffix is the oldest
// version of the C library that will do. `needed` is what a binary may ask of the system.
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

/** Where the binary of a target lies in the package: the names that prebuildify gives and node-gyp-build looks for. */
export function prebuiltPath({ platform, arch, libc }) {
  return `prebuilds/${platform}-${arch}/posix-par.${libc}.node`;
}
