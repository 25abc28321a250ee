/**
 * Classifies the kernel functions in which writing threads sleep (wait channels, /proc/PID/wchan).
 * @module
 */

/**
 * Kind of wait.
 * - `none`: the thread ran, could run, or the kernel hid the function
 * - `file lock`: a lock of the file. The kernel skips the functions that implement locks, so the channel is the
 *   function that takes the lock, such as `ext4_buffered_write_iter`
 * - `storage`: a request to the storage, or write-back of a page
 * - `dirty limit`: the thread has written more than the page cache may hold before write-back (`balance_dirty_pages`)
 * - `journal`: a transaction of the file system
 * - `other`: any other function
 */
export type WaitKind = 'none' | 'file lock' | 'storage' | 'dirty limit' | 'journal' | 'other';

/** Samples of the threads of a cell. */
export interface Waits {
  /** Number of samples: one per thread and point in time. */
  readonly samples: number;
  /** Share of the samples with each kind of wait. The shares add up to 1. */
  readonly shares: Readonly<Record<WaitKind, number>>;
  /**
   * Wait channels: the kernel functions in which the threads slept, the most frequent first. `0` stands for samples
   * without such a function.
   */
  readonly channels: readonly { readonly name: string; readonly kind: WaitKind; readonly share: number }[];
}

export const waitKinds: readonly WaitKind[] = ['none', 'file lock', 'storage', 'dirty limit', 'journal', 'other'];

/**
 * Names of kernel functions by kind; the first match counts. Direct I/O waits in functions of the block layer and of
 * iomap. A file system function that ends in `write_iter` sleeps only for the lock of the file's inode.
 */
const patterns: readonly (readonly [WaitKind, RegExp])[] = [
  ['dirty limit', /^balance_dirty_pages/],
  ['file lock', /inode_dio_wait|_write_iter$|_file_(buffered|dio|direct)_write|^(xfs|btrfs)_i(node_)?lock|inode_lock/],
  ['file lock', /^down_(read|write)|rwsem|_start_io_(write|direct)$|^generic_file_write/],
  ['journal', /^(jbd2|xlog|xfs_log|xfs_trans|btrfs_[a-z]+_transaction)/],
  ['journal', /start_this_handle|wait_transaction_locked/],
  ['storage', /dio|blk|bio|wbt|rq_qos|get_request|bit_wait|io_schedule|folio_wait|writeback|wait_on_page|nvme|scsi/],
];

/** Returns the kind of a wait channel, as read from /proc. */
export function kindOfChannel(name: string): WaitKind {
  if (name === '0') return 'none';
  return patterns.find(([, pattern]) => pattern.test(name))?.[0] ?? 'other';
}

/** Number of samples by wait channel. The name is empty if it could not be read. */
export type WaitCounts = Readonly<Record<string, number>>;

/** Adds the counts of several runs. */
export function addWaits(all: readonly WaitCounts[]): WaitCounts {
  const sum = new Map<string, number>();
  for (const [name, count] of all.flatMap((counts) => Object.entries(counts)))
    sum.set(name, (sum.get(name) ?? 0) + count);
  return Object.fromEntries(sum);
}

/** Summarizes samples. Returns null if there are none, or if no name could be read. */
export function summarizeWaits(counts: WaitCounts): Waits | null {
  const readable = Object.entries(counts).filter(([name, count]) => name !== '' && count > 0);
  const samples = readable.reduce((sum, [, count]) => sum + count, 0);
  if (samples === 0) return null;
  const channels = readable
    .map(([name, count]) => ({ name, kind: kindOfChannel(name), share: count / samples }))
    .sort((a, b) => b.share - a.share);
  const shareOf = (kind: WaitKind): number =>
    channels.filter((channel) => channel.kind === kind).reduce((sum, { share }) => sum + share, 0);
  const shares = Object.fromEntries(waitKinds.map((kind) => [kind, shareOf(kind)])) as Record<WaitKind, number>;
  return { samples, shares, channels };
}
