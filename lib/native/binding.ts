/**
 * Loads the native addon: the only file that does. Snake case below this line, camel case above.
 * @module
 */
import { createRequire } from 'node:module';
import { arch, platform } from 'node:process';
import { fileURLToPath } from 'node:url';
import type { NativeBinding } from './binding-types.js';

export * from './binding-types.js';

const require = createRequire(import.meta.url);

/** Where the addon may lie, most specific first; seen from lib/native and from dist/native alike. */
function candidates(): string[] {
  const root = new URL('../../', import.meta.url);
  return [
    `prebuilds/${platform}-${arch}/posix-par.node`,
    'build/Release/posixpar.node',
    'build/Debug/posixpar.node',
  ].map((name) => fileURLToPath(new URL(name, root)));
}

function load(): NativeBinding {
  const chosen = process.env['POSIX_PAR_BINDING'];
  const failures: string[] = [];
  for (const path of chosen === undefined ? candidates() : [chosen]) {
    try {
      return require(path) as NativeBinding;
    } catch (error) {
      failures.push(`  ${path}: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`);
    }
  }
  throw new Error(
    `posix-par found no native addon for ${platform}-${arch}, Node ${process.versions.node}. Tried:\n${failures.join('\n')}\n` +
      'Build it with `npm run build:native` in the package, or reinstall.',
  );
}

let loaded: NativeBinding | undefined;

/**
 * The addon; loaded at the first call.
 * @throws {Error} listing what was tried.
 */
export function binding(): NativeBinding {
  loaded ??= load();
  return loaded;
}
