/**
 * Tests results of more than 2 GiB and more than 4 GiB in one array. The files are sparse, but the results need real
 * memory.
 */
import * as fs from 'node:fs';
import * as os from 'node:os';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { runChild } from '../support/children.js';
import { TemporaryDirectory } from '../support/temporary.js';

const gibibyte = 2 ** 30;
const needed = 11 * gibibyte;
const available = os.freemem() + cachedBytes();

/** Returns the memory that the kernel could reclaim. */
function cachedBytes(): number {
  const kib = /^MemAvailable:\s+(\d+) kB/m.exec(fs.readFileSync('/proc/meminfo', 'utf8'))?.[1];
  return Math.max(0, Number(kib) * 1024 - os.freemem());
}

const short =
  available >= needed
    ? ''
    : ` SKIP: needs ${needed / gibibyte} GiB of memory, found ${(available / gibibyte).toFixed(1)}`;

describe.skipIf(short !== '')(`a result of more than 4 GiB${short}`, () => {
  test('is one array, read forwards, backwards and at its end', { timeout: 400_000 }, async () => {
    const folder = new TemporaryDirectory();
    const elements = (4 * gibibyte + 4096 + 64) / 8;
    const marked = [0, 2 ** 31 / 8 - 1, 2 ** 31 / 8, 2 ** 32 / 8 - 1, 2 ** 32 / 8, elements - 1];
    const path = folder.write('sparse.bin', '');
    fs.truncateSync(path, 8 * elements);
    const file = fs.openSync(path, 'r+');
    for (const i of marked) fs.writeSync(file, Float64Array.of(i + 1), 0, 8, 8 * i);
    fs.closeSync(file);
    const script = fileURLToPath(new URL('children/large.mjs', import.meta.url));
    const end = await runChild(script, [path, String(elements), JSON.stringify(marked)], [], { timeoutMs: 390_000 });
    expect(end).toMatchObject({ code: 0, signal: null, stderr: '' });
    // Node 20 allows at most 2^32 elements in a typed array.
    expect(end.stdout).toMatch(
      /^(bytes read|MemoryLimitError: Cannot allocate 4096 MiB for the result: this version of Node\.js allocates at most 4096 MiB for a typed array\. Read a smaller selection at a time)\n$/,
    );
  });
});
