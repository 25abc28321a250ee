/**
 * Runs one task of a Slurm array job: srun node array-job.ts PATH FOLDER
 *
 * Each task reduces its part of the first axis, with as many threads as Slurm gave it, and writes the exact
 * intermediate state to FOLDER. merge-parts.ts then computes the result of all tasks.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { configure, openArray, partialReduce, slice } from 'posix-par';

const number = (name: string, otherwise: number) => Number(process.env[name] ?? otherwise);
const [task, tasks] = [number('SLURM_ARRAY_TASK_ID', 0), number('SLURM_ARRAY_TASK_COUNT', 1)];
configure({ threads: number('SLURM_CPUS_PER_TASK', 1) });

const [, , path = 'volume.npy', folder = '.'] = process.argv;
const array = await openArray(path);
const rows = array.shape[0] ?? 1;
const [from, to] = [Math.floor((task * rows) / tasks), Math.floor(((task + 1) * rows) / tasks)];
const part = await partialReduce(array, 'std', { selection: [slice(from, to)], skipMissing: true });
await array.close();
writeFileSync(join(folder, `${task}.part`), part.toBytes());
console.log(JSON.stringify({ task, from, to }));
