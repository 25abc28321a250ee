/**
 * Installs the package as a user does: packs it, and installs it into a separate folder.
 * @module
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isCurrent } from '../../scripts/release/prebuild/state.mjs';
import { targets } from '../../scripts/release/prebuild/targets.mjs';

const root = join(import.meta.dirname, '../..');

/** Target of the prebuilt binary for this machine; undefined if there is none. */
export const hostTarget = targets.find(
  ({ platform, arch, libc }) => `${platform}-${arch}-${libc}` === `${process.platform}-${process.arch}-glibc`,
);

/** True if the prebuilt binary for this machine was built from the current sources. */
export const isPrebuilt = hostTarget !== undefined && isCurrent(hostTarget);

/** Runs npm. */
export function npm(
  args: readonly string[],
  options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
): string {
  return execFileSync('npm', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], ...options });
}

/** Packs the package into `folder`; returns the path of the archive. */
export function packPackage(folder: string): string {
  const name = npm(['pack', '--silent', '--pack-destination', folder], { cwd: root, env: process.env }).trim();
  return join(folder, name);
}

/** Creates a package in the folder `app` and installs `archive` into it. */
export function installPackage(app: string, archive: string, env: NodeJS.ProcessEnv): void {
  if (!existsSync(app)) mkdirSync(app);
  writeFileSync(join(app, 'package.json'), '{"name": "app", "version": "1.0.0", "private": true}');
  const options = ['--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error'];
  npm(['install', ...options, archive], { cwd: app, env });
}

/**
 * Creates links from node_modules of `app` to the packages `names` in another node_modules. Skips packages that exist.
 */
export function linkPackages(app: string, nodeModules: string, names: readonly string[]): void {
  for (const name of names) {
    const link = join(app, 'node_modules', name);
    if (!existsSync(link)) symlinkSync(join(nodeModules, name), link);
  }
}
