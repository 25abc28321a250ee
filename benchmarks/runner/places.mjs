/** Paths of the benchmarks. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
export const benchmarks = join(root, 'benchmarks');
/** Folder of data, compiled programs and expected checksums; not under version control. */
export const cache = process.env.POSIX_PAR_BENCH_DATA ?? join(root, '.cache', 'bench');
export const python = join(root, '.cache', 'venv', 'bin', 'python');

/** Returns the file of a contender or baseline by its name. */
export function contenderPath(name) {
  const tries = [`contenders/${name}.mjs`, `contenders/${name}.py`, `baselines/${name}.cc`];
  const found = tries.map((path) => join(benchmarks, path)).find(existsSync);
  if (found === undefined) throw new Error(`Expected one of ${tries.join(', ')}`);
  return found;
}
