// Exits with 0 when node_modules holds the packages that package-lock.json names, else with 1.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

function packages(path) {
  try {
    return JSON.parse(readFileSync(join(root, path), 'utf8')).packages;
  } catch {
    return {};
  }
}

const wanted = packages('package-lock.json');
// npm writes this file last, so an installation that was interrupted does not pass for a complete one.
const installed = packages('node_modules/.package-lock.json');
const isCurrent = Object.entries(wanted).every(
  ([path, { version, optional }]) => path === '' || optional || installed[path]?.version === version,
);
process.exitCode = isCurrent ? 0 : 1;
