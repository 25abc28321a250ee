/**
 * Tests that a read fails if its result does not fit into the memory of the cgroup. Without this error, the kernel
 * would kill the process.
 */
import * as fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { runChild } from '../support/children.js';
import { compiledLibrary } from '../support/compiled.js';
import { MemoryCgroup } from '../support/memory-cgroup.js';
import { npyBytes, npyDict } from '../support/npy-bytes.js';
import { TemporaryDirectory } from '../support/temporary.js';

const folder = new TemporaryDirectory();
const script = fileURLToPath(new URL('children/cgroup.mjs', import.meta.url));

beforeAll(() => {
  compiledLibrary();
});

test('refuses a result of 1 GiB in a cgroup of 512 MiB, but not 8 of 64 MiB, or a loop that drops its results', {
  timeout: 200_000,
}, async ({ skip }) => {
  let group: MemoryCgroup;
  try {
    group = MemoryCgroup.create(`posix-par-test-${process.pid}`, 512 * 2 ** 20);
  } catch (error) {
    return skip(`no cgroup can be made: ${error instanceof Error ? error.message : String(error)}`);
  }
  try {
    // 256 planes of 4 MiB. The file is sparse: only the last element of plane 47 takes space.
    const path = folder.write('gib.npy', npyBytes(npyDict('|u1', false, [256, 2048, 2048]), new Uint8Array(0)));
    const header = fs.statSync(path).size;
    const file = fs.openSync(path, 'r+');
    fs.ftruncateSync(file, header + 2 ** 30);
    fs.writeSync(file, Uint8Array.of(7), 0, 1, header + 48 * 2 ** 22 - 1);
    fs.closeSync(file);
    const end = await runChild(script, [group.folder, path], [], { timeoutMs: 190_000 });
    expect(end).toMatchObject({ stderr: '', code: 0, signal: null });
    expect(end.stdout).toBe('whole refused\nsome refused\nloop done\n');
  } finally {
    group.remove();
  }
});
