// Checks if prebuilt binaries are up to date. The stamp of each binary, below .cache/prebuild, contains hashes of the
// sources and of the binary.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { listFiles } from '../../build/list-files.mjs';
import { prebuiltPath } from './targets.mjs';

const root = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));

function filesOf(folder) {
  return listFiles(join(root, folder)).map((file) => join(folder, file));
}

function sourceHash() {
  const single = [
    'binding.gyp',
    'package-lock.json',
    'scripts/build/native-config.mjs',
    'scripts/build/native-headers.mjs',
    'scripts/build/precompiled.h',
  ];
  const hash = createHash('sha256');
  for (const path of [...filesOf('native'), ...filesOf('scripts/release/prebuild'), ...single].sort()) {
    hash.update(`${path}\0`).update(readFileSync(join(root, path)));
  }
  return hash.digest('hex');
}

const stampPath = (target) => join(root, '.cache', 'prebuild', target.name, 'binary.sha256');

/** Returns the stamp of a binary: hashes of its sources and of the binary. */
function stampOf(target) {
  const binary = createHash('sha256').update(readFileSync(join(root, prebuiltPath(target))));
  return `${sourceHash()} ${binary.digest('hex')}\n`;
}

/** Records that the binary of `target` was made from the current sources. */
export function noteCurrent(target) {
  mkdirSync(dirname(stampPath(target)), { recursive: true });
  writeFileSync(stampPath(target), stampOf(target));
}

/** Returns true if the binary of `target` exists and was made on this machine from the current sources. */
export function isCurrent(target) {
  if (!existsSync(join(root, prebuiltPath(target))) || !existsSync(stampPath(target))) return false;
  return readFileSync(stampPath(target), 'utf8') === stampOf(target);
}
