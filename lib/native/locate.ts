/**
 * Lists the files that may be the native addon, so that the loader and its error agree.
 * @module
 */
import { closeSync, existsSync, openSync, readFileSync, readSync, realpathSync } from 'node:fs';
import { basename, dirname, isAbsolute, join } from 'node:path';

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
export interface AddonPlatform {
  readonly platform: string;
  readonly arch: string;
  readonly libc: Libc;
}

/** The machine that this process runs on. */
export function thisMachine(): AddonPlatform {
  return { platform: process.platform, arch: process.arch, libc: process.platform === 'linux' ? libcOf() : 'glibc' };
}

/** Name of the package, as its package.json states it. */
const packageName = 'posix-par';

/**
 * Paths of the module that loads the addon, relative to the package: for `import`, for `require`, and in a checkout.
 */
const loaderModules = ['dist/native/binding.js', 'dist/library.cjs', 'lib/native/binding.ts'];

/** Path of the prebuilt addon of a machine, relative to the folder that contains `prebuilds/`. */
function prebuiltPath({ platform, arch, libc }: AddonPlatform): string {
  return `prebuilds/${platform}-${arch}/posix-par${platform === 'linux' ? `.${libc}` : ''}.node`;
}

/** Paths of the addon in the folder of the package: a local build comes before the prebuilt binary. */
function pathsInPackage(root: string, machine: AddonPlatform): string[] {
  return ['build/Release/posixpar.node', 'build/Debug/posixpar.node', prebuiltPath(machine)].map((path) =>
    join(root, path),
  );
}

/** True if `folder` has a package.json that names this package. */
function isPackage(folder: string): boolean {
  try {
    const description: unknown = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    return (
      typeof description === 'object' &&
      description !== null &&
      'name' in description &&
      description.name === packageName
    );
  } catch {
    return false;
  }
}

/**
 * Returns the folder of the package as Node resolves it for `file`: in the nearest `node_modules` above. NODE_PATH and
 * the global folders are not searched. Null if the package is not installed there.
 */
function findInstalledPackage(file: string): string | null {
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', packageName);
    if (basename(folder) !== 'node_modules' && existsSync(candidate)) {
      return isPackage(candidate) ? realpathSync(candidate) : null;
    }
    if (folder === dirname(folder)) return null;
  }
}

/** Returns the real path of a module; null for text that is evaluated, and for a file that does not exist. */
function findModule(path: string): string | null {
  // Node names evaluated text after the working directory: `/current/folder/[eval1]`.
  if (!isAbsolute(path) || /^\[\w+\]$/.test(basename(path))) return null;
  try {
    return realpathSync(path);
  } catch {
    return null;
  }
}

/**
 * Lists the files that may be the addon, the preferred one first. All of them are relative to the real location of the
 * module, never to the working directory:
 * - for the module of the package (its package.json has the right name): builds and the prebuilt binary in the package;
 * - for a bundle: the prebuilt binary in `prebuilds/` next to the bundle, then the package in `node_modules`.
 * @param module path of the loading module, or of the bundle that contains it.
 * @returns an empty list if the location of the module is unknown.
 */
export function listAddonPaths(module: string, machine: AddonPlatform): string[] {
  const file = findModule(module);
  if (file === null) return [];
  for (const path of loaderModules) {
    const root = file.slice(0, -path.length - 1);
    if (file.endsWith(`/${path}`) && isPackage(root)) return pathsInPackage(root, machine);
  }
  const installed = findInstalledPackage(file);
  return [
    join(dirname(file), prebuiltPath(machine)),
    ...(installed === null ? [] : pathsInPackage(installed, machine)),
  ];
}
