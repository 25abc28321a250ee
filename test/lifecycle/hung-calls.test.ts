/**
 * Tests system calls that do not return: reads of other files still work; waiting reads can be aborted; their handles
 * can be closed; and the process can exit. Each case runs in its own process, which must end without being killed.
 */
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runChild } from '../support/children.js';
import { compiledLibrary } from '../support/compiled.js';
import { HungFileSystem } from '../support/hung-file-system.js';
import { writeNpy, writeShards, writeZarr } from '../support/sample-arrays.js';
import { TemporaryDirectory } from '../support/temporary.js';

const folder = new TemporaryDirectory();
const local = writeNpy(folder, 'local.npy', [100, 1000]);
const script = fileURLToPath(new URL('children/hung.mjs', import.meta.url));

let hung: HungFileSystem | undefined;
let problem = '';

beforeAll(async () => {
  compiledLibrary();
  try {
    hung = await HungFileSystem.mount(folder.at('hung'));
  } catch (error) {
    problem = error instanceof Error ? error.message : String(error);
  }
});

afterAll(() => hung?.close());

describe.for([
  ['a file system that does not answer', ''],
  ['calls that are held', '-by-faults'],
] as const)('%s', ([, how]) => {
  test('40 hanging openings do not block a local file, can be aborted, and do not keep the process alive', async ({
    skip,
  }) => {
    if (how === '' && hung === undefined) skip(problem);
    const end = await runChild(script, [hung?.path ?? folder.at('absent'), local, `open-abort${how}`]);
    expect(end).toMatchObject({ code: 0, stdout: 'read\naborted\nexit 0\n', stderr: '' });
  });

  test('the process can exit while openings hang', async ({ skip }) => {
    if (how === '' && hung === undefined) skip(problem);
    const end = await runChild(script, [hung?.path ?? folder.at('absent'), local, `open-exit${how}`]);
    expect(end).toMatchObject({ code: 3, stdout: 'read\nexit 3\n', stderr: '' });
  });
});

test('a worker can be terminated while an opening hangs', async ({ skip }) => {
  if (hung === undefined) return skip(problem);
  const end = await runChild(script, [hung.path, local, 'worker']);
  expect(end).toMatchObject({ code: 0, stdout: 'terminated\nexit 0\n', stderr: '' });
});

test('the process can exit while reads hang', async () => {
  const end = await runChild(script, ['', local, 'read-exit']);
  expect(end).toMatchObject({ code: 3, stdout: 'exit 3\n', stderr: '' });
});

test('an aborted readInto that hangs rejects, and its target is detached', async () => {
  const end = await runChild(script, ['', local, 'read-into']);
  expect(end).toMatchObject({ code: 0, stdout: 'aborted\nexit 0\n', stderr: '' });
});

describe('walk and explainAsync while calls hang', () => {
  beforeAll(() => {
    folder.write('local.npy.zarr/.zgroup', '{"zarr_format":2}');
    folder.write('local.npy.zarr/g/.zgroup', '{"zarr_format":2}');
    writeZarr(folder, 'local.npy.zarr/g/a', 100, 10);
    writeShards(folder, 'local.npy.zarr/shards', 100, 5);
  });

  test('can be aborted', async () => {
    const end = await runChild(script, ['', local, 'metadata']);
    expect(end).toMatchObject({ code: 0, stdout: 'settled\nexit 0\n', stderr: '' });
  });

  test('do not keep the process from exiting', async () => {
    const end = await runChild(script, ['', local, 'metadata-exit']);
    expect(end).toMatchObject({ code: 3, stdout: 'exit 3\n', stderr: '' });
  });

  test('an array can be closed', async () => {
    const end = await runChild(script, ['', local, 'metadata-close']);
    expect(end).toMatchObject({ code: 0, stdout: 'settled\nexit 0\n', stderr: '' });
  });
});

test('hanging reads are abandoned some time after an abort or a close', async () => {
  const end = await runChild(script, ['', local, 'read-close']);
  expect(end).toMatchObject({ code: 0, stdout: 'closed\nexit 0\n', stderr: '' });
});

test.each([
  ['a write into a new file', 'write-new'],
  ['a write of chunks into an existing array', 'write-existing'],
  ['a creation', 'write-create'],
])('%s that hangs is abandoned some time after an abort', async (_what, how) => {
  const end = await runChild(script, ['', local, how]);
  expect(end).toMatchObject({ code: 0, stdout: 'abandoned\nexit 0\n', stderr: '' });
});
