/**
 * Lists the files that may be the native addon, for the loader and for its error message.
 * @module
 */
import { closeSync, existsSync, openSync, readFileSync, readSync, realpathSync } from 'node:fs';
import { basename, dirname, isAbsolute, join } from 'node:path';

/** C library of a process on Linux. A binary for one of them cannot be loaded by a process with the other. */
export type Libc = 'glibc' | 'musl';

/**
 * Number of bytes read from a program. They contain the ELF header, the program headers and the name of the dynamic
 * loader.
 */
const programHeadBytes = 4096;

/**
 * Returns the C library of a program, which its dynamic loader's name identifies.
 * @param program path of an ELF file. Default: the running program.
 * @returns 'glibc' if the file cannot be read or has another loader.
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

/** Machine for which an addon is built. */
export interface AddonPlatform {
  readonly platform: string;
  readonly arch: string;
  readonly libc: Libc;
}

/** Returns the machine of this process. */
export function thisMachine(): AddonPlatform {
  return { platform: process.platform, arch: process.arch, libc: process.platform === 'linux' ? libcOf() : 'glibc' };
}

/** Name of the package in its package.json. */
const packageName = 'posix-par';

/**
 * Paths of the module that loads the addon, relative to the package: for `import`, for `require`, and in a checkout.
 */
const loaderModules = ['dist/native/binding.js', 'dist/library.cjs', 'lib/native/binding.ts'];

/** Returns the path of the prebuilt addon of a machine, relative to the folder that contains `prebuilds/`. */
function prebuiltPath({ platform, arch, libc }: AddonPlatform): string {
  return `prebuilds/${platform}-${arch}/posix-par${platform === 'linux' ? `.${libc}` : ''}.node`;
}

/** Returns the paths of the addon in the folder of the package. A local build precedes the prebuilt binary. */
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
 * Returns the folder of the package as Node resolves it for `file`: in the nearest `node_modules` above `file` that
 * contains the package. NODE_PATH and global folders are not searched. Returns null if there is none, or if the folder
 * contains another package.
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

/** Returns the real path of a module; null for code that has no file (`node -e`), and if the file does not exist. */
function findModule(path: string): string | null {
  // If code has no file (`node -e`), Node uses a name such as `/current/folder/[eval1]`.
  if (!isAbsolute(path) || /^\[\w+\]$/.test(basename(path))) return null;
  try {
    return realpathSync(path);
  } catch {
    return null;
  }
}

/**
 * Lists the files that may be the addon, the preferred one first. They are relative to the real location of the module,
 * never to the working directory:
 * - if the module belongs to the package (its package.json has the right name): builds and the prebuilt binary in the
 *   package;
 * - if the module is in a bundle: the prebuilt binary in `prebuilds/` next to the bundle, then the package in
 *   `node_modules`.
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
