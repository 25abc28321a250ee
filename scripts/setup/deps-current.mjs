// Exits with 0 if node_modules contains the packages of package-lock.json in the same versions (except optional ones),
// else with 1.
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
// npm writes this file last, so an interrupted installation counts as incomplete.
const installed = packages('node_modules/.package-lock.json');
const isCurrent = Object.entries(wanted).every(
  ([path, { version, optional }]) => path === '' || optional || installed[path]?.version === version,
);
process.exitCode = isCurrent ? 0 : 1;
