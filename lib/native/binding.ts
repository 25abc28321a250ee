/**
 * Loads the native addon: the only file that does. Snake case below this line, camel case above.
 * @module
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { NativeBinding } from './binding-types.js';
import { packageFolders, placesIn, thisMachine } from './locate.js';

export * from './binding-types.js';

/** The path of this module. A bundler that writes CommonJS leaves nothing in `import.meta`, but `__filename` is there. */
function thisFile(): string {
  const { url } = import.meta as { readonly url?: string };
  if (url?.startsWith('file:')) return fileURLToPath(url);
  return typeof __filename === 'string' ? __filename : join(process.cwd(), 'bundle.js');
}

/** Loads the first addon of `paths` that can be loaded; throws an error that says of each why it could not. */
function loadFirst(paths: readonly string[], require: NodeJS.Require): NativeBinding {
  const failures: string[] = [];
  for (const path of paths) {
    if (!existsSync(path)) {
      failures.push(`  ${path}: there is no such file`);
      continue;
    }
    try {
      return require(path) as NativeBinding;
    } catch (error) {
      failures.push(`  ${path}: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`);
    }
  }
  throw new Error(failures.join('\n'));
}

function load(): NativeBinding {
  const file = thisFile();
  const chosen = process.env['POSIX_PAR_BINDING'];
  const machine = thisMachine();
  const paths =
    chosen === undefined || chosen === ''
      ? packageFolders(file).flatMap((folder) => placesIn(folder, machine))
      : [chosen];
  try {
    return loadFirst(paths, createRequire(file));
  } catch (error) {
    const { platform, arch, libc } = machine;
    const what = `${platform}-${arch}${platform === 'linux' ? ` with ${libc}` : ''}, Node ${process.versions.node}`;
    const tried = error instanceof Error ? error.message : String(error);
    const advice =
      paths[0] === chosen
        ? 'POSIX_PAR_BINDING names this file alone: correct it, or unset it to have the usual places tried.'
        : 'Build the addon with `npm rebuild posix-par` (`npm run build:native` in a checkout), or set POSIX_PAR_BINDING to a file.';
    throw new Error(`posix-par found no native addon for ${what}. Tried:\n${tried}\n${advice}`);
  }
}

let loaded: NativeBinding | undefined;

/**
 * The addon; loaded at the first call: the file in the environment variable POSIX_PAR_BINDING if it is set, else a build
 * in the package's folder, else the package's binary for this platform, processor and C library.
 * @throws {Error} listing what was tried and why each was not loaded.
 */
export function binding(): NativeBinding {
  loaded ??= load();
  return loaded;
}
