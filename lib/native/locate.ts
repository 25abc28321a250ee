/**
 * Where the native addon may lie: plain data, so that the loader and its error say the same.
 * @module
 */
import { closeSync, openSync, readSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

/** The C library that a process on Linux uses: a binary for one cannot be loaded with the other. */
export type Libc = 'glibc' | 'musl';

/** The ELF header, the program headers and the name of the loader stand at the beginning of a program. */
const programHeadBytes = 4096;

/**
 * The C library of a program, seen from the name of the loader that it asks for.
 * @param program path of an ELF file; the program that runs by default.
 * @returns 'glibc' also where the file tells nothing.
 */
export function libcOf(program: string = process.execPath): Libc {
  const head = Buffer.alloc(programHeadBytes);
  try {
    const file = openSync(program, 'r');
    try {
      readSync(file, head, 0, head.length, 0);
    } finally {
      closeSync(file);
    }
  } catch {
    return 'glibc';
  }
  return head.includes('/ld-musl-') ? 'musl' : 'glibc';
}

/** The machine that an addon is looked for. */
export interface Machine {
  readonly platform: string;
  readonly arch: string;
  readonly libc: Libc;
}

/** The machine that this process runs on. */
export function thisMachine(): Machine {
  return { platform: process.platform, arch: process.arch, libc: process.platform === 'linux' ? libcOf() : 'glibc' };
}

/** The addon's places in the folder of the package: a build of one's own comes before what the package brought. */
export function placesIn(root: string, { platform, arch, libc }: Machine): string[] {
  const tag = platform === 'linux' ? `.${libc}` : '';
  return [
    'build/Release/posixpar.node',
    'build/Debug/posixpar.node',
    `prebuilds/${platform}-${arch}/posix-par${tag}.node`,
  ].map((name) => join(root, name));
}

/**
 * The folders that may be that of the package, the most likely first: two above this file; for a program that a bundler
 * made, the folder of the bundle (where the addon may have been copied to) and the package beside it in node_modules.
 * @param file the path of this module, or of the bundle that contains it.
 */
export function packageFolders(file: string): string[] {
  const folders = [join(file, '../../..'), join(file, '..')];
  try {
    folders.push(join(createRequire(file).resolve('posix-par/package.json'), '..'));
  } catch {
    // Not installed beside the bundle: the two folders above are all there is.
  }
  return [...new Set(folders)];
}
