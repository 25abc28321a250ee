/**
 * Runs one task of a Slurm array job: srun node array-job.ts PATH
 *
 * Each task reads its part of the first axis, with as many threads as Slurm gave it, and prints one line of JSON.
 */
import { configure, openArray, slice } from 'posix-par';

const number = (name: string, otherwise: number) => Number(process.env[name] ?? otherwise);
const [task, tasks] = [number('SLURM_ARRAY_TASK_ID', 0), number('SLURM_ARRAY_TASK_COUNT', 1)];
configure({ threads: number('SLURM_CPUS_PER_TASK', 1) });

const [, , path = 'volume.npy'] = process.argv;
const array = await openArray(path);
const rows = array.shape[0] ?? 1;
const [from, to] = [Math.floor((task * rows) / tasks), Math.floor(((task + 1) * rows) / tasks)];
const { data, stats } = await array.read([slice(from, to)], { as: 'float64' });
let sum = 0;
for (const value of data) sum += value;
await array.close();
console.log(JSON.stringify({ task, from, to, elements: data.length, sum, bytesRead: stats.bytesRead }));
