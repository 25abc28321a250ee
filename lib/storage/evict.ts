/**
 * Evicts files from the page cache.
 * @module
 */
import { realpath } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import type { ByteRange } from '../io/io.js';
import { binding, isNativeError, type NativeError, type NativeEviction } from '../native/binding.js';
import { toError } from '../native/native-error.js';
import { classifyFilesystem, typeOfMagic } from './filesystems.js';
import { findHolders, type Holder } from './holders.js';
import { mergeRanges } from './pieces.js';
import { type CacheOptions, findTargets, forFiles, inspect, type Residency, type Targets } from './residency.js';
import { systemFiles } from './system-files.js';

/** Reason why bytes are still in the page cache. */
export interface RemainReason {
  /**
   * - `memory`: the file system keeps its files in memory only.
   * - `flush`: writing dirty pages to the storage failed.
   * - `dirty`: pages were written to again in the meantime.
   * - `writeback`: pages are being written to the storage.
   * - `mapped`: processes have mapped the file.
   * - `refused`: posix_fadvise failed.
   * - `range`: the pages are in a folio (a block of several pages) that also holds bytes outside the ranges.
   * - `hidden`: the kernel does not report whether any remain.
   * - `busy`: no other reason was found. The pages may be in use, locked in memory, or mapped by a process that cannot
   *   be inspected.
   */
  readonly code: 'memory' | 'flush' | 'dirty' | 'writeback' | 'mapped' | 'refused' | 'range' | 'hidden' | 'busy';
  /** The reason as text, with details. */
  readonly message: string;
}

/** Result of an eviction. */
export interface Eviction {
  readonly path: string;
  /** Residency before the eviction. */
  readonly before: Residency;
  /** Residency after the eviction. */
  readonly after: Residency;
  /** Number of evicted bytes; null if the kernel does not report it. */
  readonly evictedBytes: number | null;
  /** Number of remaining bytes; null if the kernel does not report it. */
  readonly remainingBytes: number | null;
  /** Reasons why bytes remain; empty if none remain. */
  readonly reasons: readonly RemainReason[];
}

/** Facts about bytes that remain. */
export interface RemainFacts {
  readonly after: Pick<Residency, 'cachedBytes' | 'dirtyBytes' | 'writebackBytes' | 'hiddenBytes' | 'bytes'>;
  readonly memoryFilesystem: string | null;
  readonly flushErrors: readonly string[];
  readonly dropErrors: readonly string[];
  readonly holders: readonly Holder[];
  /** Number of processes that cannot be inspected. */
  readonly unseen: number;
  readonly hasRanges: boolean;
}

/** Lists the reasons why bytes remain, the most certain one first. */
export function reasonsFor(facts: RemainFacts): RemainReason[] {
  const { after, memoryFilesystem, flushErrors, dropErrors, holders, unseen, hasRanges } = facts;
  const reasons: RemainReason[] = [];
  if (after.hiddenBytes > 0) {
    const message =
      `the kernel does not report whether ${after.hiddenBytes} bytes are cached: ` +
      'the files belong to another user and are not writable';
    reasons.push({ code: 'hidden', message });
  }
  const flushed = flushErrors[0];
  if (flushed !== undefined) reasons.push({ code: 'flush', message: `writing to the storage failed: ${flushed}` });
  if ((after.cachedBytes ?? 0) === 0) return reasons;
  if (memoryFilesystem !== null) {
    return [{ code: 'memory', message: `${memoryFilesystem} keeps its files in memory only` }];
  }
  const dropped = dropErrors[0];
  if (dropped !== undefined) reasons.push({ code: 'refused', message: `dropping pages failed: ${dropped}` });
  if ((after.dirtyBytes ?? 0) > 0 && flushed === undefined) {
    reasons.push({ code: 'dirty', message: `${after.dirtyBytes} bytes were written to again in the meantime` });
  }
  if ((after.writebackBytes ?? 0) > 0) {
    reasons.push({ code: 'writeback', message: `${after.writebackBytes} bytes are being written to the storage` });
  }
  if (holders.length > 0) {
    const some = holders.slice(0, 5).map(({ pid, name }) => `${pid} (${name})`);
    const more = holders.length > 5 ? ` and ${holders.length - 5} others` : '';
    reasons.push({ code: 'mapped', message: `mapped by process ${some.join(', ')}${more}` });
  }
  if (reasons.some(({ code }) => code !== 'hidden')) return reasons;
  if (hasRanges) {
    const message = 'the bytes are in folios (blocks of several pages) that extend beyond the ranges';
    reasons.push({ code: 'range', message });
  } else {
    const others = unseen > 0 ? `; ${unseen} processes cannot be inspected` : '';
    reasons.push({ code: 'busy', message: `in use, or locked in memory${others}` });
  }
  return reasons;
}

async function findMemoryFilesystem(path: string): Promise<string | null> {
  const facts = await binding().storage_facts(path);
  const type = isNativeError(facts) || facts.filesystem === null ? null : typeOfMagic(facts.filesystem.magic);
  return type !== null && classifyFilesystem(type) === 'memory' ? type : null;
}

/** Evicts all files once. Returns descriptions of the failures. */
async function drop(targets: Targets, options: CacheOptions): Promise<Record<'flush' | 'drop', string[]>> {
  const errors: Record<'flush' | 'drop', string[]> = { flush: [], drop: [] };
  const describe = (error: NativeError): string => `${error.op} ${error.path}: ${error.message} [${error.code}]`;
  await forFiles<NativeEviction>(
    'evict',
    targets.files,
    mergeRanges(targets.layout.pieces),
    options,
    (_file, answer) => {
      if (isNativeError(answer)) {
        // If the path is a directory, the inspection that follows reports the failure.
        if (targets.type === 'file') throw toError(answer);
        return;
      }
      if (answer.flush !== null) errors.flush.push(describe(answer.flush));
      if (answer.drop !== null) errors.drop.push(describe(answer.drop));
    },
  );
  return errors;
}

/**
 * Evicts a file, or all files below a directory, from the page cache. First writes dirty pages to the storage, then
 * drops the pages. Reports how many bytes remain and why. The content of the files does not change. Closes idle
 * descriptors of this process. Needs only permission to read the files.
 * @param path a file or directory, as a string or a `file:` URL.
 * @param ranges bytes of the file; default all. They are widened to whole pages. The flush always covers the whole
 * file. Not allowed for directories.
 * @throws the errors of {@link residency}. A failed flush is not an error, but a reason in the result.
 * @example const { remainingBytes, reasons } = await evict('volume.npy')
 * @see posix_fadvise(2) with POSIX_FADV_DONTNEED, fdatasync(2)
 */
export async function evict(
  path: string | URL,
  ranges?: readonly ByteRange[] | null,
  options: CacheOptions = {},
): Promise<Eviction> {
  const targets = await findTargets(path, ranges, options);
  const before = await inspect(targets, options);
  let errors = await drop(targets, options);
  let after = await inspect(targets, options);
  const memoryFilesystem = (after.cachedBytes ?? 0) > 0 ? await findMemoryFilesystem(targets.path) : null;
  if ((after.cachedBytes ?? 0) > 0 && memoryFilesystem === null) {
    // Waits and tries once more: pages that a reader or read-ahead was using can often be evicted a little later.
    await setTimeout(20);
    errors = await drop(targets, options);
    after = await inspect(targets, options);
  }
  const remains = (after.cachedBytes ?? 0) > 0 && memoryFilesystem === null;
  const held = remains
    ? await findHolders(systemFiles, await realpath(targets.path).catch(() => targets.path))
    : { holders: [], unseen: 0 };
  const difference =
    before.cachedBytes === null || after.cachedBytes === null ? null : before.cachedBytes - after.cachedBytes;
  return {
    path: targets.path,
    before,
    after,
    evictedBytes: difference === null ? null : Math.max(0, difference),
    remainingBytes: after.cachedBytes,
    reasons: reasonsFor({
      after,
      memoryFilesystem,
      flushErrors: errors.flush,
      dropErrors: errors.drop,
      ...held,
      hasRanges: ranges !== undefined && ranges !== null,
    }),
  };
}
