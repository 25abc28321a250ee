/**
 * Tests reads in workers, at the exit of a process, and during garbage collection. Each script runs in its own process,
 * so that a crash or a hang only fails its test.
 */
import * as fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { runChild } from '../support/children.js';
import { compiledLibrary } from '../support/compiled.js';
import { readingEngines } from '../support/engines.js';
import { writeNpy } from '../support/sample-arrays.js';
import { TemporaryDirectory } from '../support/temporary.js';

const folder = new TemporaryDirectory();
const elements = 4 << 18;
let path = '';
/** Engines to test: `auto`, and `uring-direct` if available, which has the most state in flight. */
const reading = ['auto', ...readingEngines.filter((engine) => engine === 'uring-direct')] as const;

function script(name: string): string {
  return fileURLToPath(new URL(`children/${name}.mjs`, import.meta.url));
}

beforeAll(() => {
  path = writeNpy(folder, 'rows.npy', [4, 1 << 18]); // One task per row.
  fs.copyFileSync(path, path.replace('.npy', '-forgotten.npy'));
  compiledLibrary();
});

describe('the addon in several threads of one process', () => {
  test.for(reading)(
    'is loaded by the main thread and by workers, which all read at the same time: %s',
    async (engine) => {
      const end = await runChild(script('workers'), [path, String(elements), engine]);
      expect(end).toMatchObject({ code: 0, signal: null, stdout: 'ok\n', stderr: '' });
    },
  );

  test.for(reading)('survives workers that are terminated during a read: %s', { timeout: 120_000 }, async (engine) => {
    const end = await runChild(script('terminate'), [path, String(elements), engine, engine === 'auto' ? '20' : '5']);
    expect(end).toMatchObject({ code: 0, signal: null, stdout: 'ok\n', stderr: '' });
  });
});

describe('a process that ends during a read', () => {
  const ends = [
    ['exit', 7, 'exit 7\n'],
    ['later', 7, 'exit 7\n'],
    ['throw', 1, 'exit 1\n'],
    ['worker', 7, ''],
  ] as const;
  test.for(reading.flatMap((engine) => ends.map((end) => [engine, ...end] as const)))(
    'has the right exit code: %s, %s',
    async ([engine, how, code, stdout]) => {
      const end = await runChild(script('exit'), [path, how, engine]);
      expect(end).toMatchObject({ code, signal: null, stdout });
    },
  );

  test('is ended by a signal', async () => {
    expect(await runChild(script('exit'), [path, 'kill'])).toMatchObject({ code: null, signal: 'SIGTERM' });
  });

  test('stays alive for its reads', async () => {
    const end = await runChild(script('exit'), [path, 'natural']);
    expect(end).toMatchObject({ code: 0, stdout: `${`read ${elements}\n`.repeat(5)}exit 0\n` });
  });
});

describe('the garbage collector', () => {
  test('collects results, handles and files, but nothing that a read still needs', async () => {
    const end = await runChild(script('collect'), [path, String(elements)], ['--expose-gc']);
    expect(end, end.stderr).toMatchObject({ code: 0, signal: null, stdout: 'ok\n' });
  });
});
