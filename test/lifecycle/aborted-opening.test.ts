/** Tests that opening files and walking groups can be aborted. */
import { getEventListeners } from 'node:events';
import { afterEach, describe, expect, test } from 'vitest';
import { AbortError, type GroupEntry, type GroupHandle, openArray, openGroup, readSubset } from '../../lib/index.js';
import { failure, whileHeld } from '../support/faults.js';
import { dropIdleFiles, openDescriptors } from '../support/process-state.js';
import { writeNpy, writeShards } from '../support/sample-arrays.js';
import { TemporaryDirectory } from '../support/temporary.js';
import { arrayV2, writeFiles } from '../support/zarr-store.js';

const folder = new TemporaryDirectory();
const array = writeNpy(folder, 'a.npy', [8]);
const shards = writeShards(folder, 'shards', 400, 100);
const store = writeFiles(folder.at('store'), {
  '.zgroup': { zarr_format: 2 },
  'g/.zgroup': { zarr_format: 2 },
  'g/a/.zarray': arrayV2(),
  'h/.zgroup': { zarr_format: 2 },
});
const absent = folder.at('absent');
const aborted = { signal: AbortSignal.abort('enough') };

afterEach(async () => {
  await dropIdleFiles();
  expect(openDescriptors(folder.path)).toEqual([]);
});

type Step = readonly [name: string, call: (signal: AbortSignal) => unknown];

/** Returns every call that opens a file or reads metadata. */
function steps(group: GroupHandle): readonly Step[] {
  return [
    ['openArray', (signal) => openArray(array, { signal })],
    ['openArray, of a store', (signal) => openArray(shards, { signal })],
    ['openGroup', (signal) => openGroup(store, { signal })],
    ['readSubset', (signal) => readSubset(shards, null, { signal })],
    ['children', (signal) => group.children({ signal })],
    ['openArray of a group', (signal) => group.openArray('g/a', { signal })],
    ['openGroup of a group', (signal) => group.openGroup('g', { signal })],
    ['walk', (signal) => group.walk({ signal }).next()],
  ];
}

describe('a signal that is already aborted', () => {
  test('prevents any lookup', async () => {
    const calls = [() => openArray(absent, aborted), () => openGroup(absent, aborted)];
    for (const call of [...calls, () => readSubset(absent, null, aborted)]) {
      expect(await failure(call)).toMatchObject({ _tag: 'AbortError', cause: 'enough' });
    }
    const group = await openGroup(store);
    for (const [, call] of steps(group)) {
      // A system call that reads would be held, so the call can only end if it makes none.
      const error = await whileHeld({ op: 'pread' }, () => failure(() => call(aborted.signal)));
      expect(error).toMatchObject({ _tag: 'AbortError', cause: 'enough' });
      expect(error.stack).toContain('aborted-opening.test.ts');
    }
  });
});

describe('aborting while metadata is read', () => {
  test('ends the call when the read in flight has ended', async () => {
    const group = await openGroup(store);
    const reading = steps(group).filter(([name]) => /^(openArray|openGroup|readSubset)/.test(name));
    expect(reading).toHaveLength(6);
    for (const [name, call] of reading) {
      const controller = new AbortController();
      await whileHeld({ op: 'pread' }, async (release) => {
        const opening = failure(() => call(controller.signal));
        await new Promise((resolve) => setTimeout(resolve, 5)); // The read is held, so it cannot end in the meantime.
        controller.abort('enough');
        release();
        expect(await opening, name).toBeInstanceOf(AbortError);
      });
      expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
    }
  });

  test('ends every call, also one that was just made', async () => {
    const group = await openGroup(store);
    for (const [name, call] of steps(group)) {
      const controller = new AbortController();
      const opening = failure(() => call(controller.signal));
      controller.abort('enough');
      expect(await opening, name).toBeInstanceOf(AbortError);
    }
  });

  test('ends a walk at its next step', async () => {
    const group = await openGroup(store);
    const controller = new AbortController();
    const found: GroupEntry[] = [];
    const walk = async (): Promise<void> => {
      for await (const entry of group.walk({ signal: controller.signal })) {
        found.push(entry);
        controller.abort();
      }
    };
    expect(await failure(walk)).toBeInstanceOf(AbortError);
    expect(found).toEqual([{ name: 'g', kind: 'group' }]);
  });

  test('has no effect after the opening', async () => {
    const controller = new AbortController();
    await using open = await openArray(array, { signal: controller.signal });
    controller.abort();
    expect((await open.read()).data[7]).toBe(7);
  });
});
