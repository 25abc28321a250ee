/**
 * Rejects system calls, as sandboxes, old kernels and systems without /proc do. The data must still be right, and the
 * statistics must name the engine that was used instead.
 */
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { engineNames } from '../../lib/core/generated/choices.js';
import { openArray, type ReadOptions, readSubset } from '../../lib/index.js';
import { bytesOf, expectSameBytes } from '../support/bytes.js';
import { childEnvironment } from '../support/children.js';
import { engineProblems, engines } from '../support/engines.js';
import { errno, type Fault, withFaults } from '../support/faults.js';
import { counting, writeNpy, writeTiles } from '../support/sample-arrays.js';
import { TemporaryDirectory } from '../support/temporary.js';

const folder = new TemporaryDirectory();
const shape = [256, 1024] as const;
const values = bytesOf(counting(shape[0] * shape[1]));
const path = writeNpy(folder, 'whole.npy', shape);
const tiles = writeTiles(folder, 'tiles', shape, [16, 64]);
const ENOENT = 2;
const ENOSYS = 38;
const uringEngines = (['uring', 'uring-direct'] as const).filter((engine) => engines.includes(engine));
const uringRefused = 'io_uring is not available (run `posix-par doctor` for the reason): using pread';

describe('io_uring_enter that is refused', () => {
  const cases = uringEngines.flatMap((engine) =>
    [errno.EPERM, errno.EACCES, ENOSYS].flatMap((value) => [0, 1, 3].map((skip) => ({ engine, value, skip }))),
  );
  test.for(cases)('is replaced by pread: $engine, errno $value after $skip calls', async ({ engine, value, skip }) => {
    // A read of the single file makes only one call. So the fault would not occur if it skips calls.
    for (const source of skip === 0 ? [path, tiles] : [tiles]) {
      const refused: Fault = { op: 'uring_enter', action: 'error', value, skip, times: 0 };
      const { data, stats } = await withFaults([refused], () => readSubset(source, null, { engine, queueDepth: 4 }));
      expectSameBytes(data, values);
      expect(stats.engineReason).toBe(uringRefused);
      if (skip === 0) expect(stats.engine).toMatch(/^(pread|direct|pread\+direct)$/);
    }
  });
});

describe('io_uring_enter that is always full', () => {
  const cases = uringEngines.flatMap((engine) =>
    [errno.EAGAIN, 16].flatMap((value) => [0, 3].map((skip) => ({ engine, value, skip }))),
  );
  test.for(cases)(
    'is finally replaced by pread: $engine, errno $value after $skip calls',
    async ({ engine, value, skip }) => {
      const full: Fault = { op: 'uring_enter', action: 'error', value, skip, times: 0 };
      const { data, stats } = await withFaults([full], () => readSubset(tiles, null, { engine, queueDepth: 4 }));
      expectSameBytes(data, values);
      expect(stats.engineReason).toBe(uringRefused);
    },
  );
});

describe('a system call that is refused', () => {
  const ops = ['uring_setup', 'uring_register', 'statx', 'preadv2', 'cachestat'] as const;
  const policies: readonly ReadOptions[] = [{}, { cache: 'drop' }, { cache: 'dontcache' }];
  const cases = ops.flatMap((op) => [errno.EPERM, ENOSYS].map((value) => ({ op, value })));
  test.for(cases)('does not change the result: $op, errno $value', async ({ op, value }) => {
    for (const engine of engines) {
      for (const source of [path, tiles]) {
        for (const policy of policies) {
          await using array = await openArray(source, { engine });
          const refused: Fault = { op, action: 'error', value, times: 0 };
          const { data, stats } = await withFaults([refused], () => array.read(null, policy));
          expectSameBytes(data, values, `${engine} ${source} ${policy.cache}`);
          if (op === 'uring_setup' && engine.startsWith('uring')) expect(stats.engineReason).toBe(uringRefused);
          if (op === 'cachestat') expect(stats.bytesLeftInCache).toBeNull();
        }
      }
    }
  });
});

describe('a file that cannot be opened again through /proc', () => {
  const direct = (['direct', 'uring-direct'] as const).filter((engine) => engineProblems.get(engine) === null);
  const noProc: Fault = { op: 'reopen', action: 'error', value: ENOENT, times: 0 };

  test.for(direct)('is opened by its path: %s', async (engine) => {
    const own = writeNpy(folder, `own-${engine}.npy`, shape);
    await using array = await openArray(own, { engine });
    const { data, stats } = await withFaults([noProc], () => array.read());
    expectSameBytes(data, values);
    expect(stats.engine).toContain('direct');
  });

  test.for(direct)('is read through the page cache if its path names another file: %s', async (engine) => {
    const own = writeNpy(folder, `replaced-${engine}.npy`, shape);
    await using array = await openArray(own, { engine });
    fs.renameSync(own, `${own}.old`);
    fs.symlinkSync(writeNpy(folder, `other-${engine}.npy`, shape), own);
    let reason = '';
    const error = await withFaults([noProc], async () => {
      try {
        const { stats } = await array.read();
        reason = stats.engineReason;
      } catch (cause) {
        return cause;
      }
      return null;
    });
    // The read has got the right data. But it fails, because the path leads to another file now.
    expect(error).toMatchObject({ code: 'ECHANGED', path: own });
    expect(reason).toBe('');
  });

  test.for(direct)('is read through the page cache if its path cannot be opened: %s', async (engine) => {
    const own = writeNpy(folder, `unreadable-${engine}.npy`, shape);
    await using array = await openArray(own, { engine });
    const refused: Fault = { op: 'open', action: 'error', value: errno.EACCES, path: own, times: 0 };
    const { data, stats } = await withFaults([noProc, refused], () => array.read());
    expectSameBytes(data, values);
    expect(stats.engine).not.toContain('direct');
    expect(stats.engineReason).toContain('could not be opened again for direct I/O');
  });
});

const child = fileURLToPath(new URL('children/read-all.mjs', import.meta.url));
const sandbox = fileURLToPath(new URL('../support/sandbox.py', import.meta.url));
interface ChildRead {
  readonly engine: string;
  readonly digest: string;
  readonly ran: string;
  readonly reason: string;
}

/** Returns the data that a child process read with every engine. */
function readInChild(command: readonly string[]): ChildRead[] {
  const [program = '', ...args] = command;
  const { status, stdout, stderr } = spawnSync(program, [...args, process.execPath, child, path, tiles], {
    encoding: 'utf8',
    env: childEnvironment(),
  });
  if (status !== 0) throw new Error(`${command.join(' ')}: ${status} ${stderr}`);
  return JSON.parse(stdout);
}

function problemOf(command: readonly string[]): string | null {
  const [program = '', ...args] = command;
  const { status, stderr, error } = spawnSync(program, args, { encoding: 'utf8' });
  return status === 0 ? null : `SKIP: ${stderr || error?.message}`;
}

const noSandbox = problemOf(['python3', sandbox, 'cachestat=ENOSYS', 'true']);
const withoutProc = ['unshare', '-m', 'sh', '-c', 'umount -l /proc && exec "$@"', 'sh'];
const noNamespace = problemOf([...withoutProc, 'true']);

describe.skipIf(noSandbox !== null)(`in a sandbox ${noSandbox ?? ''}`, () => {
  const calls = ['io_uring_setup', 'io_uring_enter', 'io_uring_register', 'preadv2', 'cachestat'] as const;
  const rules = [...calls.flatMap((call) => [`${call}=EPERM`, `${call}=ENOSYS`]), 'statx=ENOSYS'];
  test.for(rules)('every engine returns the same data: %s', (rule) => {
    const reads = readInChild(['python3', sandbox, rule]);
    expect(reads).toHaveLength(2 * engineNames.length);
    expect(new Set(reads.map(({ digest }) => digest)).size).toBe(1);
    for (const { engine, ran, reason } of reads) {
      const ring = engine.startsWith('uring');
      if (!ring || !/^io_uring_(setup|enter)/.test(rule)) continue;
      expect(ran).not.toContain('uring');
      expect(reason).toBe(uringRefused);
    }
  });
});

describe.skipIf(noNamespace !== null)(`without /proc ${noNamespace ?? ''}`, () => {
  test('every engine reads, and direct engines still bypass the page cache', () => {
    const reads = readInChild(withoutProc);
    expect(new Set(reads.map(({ digest }) => digest)).size).toBe(1);
    for (const { engine, ran } of reads) {
      if (engine === 'direct' && engines.includes('direct')) expect(ran).toBe('direct');
    }
  });
});
