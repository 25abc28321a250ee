/**
 * Creates file systems and mounts them in a separate mount namespace, so that nothing remains on the machine. Requires
 * root and loop devices. Skips a file system by name if its mkfs is not installed or the kernel does not support it.
 */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Eviction, Residency, StorageDescription } from '../../../lib/storage/index.js';
import { childEnvironment } from '../../support/children.js';
import { TemporaryDirectory } from '../../support/temporary.js';

interface Account {
  readonly written: number;
  readonly gone: { readonly remaining: number; readonly reasons: unknown[] };
  readonly read: Pick<Residency, 'cachedBytes' | 'dirtyBytes' | 'witness'>;
  readonly again: { readonly before: number; readonly remaining: number };
}
interface Case {
  readonly storage: StorageDescription;
  readonly cache: Account;
}
interface Report {
  readonly ext4: Case | null;
  readonly xfs: Case | null;
  readonly btrfs: Case | null;
  readonly pair: (Case & { readonly devices: readonly string[] }) | null;
  readonly overlay: {
    readonly old: StorageDescription;
    readonly new: StorageDescription;
    readonly folder: StorageDescription;
    readonly residency: { readonly cachedBytes: number; readonly witness: string };
    readonly below: number;
    readonly afterDrop: { readonly cached: number; readonly uncached: number };
    readonly evicted: number;
    readonly belowAfter: number;
    readonly cache: Account;
  };
  readonly bind: { readonly storage: StorageDescription; readonly original: StorageDescription };
  readonly tmpfs: { readonly storage: StorageDescription; readonly evicted: Eviction };
  readonly mapped: { readonly pid: number; readonly held: Eviction; readonly free: Eviction };
  readonly foreign: {
    readonly residency: Residency;
    readonly evicted: Eviction;
    readonly storage: StorageDescription;
  };
}

const namespace = ['--mount', '--propagation', 'private'];

function mayMount(): boolean {
  try {
    const script = 'mount -t tmpfs none /mnt && test -b /dev/loop0';
    execFileSync('unshare', [...namespace, 'sh', '-c', script], { stdio: 'ignore' });
    return process.getuid?.() === 0;
  } catch {
    return false;
  }
}

const possible = mayMount();
const folder = new TemporaryDirectory();

function report(): Report {
  const script = join(import.meta.dirname, 'children', 'mounts.mjs');
  const args = [...namespace, process.execPath, script, folder.path];
  return JSON.parse(execFileSync('unshare', args, { encoding: 'utf8', env: childEnvironment() })) as Report;
}

const bytes = 1048676;
/** Expected residency of a file after it was written, evicted, read again and evicted again. */
const wholeAccount: Account = {
  written: bytes,
  gone: { remaining: 0, reasons: [] },
  read: { cachedBytes: bytes, dirtyBytes: 0, witness: 'cachestat' },
  again: { before: bytes, remaining: 0 },
};

describe.runIf(possible)('storage that was mounted for the test', () => {
  const found: Report | null = possible ? report() : null;
  const the = <K extends keyof Report>(name: K): NonNullable<Report[K]> => {
    const value = found?.[name];
    if (value === null || value === undefined) throw new Error(`Expected the case ${name}`);
    return value;
  };

  test.each(['ext4', 'xfs', 'btrfs'] as const)('%s on a loop device', (type) => {
    if (found?.[type] === null) return; // mkfs.TYPE is not installed; scripts/setup/debian installs it.
    const { storage, cache } = the(type);
    expect(storage.filesystem).toMatchObject({ type, family: 'disk', mountPoint: folder.at(type), root: '/' });
    expect(storage.devices).toHaveLength(1);
    expect(storage.devices[0]).toMatchObject({ kind: 'loop', backingFile: folder.at(`${type}.img`) });
    expect(storage.beneath).toMatchObject({ realPath: folder.at(`${type}.img`), type: 'file' });
    expect(storage.maxTransferBytes).toBeGreaterThan(0);
    expect(storage.direct?.supported).toBe(true);
    expect(cache).toEqual(wholeAccount);
  });

  test('btrfs of two devices, in a subvolume', () => {
    if (found?.pair === null) return;
    const { storage, cache, devices } = the('pair');
    expect(storage.devices.map(({ name }) => `/dev/${name}`)).toEqual(devices.toSorted());
    expect(storage.filesystem).toMatchObject({ type: 'btrfs', files: null });
    expect(cache).toEqual(wholeAccount);
  });

  test('reports the layer of an overlay that contains a file, and finds its pages there', () => {
    const overlay = the('overlay');
    expect(overlay.old.filesystem).toMatchObject({ type: 'overlay', family: 'stacked' });
    expect(overlay.old.beneath).toMatchObject({ realPath: folder.at('lower/store/old') });
    expect(overlay.new.beneath).toMatchObject({ realPath: folder.at('upper/new') });
    expect(overlay.folder.beneath).toMatchObject({ realPath: folder.at('lower/store'), type: 'directory' });
    // cachestat would report no pages on an overlay, which is wrong.
    expect(overlay.residency).toMatchObject({ cachedBytes: 65536, witness: 'mincore' });
    expect(overlay).toMatchObject({ below: 65536, evicted: 0, belowAfter: 0 });
    expect(overlay.afterDrop, 'after reads that drop their pages').toEqual({ cached: 65536, uncached: 0 });
    expect(overlay.cache).toEqual({
      ...wholeAccount,
      read: { cachedBytes: bytes, dirtyBytes: null, witness: 'mincore' },
    });
  });

  test('a bind mount is the same storage at a different path', () => {
    const { storage, original } = the('bind');
    expect(storage.filesystem.mountPoint).toBe(folder.at('bound'));
    expect(storage.filesystem.root?.endsWith('/source/sub')).toBe(true);
    expect(storage.devices).toEqual(original.devices);
    expect(storage.filesystem.type).toBe(original.filesystem.type);
  });

  test('reports that tmpfs cannot be evicted', () => {
    const { storage, evicted } = the('tmpfs');
    expect(storage).toMatchObject({ devices: [], filesystem: { type: 'tmpfs', family: 'memory' } });
    expect(evicted).toMatchObject({ evictedBytes: 0, remainingBytes: 100000 });
    expect(evicted.reasons.map(({ code }) => code)).toEqual(['memory']);
  });

  test('a file that another process has mapped stays cached until the process ends, and the process is named', () => {
    const { pid, held, free } = the('mapped');
    expect(held.remainingBytes).toBe(200000);
    expect(held.reasons).toEqual([{ code: 'mapped', message: `mapped by process ${pid} (python3)` }]);
    expect(free).toMatchObject({ remainingBytes: 0, reasons: [] });
  });

  test('reports no residency for files of other users', () => {
    const { residency, evicted, storage } = the('foreign');
    expect(residency).toMatchObject({ witness: 'hidden', cachedBytes: null, hiddenBytes: 50000 });
    expect(residency.map.every(({ cachedBytes }) => cachedBytes === null)).toBe(true);
    expect(evicted).toMatchObject({ evictedBytes: null, remainingBytes: null });
    expect(evicted.reasons.map(({ code }) => code)).toEqual(['hidden']);
    expect(storage.filesystem.totalBytes).toBeGreaterThan(0);
  });
});
