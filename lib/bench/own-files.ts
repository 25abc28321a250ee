/**
 * Finds files of the package that the benchmark uses while it runs.
 * @module
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isRecord } from '../core/validate.js';

/** Returns the folder of this module, or of the file that it is bundled into; '' if it is unknown. */
function thisFolder(): string {
  const { url } = import.meta as { readonly url?: string };
  if (url?.startsWith('file:') === true) return dirname(fileURLToPath(url));
  // CommonJS has no `import.meta.url`.
  return typeof __filename === 'string' ? dirname(__filename) : '';
}

function findFile(paths: readonly string[]): string | null {
  const folder = thisFolder();
  if (folder === '') return null;
  return paths.map((path) => join(folder, path)).find((path) => existsSync(path)) ?? null;
}

/**
 * Returns the path of the script of the child processes. It is next to this module. The CommonJS copy of the library is
 * one file in the folder above, and uses the same script.
 * @throws {Error} if a bundler has moved this module away from the script.
 */
export function childScript(): string {
  const path = findFile(['child.js', 'bench/child.js']);
  if (path === null) {
    throw new Error(
      'Cannot find bench/child.js of posix-par: a bundler has moved the benchmark away from it. ' +
        'Keep `posix-par/bench` external',
    );
  }
  return path;
}

/** Returns the path of the package's manifest; null if this module is outside its package. */
function manifestPath(): string | null {
  return findFile(['../../package.json', '../package.json']);
}

/** Returns the version of the package; `unknown` outside of the package. */
export function packageVersion(): string {
  const path = manifestPath();
  if (path === null) return 'unknown';
  const manifest: unknown = JSON.parse(readFileSync(path, 'utf8'));
  return isRecord(manifest) && manifest['name'] === 'posix-par' ? String(manifest['version']) : 'unknown';
}
