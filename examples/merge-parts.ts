/**
 * Merges the parts that the tasks of array-job.ts have written: node merge-parts.ts FOLDER
 *
 * Sums are exact and rounded once at the end, so the number of tasks does not change the result.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PartialReduction } from 'posix-par';

const [, , folder = '.'] = process.argv;
const [first, ...others] = readdirSync(folder)
  .filter((name) => name.endsWith('.part'))
  .map((name) => PartialReduction.fromBytes(readFileSync(join(folder, name))));
if (first === undefined) throw new Error(`No parts in ${folder}`);
for (const part of others) await first.merge(part);
const { data } = await first.finish();
console.log(`${first.operation} of ${others.length + 1} parts: ${data[0]}`);
