// Reads one selection and prints by how many KiB the process's memory rose above what it was, at its highest. Pages of the
// page cache that a mapping shows belong to the kernel, which may take them back; they stay mapped and are not counted:
// [path, JSON of the selection, JSON of the read's options, 'async' or 'sync', 'cold' where nothing is to be found in memory].
import { writeFileSync } from 'node:fs';
import { always, check, library, memoryKib } from './library.mjs';

const [, , path, selection, options, mode, cold] = process.argv;
const array = await library.openArray(path);
// The pool's threads, the code and the description are there before.
const warmUp = array.shape.map(() => 0);
await array.read(warmUp);
array.readSync(warmUp);
globalThis.gc();
if (cold === 'cold') always({ op: 'pread', action: 'cold' });
const before = memoryKib('VmRSS');
const mapped = memoryKib('RssFile');
writeFileSync('/proc/self/clear_refs', '5'); // VmHWM starts anew.
const entries = JSON.parse(selection);
const result =
  mode === 'sync' ? array.readSync(entries, JSON.parse(options)) : await array.read(entries, JSON.parse(options));
const rise = memoryKib('VmHWM') - before - (memoryKib('RssFile') - mapped);
check(result.data.length > 0, 'a result');
console.log(JSON.stringify({ riseKib: rise, resultKib: result.data.byteLength / 1024, engine: result.stats.engine }));
await array.close();
