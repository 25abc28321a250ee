/**
 * Builds the viewer for tests. Takes some milliseconds if it is up to date.
 * @module
 */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const root = join(import.meta.dirname, '../..');

/** Installs the npm packages of the viewer. */
export function viewerPackages(): void {
  const script = `(await import(${JSON.stringify(pathToFileURL(join(root, 'scripts/build/viewer.mjs')).href)})).installViewerPackages()`;
  execFileSync(process.execPath, ['--input-type=module', '-e', script], { cwd: root });
}

/** Builds dist/viewer. */
export function builtViewer(): void {
  execFileSync(process.execPath, [join(root, 'scripts/build/viewer.mjs')], { cwd: root });
}
