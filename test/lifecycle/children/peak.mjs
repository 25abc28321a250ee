// Reads one selection and prints the peak memory of the process during the read minus its memory before, in KiB. Mapped
// pages of the page cache are not counted, because the kernel can reclaim them. Arguments: [path, JSON of the
// selection, JSON of the read's options, 'async' or 'sync', 'cold' if no data may be cached].
import { writeFileSync } from 'node:fs';
import { always, check, library, memoryKib } from './library.mjs';

const [, , path, selection, options, mode, cold] = process.argv;
const array = await library.openArray(path);
// Reads one element before the measurement. This creates the pool's threads, loads the code and reads the metadata.
const warmUp = array.shape.map(() => 0);
await array.read(warmUp);
array.readSync(warmUp);
globalThis.gc();
if (cold === 'cold') always({ op: 'pread', action: 'cold' });
const before = memoryKib('VmRSS');
const mapped = memoryKib('RssFile');
writeFileSync('/proc/self/clear_refs', '5'); // Resets VmHWM.
const entries = JSON.parse(selection);
const result =
  mode === 'sync' ? array.readSync(entries, JSON.parse(options)) : await array.read(entries, JSON.parse(options));
const rise = memoryKib('VmHWM') - before - (memoryKib('RssFile') - mapped);
check(result.data.length > 0, 'a result');
console.log(JSON.stringify({ riseKib: rise, resultKib: result.data.byteLength / 1024, engine: result.stats.engine }));
await array.close();
