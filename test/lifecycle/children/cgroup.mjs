// Reads in a cgroup with little memory. The array has 1 GiB, the cgroup 512 MiB. Usage: node cgroup.mjs FOLDER PATH
import { writeFileSync } from 'node:fs';
import { check, library } from './library.mjs';

const [folder, path] = process.argv.slice(2);
writeFileSync(`${folder}/cgroup.procs`, String(process.pid));

const mib = 2 ** 20;
const array = await library.openArray(path);
const planes = (from, to) => array.read([library.slice(from, to)]);

function checkRefusal(error, needed) {
  check(error instanceof library.MemoryLimitError, `a MemoryLimitError, found ${error?.stack}`);
  check(error.neededBytes === needed * mib, `${needed} MiB needed, found ${error.neededBytes / mib}`);
  check(error.availableBytes < needed * mib, 'less than that available');
  check(error.limitBytes === 512 * mib && folder.endsWith(error.source), `the cgroup, found ${error.source}`);
}

// Reads that need more memory than is available, synchronously and asynchronously.
const { memory } = array.explain();
check(memory.neededBytes === 1024 * mib && memory.availableBytes < 512 * mib, 'explain to know');
checkRefusal(await array.read().catch((error) => error), 1024);
try {
  array.readSync();
  check(false, 'a refusal');
} catch (error) {
  checkRefusal(error, 1024);
}
console.log('whole refused');

// Reads many results at the same time. Each result fits into memory, but all together do not. This is a function,
// because the variables of a block may still refer to results after its end.
async function readManyAtOnce() {
  const results = await Promise.allSettled(Array.from({ length: 8 }, (_, i) => planes(16 * i, 16 * i + 16)));
  const refused = results.filter(({ status }) => status === 'rejected');
  for (const { reason } of refused) checkRefusal(reason, 64);
  check(refused.length >= 1 && refused.length <= 5, `some of 8 refused, found ${refused.length}`);
}
await readManyAtOnce();
console.log('some refused');

// Reads repeatedly. The page cache of the file and the garbage of earlier results now use memory of the cgroup. A read
// must not fail because of them.
async function lastOf(from, to) {
  const { data } = await planes(from, to);
  return data[data.length - 1];
}
for (let i = 0; i < 24; i++) check((await lastOf(0, 48)) === 7, 'the value');
console.log('loop done');
