/**
 * Loads the native addon. Its functions have names in snake case; the functions of the other modules, in camel case.
 * @module
 */

import { existsSync } from 'node:fs';
import nodeModule from 'node:module';
import { isAbsolute } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isError } from '../core/brands.js';
import type { NativeBinding } from './binding-types.js';
import { type AddonPlatform, listAddonPaths, thisMachine } from './locate.js';

export * from './binding-types.js';

/** Returns the path of the running script; '' if the code came from -e or -p, because argv[1] is then an argument. */
function mainFile(): string {
  const isEvaluated = process.execArgv.some((option) => /^(-[a-z]*[ep]|--eval|--print)/.test(option));
  return isEvaluated ? '' : (process.argv[1] ?? '');
}

/** Returns the path of this module, or of the bundle that contains it; '' if it is unknown. */
function thisFile(): string {
  const { url } = import.meta as { readonly url?: string };
  const paths = [
    url?.startsWith('file:') === true ? fileURLToPath(url) : '',
    // Bundles in CommonJS have no `import.meta.url`.
    typeof __filename === 'string' ? __filename : '',
    // webpack replaces `import.meta.url` with the path of this module at the time of bundling.
    mainFile(),
  ];
  return paths.find((path) => isAbsolute(path) && existsSync(path)) ?? '';
}

/** Returns the path of the addon that the user chose; undefined without one, or if Deno may not read the variable. */
function chosenPath(): string | undefined {
  try {
    return process.env['POSIX_PAR_BINDING'] || undefined;
  } catch {
    return undefined;
  }
}

/** Returns the permissions that Deno needs, as advice; '' in other runtimes. */
function permissionAdvice(): string {
  return 'Deno' in globalThis ? ' In Deno, run with --allow-ffi and --allow-read.' : '';
}

/** Returns a `require` function. Hides the call of `createRequire` from bundlers, because webpack would replace it. */
function plainRequire(): NodeJS.Require {
  const createRequire: typeof nodeModule.createRequire = Reflect.get(nodeModule, 'createRequire');
  return createRequire(process.execPath);
}

/** Loads the first of `paths` that can be loaded. Throws an error with the reason for each path if there is none. */
function loadFirst(paths: readonly string[]): NativeBinding {
  const load = plainRequire();
  const failures: string[] = [];
  for (const path of paths) {
    if (!existsSync(path)) {
      failures.push(`  ${path}: there is no such file`);
      continue;
    }
    try {
      return load(path) as NativeBinding;
    } catch (error) {
      failures.push(`  ${path}: ${isError(error) ? error.message.split('\n')[0] : String(error)}`);
    }
  }
  throw new Error(failures.join('\n') || '  nothing: the location of this module is unknown');
}

/** Lists the paths to try, and what to do if none can be loaded. */
function choosePaths(machine: AddonPlatform): { readonly paths: readonly string[]; readonly advice: string } {
  const chosen = chosenPath();
  if (chosen === undefined) {
    return {
      paths: listAddonPaths(thisFile(), machine),
      advice:
        'Build the addon with `npx posix-par build-addon` (`npm run build:native` in a checkout), ' +
        'copy `prebuilds/` of the package next to a bundle, or set POSIX_PAR_BINDING to a file.',
    };
  }
  // A relative path could load a file from an untrusted working directory.
  if (!isAbsolute(chosen)) {
    throw new Error(`Expected an absolute path in the environment variable POSIX_PAR_BINDING, received '${chosen}'`);
  }
  return {
    paths: [chosen],
    advice: 'Only this file of POSIX_PAR_BINDING is tried: correct it, or unset it to try the usual ones.',
  };
}

function load(): NativeBinding {
  const machine = thisMachine();
  const { paths, advice } = choosePaths(machine);
  try {
    return loadFirst(paths);
  } catch (error) {
    const { platform, arch, libc } = machine;
    const what = `${platform}-${arch}${platform === 'linux' ? ` with ${libc}` : ''}, Node ${process.versions.node}`;
    const tried = isError(error) ? error.message : String(error);
    throw new Error(`posix-par found no native addon for ${what}. Tried:\n${tried}\n${advice}${permissionAdvice()}`);
  }
}

let loaded: NativeBinding | undefined;

/**
 * Returns the addon. The first call loads it: the file in the environment variable POSIX_PAR_BINDING if it is set, else
 * the first file of {@link listAddonPaths} that can be loaded.
 * @throws {Error} with the paths that were tried and the reason for each.
 */
export function binding(): NativeBinding {
  loaded ??= load();
  return loaded;
}
