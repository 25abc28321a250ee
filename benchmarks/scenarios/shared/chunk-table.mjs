/** Chunk tables tell the baseline where the chunks of a data set are. data/table.py writes them next to the data. */
import { execFileSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { benchmarks, cache, python } from '../../runner/places.mjs';
import { shape } from './field.mjs';

const tablePath = (name) => join(cache, `${name}.table`);

/**
 * Returns a function for the field `before` of a scenario. It writes the chunk tables of the data sets `names`, except
 * tables that are newer than their data.
 */
export function writeTable(...names) {
  return () => {
    for (const name of names) {
      const table = tablePath(name);
      const data = join(cache, name);
      if (existsSync(table) && statSync(table).mtimeMs > statSync(data).mtimeMs) continue;
      execFileSync(python, [join(benchmarks, 'data', 'table.py'), data, table], { stdio: 'inherit' });
    }
  };
}

/** Returns the settings with which the baseline reads all chunks of data set `name` into an array. */
export function chunkFloor(name, settings) {
  const table = tablePath(name);
  return { use: 'chunks', kind: 'floor', floor: { table, shape, chunk: [64, 128, 128], ...settings } };
}
