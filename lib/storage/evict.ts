/**
 * Dropping what of files is in the page cache.
 * @module
 */
import { realpath } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import type { ByteRange } from '../io/io.js';
import { binding, isNativeError, type NativeError, type NativeEviction } from '../native/binding.js';
import { toError } from '../native/native-error.js';
import { familyOf, typeOfMagic } from './filesystems.js';
import { type Holder, holdersOf } from './holders.js';
import { joined } from './pieces.js';
import { type CacheOptions, forFiles, lookAt, type Residency, type Targets, targetsOf } from './residency.js';
import { systemFiles } from './system-files.js';

/** Why bytes are still in the page cache. */
export interface RemainReason {
  /**
   * `memory`: the file system has no other place for them. `flush`: writing them to the storage failed. `dirty`: written
   * to again meanwhile. `writeback`: still on the way to the storage. `mapped`: processes have the file mapped.
   * `refused`: posix_fadvise failed. `range`: they share a larger block of the cache with bytes outside the ranges.
   * `hidden`: the kernel does not tell whether any remain. `busy`: none of these is seen; in use at the moment, locked
   * in memory, or mapped by a process that may not be looked at.
   */
  readonly code: 'memory' | 'flush' | 'dirty' | 'writeback' | 'mapped' | 'refused' | 'range' | 'hidden' | 'busy';
  /** The same in words, with what is known. */
  readonly message: string;
}

/** What an eviction did. */
export interface Eviction {
  readonly path: string;
  /** What was cached before and is cached after. */
  readonly before: Residency;
  readonly after: Residency;
  /** Bytes that went; null where the kernel does not tell. */
  readonly evictedBytes: number | null;
  /** Bytes that remain; null where the kernel does not tell. */
  readonly remainingBytes: number | null;
  /** Why they remain; empty when none do. */
  readonly reasons: readonly RemainReason[];
}

/** What is known when bytes remain. */
export interface RemainFacts {
  readonly after: Pick<Residency, 'cachedBytes' | 'dirtyBytes' | 'writebackBytes' | 'hiddenBytes' | 'bytes'>;
  readonly memoryFilesystem: string | null;
  readonly flushErrors: readonly string[];
  readonly dropErrors: readonly string[];
  readonly holders: readonly Holder[];
  /** Processes that may not be looked at. */
  readonly unseen: number;
  readonly hasRanges: boolean;
}

/** Why bytes remain, the surest reason first. Pure. */
export function reasonsFor(facts: RemainFacts): RemainReason[] {
  const { after, memoryFilesystem, flushErrors, dropErrors, holders, unseen, hasRanges } = facts;
  const reasons: RemainReason[] = [];
  if (after.hiddenBytes > 0) {
    const message = `of ${after.hiddenBytes} bytes the kernel does not say whether they are cached: the files are another user's and may not be written`;
    reasons.push({ code: 'hidden', message });
  }
  const flushed = flushErrors[0];
  if (flushed !== undefined) reasons.push({ code: 'flush', message: `writing to the storage failed: ${flushed}` });
  if ((after.cachedBytes ?? 0) === 0) return reasons;
  if (memoryFilesystem !== null) {
    return [{ code: 'memory', message: `${memoryFilesystem} has no other place for its files than memory` }];
  }
  const dropped = dropErrors[0];
  if (dropped !== undefined) reasons.push({ code: 'refused', message: `dropping was refused: ${dropped}` });
  if ((after.dirtyBytes ?? 0) > 0 && flushed === undefined) {
    reasons.push({ code: 'dirty', message: `${after.dirtyBytes} bytes were written to meanwhile` });
  }
  if ((after.writebackBytes ?? 0) > 0) {
    reasons.push({ code: 'writeback', message: `${after.writebackBytes} bytes are on their way to the storage` });
  }
  if (holders.length > 0) {
    const some = holders.slice(0, 5).map(({ pid, name }) => `${pid} (${name})`);
    const more = holders.length > 5 ? ` and ${holders.length - 5} others` : '';
    reasons.push({ code: 'mapped', message: `mapped by process ${some.join(', ')}${more}` });
  }
  if (reasons.some(({ code }) => code !== 'hidden')) return reasons;
  if (hasRanges) {
    const message = 'the cache holds them in blocks larger than a page that reach out of the ranges';
    reasons.push({ code: 'range', message });
  } else {
    const others = unseen > 0 ? `; ${unseen} processes may not be looked at` : '';
    reasons.push({ code: 'busy', message: `in use at the moment, or locked in memory${others}` });
  }
  return reasons;
}

async function memoryFilesystemOf(path: string): Promise<string | null> {
  const facts = await binding().storage_facts(path);
  const type = isNativeError(facts) || facts.filesystem === null ? null : typeOfMagic(facts.filesystem.magic);
  return type !== null && familyOf(type) === 'memory' ? type : null;
}

/** One round over all files; what failed, in words. */
async function drop(targets: Targets, options: CacheOptions): Promise<Record<'flush' | 'drop', string[]>> {
  const errors: Record<'flush' | 'drop', string[]> = { flush: [], drop: [] };
  const words = (error: NativeError): string => `${error.op} ${error.path}: ${error.message} [${error.code}]`;
  await forFiles<NativeEviction>('evict', targets.files, joined(targets.layout.pieces), options, (_file, answer) => {
    if (isNativeError(answer)) {
      // Of a directory the look that follows reports the file.
      if (targets.type === 'file') throw toError(answer);
      return;
    }
    if (answer.flush !== null) errors.flush.push(words(answer.flush));
    if (answer.drop !== null) errors.drop.push(words(answer.drop));
  });
  return errors;
}

/**
 * Writes the dirty pages of a file, or of all files below a directory, to the storage and drops their pages from the page
 * cache; says what remains and why. The data on the storage is not touched. Idle files that this process keeps open are
 * closed. Needs no privilege, only permission to read.
 * @param path a file or directory, as text or as a `file:` URL.
 * @param ranges bytes of the file; default all. Widened to whole pages; flushed is the whole file. Not for directories.
 * @throws as {@link residency}. A flush that fails does not throw: it is a reason in the result.
 * @example const { remainingBytes, reasons } = await evict('volume.npy')
 * @see posix_fadvise(2) with POSIX_FADV_DONTNEED, fdatasync(2)
 */
export async function evict(
  path: string | URL,
  ranges?: readonly ByteRange[] | null,
  options: CacheOptions = {},
): Promise<Eviction> {
  const targets = await targetsOf(path, ranges, options);
  const before = await lookAt(targets, options);
  let errors = await drop(targets, options);
  let after = await lookAt(targets, options);
  const memoryFilesystem = (after.cachedBytes ?? 0) > 0 ? await memoryFilesystemOf(targets.path) : null;
  if ((after.cachedBytes ?? 0) > 0 && memoryFilesystem === null) {
    // What a reader had just touched, or a read-ahead was still filling, goes at the second try.
    await setTimeout(20);
    errors = await drop(targets, options);
    after = await lookAt(targets, options);
  }
  const remains = (after.cachedBytes ?? 0) > 0 && memoryFilesystem === null;
  const held = remains
    ? await holdersOf(systemFiles, await realpath(targets.path).catch(() => targets.path))
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
