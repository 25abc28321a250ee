/**
 * Uses strace to count the system calls of a read of many small files.
 */
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import { readingEngines } from '../../support/engines.js';
import { runTraced, type SystemCall, straceMissing } from '../../support/strace.js';
import { TemporaryDirectory } from '../../support/temporary.js';
import { arrayV2, writeFiles } from '../../support/zarr-store.js';

const files = 10_000;
const elements = 1024;
const script = fileURLToPath(new URL('../explain/children/read.mjs', import.meta.url));

describe.skipIf(straceMissing !== null)(`a whole read of ${files} files ${straceMissing ?? ''}`, () => {
  const folder = new TemporaryDirectory();
  let calls: readonly SystemCall[] = [];
  let printed: readonly string[] = [];

  beforeAll(() => {
    const chunk = new Uint8Array(4 * elements).fill(7);
    for (const [name, compressor, bytes] of [
      ['plain', null, chunk],
      ['gzip', { id: 'gzip', level: 1 }, gzipSync(chunk, { level: 1 })],
    ] as const) {
      const array = { shape: [files * elements], chunks: [elements], dtype: '<f4', compressor, fill_value: 0 };
      const store: Record<string, object | Uint8Array> = { '.zarray': arrayV2(array) };
      for (let i = 0; i < files; i++) store[String(i)] = bytes;
      writeFiles(folder.at(name), store);
    }
    const cases = ['plain', 'gzip'].map((name) => ({ path: folder.at(name), selection: null, options: {} }));
    const traced = runTraced(script, [JSON.stringify(cases)], folder);
    calls = traced.calls;
    printed = traced.stdout.trim().split('\n');
  }, 240_000);

  test.each(['plain', 'gzip'])('%s: makes few system calls, and no stat or directory listing per file', (name) => {
    const i = ['plain', 'gzip'].indexOf(name);
    const at = (mark: string): number => calls.find(({ path }) => path === mark)?.seconds ?? Number.NaN;
    const [begin, end] = [at(`/begin-${i}`), at(`/end-${i}`)];
    const during = calls.filter(({ seconds }) => seconds > begin && seconds < end);
    expect(during.length).toBeGreaterThan(0);
    // Without io_uring, a file takes openat, one or two reads (the second finds the end) and close.
    expect(during.length / files).toBeLessThanOrEqual(
      readingEngines.includes('uring') ? 2.2 : name === 'plain' ? 3.2 : 4.2,
    );
    const looked = during.filter(({ name: call }) => /stat|getdents|access|readlink/.test(call));
    expect(looked.length).toBeLessThan(10);
    const { stats } = JSON.parse(printed[i] ?? '') as { stats: Record<string, number> };
    expect(stats).toMatchObject({ chunks: files, opens: files, chunksAbsent: 0 });
    expect(stats['systemCalls']).toBeLessThanOrEqual(during.length);
  });
});
