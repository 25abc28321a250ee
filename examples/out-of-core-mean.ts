/**
 * Computes mean and standard deviation over the first axis of an array that may be larger than memory:
 * node out-of-core-mean.ts PATH [BUDGET_MIB]
 *
 * The native threads add blocks of the array to exact sums while the next blocks are read. Missing values are left out.
 */
import { openArray } from 'posix-par';

const [, , path = 'volume.npy', budgetMib = '64'] = process.argv;
const array = await openArray(path);
const options = { axis: 0, skipMissing: true, budgetBytes: Number(budgetMib) * 2 ** 20 };
const mean = await array.reduce('mean', options);
const std = await array.reduce('std', options);
await array.close();
console.log(`shape [${mean.shape.join(', ')}], first ${mean.data[0]} ± ${std.data[0]}`);
