/**
 * Tests `consistency: 'lease'`: if a process has the file open for writing during a read, the read must fail.
 * POSIX_PAR_LEASE_READS=n sets the number of reads while another process overwrites the file; default 200.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type ArrayHandle, openArray, ReadError, type ReadOptions, UnsupportedError } from '../../lib/index.js';
import { runChild } from '../support/children.js';
import { compiledLibrary } from '../support/compiled.js';
import { engines, readingEngines } from '../support/engines.js';
import { errno, type Fault, failure, whileHeld, withFaults } from '../support/faults.js';
import { dropIdleFiles, openDescriptors } from '../support/process-state.js';
import { writeTiles } from '../support/sample-arrays.js';
import { TemporaryDirectory } from '../support/temporary.js';
import { arrayV2 } from '../support/zarr-store.js';

const folder = new TemporaryDirectory();
const bytes = 1 << 20;
const raw = { format: 'raw', dtype: 'uint8', shape: [bytes] } as const;
const reads = Number(process.env['POSIX_PAR_LEASE_READS'] ?? 200);
const overwrite = fileURLToPath(new URL('children/overwrite.mjs', import.meta.url));
const leases = fileURLToPath(new URL('../lifecycle/children/leases.mjs', import.meta.url));
let files = 0;

function fresh(): string {
  return folder.write(`leased-${files++}.raw`, new Uint8Array(bytes).fill(7));
}

/** Returns the distinct values of uint8 data. */
function valuesOf(data: unknown): Set<number> {
  if (!(data instanceof Uint8Array)) throw new Error('Expected a Uint8Array');
  return new Set(data);
}

/** Starts a process that opens the file for writing. The kernel makes it wait until all leases on it are released. */
function opener(path: string): Promise<unknown[]> {
  const script = `import * as fs from 'node:fs'; fs.closeSync(fs.openSync(${JSON.stringify(path)}, 'r+'));`;
  return once(spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'ignore' }), 'exit');
}

/** Waits until /proc/locks shows a lease on the file in this state. */
async function leaseIs(state: 'ACTIVE' | 'BREAK', path: string): Promise<void> {
  // Other processes of the machine have leases, too.
  const line = new RegExp(`LEASE +${state}.*:${fs.statSync(path).ino} `);
  while (!line.test(fs.readFileSync('/proc/locks', 'utf8'))) await new Promise((resolve) => setTimeout(resolve, 1));
}

/** Reads the array with `faults`, and runs `body` while the read holds its leases. Returns the error of the read. */
function failsDuring(
  array: ArrayHandle<'uint8'>,
  path: string,
  body: () => Promise<void>,
  faults: readonly Fault[] = [],
): Promise<Error> {
  return whileHeld(
    { op: 'pread', path },
    async (release) => {
      const reading = failure(() => array.read());
      await leaseIs('ACTIVE', path);
      await body();
      release();
      return reading;
    },
    { faults },
  );
}

const probe = fresh();
const problem = await failure(async () => {
  await using array = await openArray<'uint8'>(probe, { ...raw, consistency: 'lease' });
  await array.read();
  throw new Error('none');
});
const missing = problem.message === 'none' ? null : `SKIP: ${problem.message}`;

beforeAll(() => {
  compiledLibrary();
});

afterEach(async () => {
  await dropIdleFiles();
  expect(openDescriptors(folder.path)).toEqual([]);
});

describe.skipIf(missing !== null)(`a read with a lease ${missing ?? ''}`, () => {
  test.for(engines)('returns the data, blocking or not: %s', async (engine) => {
    await using array = await openArray<'uint8'>(fresh(), { ...raw, engine, consistency: 'lease' });
    const options: ReadOptions = { threads: 3, coalesce: { maxBytes: 1 << 16 } };
    expect(valuesOf((await array.read(null, options)).data)).toEqual(new Set([7]));
    expect(valuesOf(array.readSync(null, options).data)).toEqual(new Set([7]));
    expect((await array.read([3])).data).toEqual(new Uint8Array([7]));
  });

  test('is refused while the file is open for writing', async () => {
    const path = fresh();
    await using array = await openArray<'uint8'>(path, raw);
    const writer = fs.openSync(path, 'r+');
    for (const read of [
      () => array.read(null, { consistency: 'lease' }),
      () => array.readSync(null, { consistency: 'lease' }),
    ]) {
      const error = await failure(read);
      expect(error).toBeInstanceOf(ReadError);
      expect(error).toMatchObject({ code: 'EAGAIN', path });
      expect(error.message).toContain('open for writing');
    }
    fs.closeSync(writer);
    await array.read(null, { consistency: 'lease' });
  });

  test('reports who may take a lease, and which file systems have no leases', async () => {
    const path = fresh();
    await using array = await openArray<'uint8'>(path, { ...raw, consistency: 'lease' });
    const read = (value: number) =>
      withFaults([{ op: 'lease', action: 'error', value }], () => failure(() => array.read()));
    expect(await read(errno.EACCES)).toMatchObject({ _tag: 'ReadError', code: 'EACCES', path });
    expect((await read(errno.EACCES)).message).toContain('CAP_LEASE');
    for (const value of [22, errno.EOPNOTSUPP]) {
      const error = await read(value);
      expect(error).toBeInstanceOf(UnsupportedError);
      expect(error.message).toContain('no leases');
    }
  });

  test.for(readingEngines)(
    'fails if a process opens the file for writing, and lets that process continue: %s',
    async (engine) => {
      const path = fresh();
      await using array = await openArray<'uint8'>(path, { ...raw, engine, consistency: 'lease' });
      const error = await failsDuring(array, path, async () => {
        // The read is held, but the process can open the file without waiting for the read.
        expect(await opener(path)).toEqual([0, null]);
      });
      expect(error).toMatchObject({ _tag: 'ReadError', code: 'ECHANGED', path });
      expect(error.message).toContain('opened the file for writing');
    },
  );

  test('lets the other process continue if the kernel has no room for the signal', async () => {
    const path = fresh();
    await using array = await openArray<'uint8'>(path, { ...raw, consistency: 'lease' });
    const limit = (value: string) => execFileSync('prlimit', ['--pid', String(process.pid), `--sigpending=${value}`]);
    const before = /pending signals +(\d+)/.exec(fs.readFileSync('/proc/self/limits', 'utf8'))?.[1] ?? '';
    limit('0:');
    try {
      const error = await failsDuring(array, path, async () => {
        expect(await opener(path)).toEqual([0, null]);
      });
      expect(error).toMatchObject({ code: 'ECHANGED', path });
    } finally {
      limit(`${before}:`);
    }
  });

  test('fails even if the signal is lost', async () => {
    const path = fresh();
    await using array = await openArray<'uint8'>(path, { ...raw, consistency: 'lease' });
    let opened: Promise<unknown[]> = Promise.resolve([]);
    const lost: Fault = { op: 'lease_signal', action: 'end', times: 0 };
    const error = await failsDuring(
      array,
      path,
      async () => {
        opened = opener(path);
        await leaseIs('BREAK', path);
      },
      [lost],
    );
    expect(error).toMatchObject({ code: 'ECHANGED', path });
    expect(await opened).toEqual([0, null]);
  });

  test('has one thread for signals, which ends with the library', async () => {
    const end = await runChild(leases, [fresh(), String(bytes)]);
    expect(end).toMatchObject({ code: 0, signal: null, stderr: '', stdout: 'ok\n' });
  });

  test('covers a few files, and is refused for arrays with a file for each chunk', async () => {
    const refs: Record<string, unknown> = {
      '.zgroup': { zarr_format: 2 },
      'a/.zarray': arrayV2({ shape: [2 * bytes], chunks: [bytes], dtype: '|u1' }),
    };
    const parts = [fresh(), fresh()];
    parts.forEach((path, i) => {
      refs[`a/${i}`] = [path, 0, bytes];
    });
    const store = folder.write('several.json', JSON.stringify({ version: 1, refs }));
    await using several = await openArray<'uint8'>(store, { array: 'a', consistency: 'lease' });
    expect(valuesOf((await several.read()).data)).toEqual(new Set([7]));
    const writer = fs.openSync(parts[1] ?? '', 'r+');
    expect(await failure(() => several.read())).toMatchObject({ code: 'EAGAIN', path: parts[1] });
    fs.closeSync(writer);

    await using tiles = await openArray<'uint8'>(writeTiles(folder, 'tiles', [64, 64], [32, 32]), {
      consistency: 'lease',
    });
    const error = await failure(() => tiles.read());
    expect(error).toBeInstanceOf(UnsupportedError);
    expect(error.message).toContain("consistency: 'lease'");
  });

  test(`never mixes versions of a file that a writer overwrites in place: ${reads} reads`, {
    timeout: 3_600_000,
  }, async () => {
    const path = fresh();
    const writer = spawn(process.execPath, [overwrite, path, String(bytes)], { stdio: ['pipe', 'pipe', 'inherit'] });
    const waits = text(writer.stdout);
    const ended = once(writer, 'exit');
    const counts = { whole: 0, mixed: 0, refused: 0, changed: 0 };
    for (let i = 0; i < reads; i++) {
      try {
        await using array = await openArray<'uint8'>(path, { ...raw, consistency: 'lease' });
        const { data } = await array.read(null, { engine: engines[i % engines.length] ?? 'auto' });
        if (data.every((value) => value === data[0])) counts.whole++;
        else counts.mixed++;
      } catch (error) {
        expect(error).toMatchObject({ code: expect.stringMatching(/^(EAGAIN|ECHANGED)$/), path });
        if (error instanceof ReadError && error.code === 'EAGAIN') counts.refused++;
        else counts.changed++;
      }
    }
    writer.stdin?.end();
    expect(await ended).toEqual([0, null]);
    expect(counts.mixed, JSON.stringify(counts)).toBe(0);
    expect(counts.whole, JSON.stringify(counts)).toBeGreaterThan(0);
    if (process.env['POSIX_PAR_LEASE_READS'] !== undefined) console.log(counts, await waits);
  });
});
