/**
 * Reads N5 datasets that TensorStore writes, and blocks that lz4-java compresses. `POSIX_PAR_SEED` repeats a run.
 */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { openArray, openGroup } from '../../../lib/index.js';
import { ArrayCases } from '../../support/array-cases.js';
import { runCommand } from '../../support/command.js';
import { pythonMissing, runPython } from '../../support/python.js';
import { Random, testSeed } from '../../support/random.js';
import { TemporaryDirectory } from '../../support/temporary.js';

const selectionsPerCase = 20;

describe.skipIf(pythonMissing !== null)(pythonMissing ?? 'N5 datasets written by TensorStore', () => {
  if (pythonMissing !== null) return;
  const directory = new TemporaryDirectory();
  const seed = testSeed();
  console.log(`POSIX_PAR_SEED=${seed}`);
  runPython('test/conformance/n5/write.py', directory.path, String(seed));
  const cases = new ArrayCases(directory);

  test('write.py creates all cases', () => {
    expect(cases.list.length).toBe(10 * 10 + 30);
  });

  test.each(cases.list)('reads $name, whole and by random selections', async (one) => {
    await cases.checkWhole(one);
    await cases.checkSelections(one, new Random(seed), selectionsPerCase);
  });

  test('lists all groups and datasets', async () => {
    const root = await openGroup(directory.at('store.n5'));
    expect(root.attributes).toEqual({ title: 'a store' });
    const found: string[] = [];
    for await (const { name, kind } of root.walk()) if (kind === 'array') found.push(name);
    expect(found.sort()).toEqual(cases.list.map(({ array }) => array).sort());
  });

  test('shows the compression in the command', async () => {
    const { stdout, stderr } = await runCommand(['info', directory.at('store.n5#g0/uint8-raw')]);
    expect(stderr).toBe('');
    expect(stdout).toMatch(/codecs +raw\n/);
  });
});

describe('N5 blocks compressed by lz4-java', () => {
  const directory = new TemporaryDirectory();
  execFileSync('tar', [
    'xzf',
    fileURLToPath(new URL('../../fixtures/n5-lz4.tar.gz', import.meta.url)),
    '-C',
    directory.path,
  ]);

  /** Formulas of test/fixtures/N5Lz4.java. */
  const elements = {
    smooth: (x: number, y: number): number => Math.floor(x / 8) + 3 * y,
    noise: (x: number, y: number): number => {
      let v = (Math.imul(x, 0x9e3779b1) + Math.imul(y, 0x85ebca77)) | 0;
      v ^= v >>> 15;
      v = Math.imul(v, 0xc2b2ae3d);
      return (v ^ (v >>> 13)) & 0xffff;
    },
  };

  test.each((['smooth', 'noise'] as const).flatMap((kind) => [64, 1000, 65536].map((size) => ({ kind, size }))))(
    'reads the dataset $kind in blocks of $size bytes',
    async ({ kind, size }) => {
      await using array = await openArray(directory.at('lz4.n5'), { array: `${kind}-${size}` });
      expect(array.shape).toEqual([70, 50]);
      const { data } = await array.read();
      const expected = Array.from({ length: 70 * 50 }, (_, i) => elements[kind](Math.floor(i / 50), i % 50));
      expect([...data]).toEqual(expected);
      expect((await array.read([69, 49])).data[0]).toBe(elements[kind](69, 49));
    },
  );
});
