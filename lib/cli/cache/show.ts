/**
 * What of files is in the page cache, and the memory of the machine, as lines.
 * @module
 */
import type { Eviction, MemoryInfo, Residency } from '../../storage/index.js';
import type { Context } from '../context.js';
import { cacheMap } from '../output/cache-map.js';
import { formatBytes, formatCount, formatRate, formatShare } from '../output/numbers.js';
import { printable, truncate } from '../output/table.js';

const known = (bytes: number | null): string => (bytes === null ? '?' : formatBytes(bytes));

function headline(found: Residency): string {
  const { bytes, cachedBytes, files, type } = found;
  const of = `${formatBytes(bytes)}${type === 'directory' ? ` in ${formatCount(files)} files` : ''}`;
  if (cachedBytes === null) return `${of}: the kernel does not tell what is cached (the files of others)`;
  return `${formatBytes(cachedBytes)} of ${of} cached (${formatShare(cachedBytes, bytes)})`;
}

function details(found: Residency): string {
  const { dirtyBytes, writebackBytes, evictedBytes, hiddenBytes, cachedBytes, witness, failures } = found;
  const parts = [
    dirtyBytes !== null && `dirty ${formatBytes(dirtyBytes)}`,
    writebackBytes !== null && `in writeback ${formatBytes(writebackBytes)}`,
    evictedBytes !== null && evictedBytes > 0 && `pushed out earlier ${formatBytes(evictedBytes)}`,
    cachedBytes !== null && hiddenBytes > 0 && `not told ${formatBytes(hiddenBytes)}`,
    failures.length > 0 && `${failures.length} files not looked at (${failures[0]?.code})`,
    witness !== 'hidden' && `says ${witness}`,
  ];
  return parts.filter((part) => part !== false).join(', ');
}

/** The memory of the machine in one line. */
export function memoryLine({
  totalBytes,
  availableBytes,
  cacheBytes,
  dirtyBytes,
  writebackBytes,
  pressure,
  cgroup,
}: MemoryInfo): string {
  const waiting = (resource: MemoryInfo['pressure']['io']): string =>
    resource?.some === null || resource === null ? '?' : `${resource.some.avg10.toFixed(1)} %`;
  const job =
    cgroup?.limitBytes == null ? '' : `; this cgroup ${known(cgroup.usedBytes)} of ${formatBytes(cgroup.limitBytes)}`;
  return (
    `memory ${known(totalBytes)}, available ${known(availableBytes)}, page cache ${known(cacheBytes)}, ` +
    `dirty ${known(dirtyBytes)}, writeback ${known(writebackBytes)}; ` +
    `waiting for I/O ${waiting(pressure.io)}, for memory ${waiting(pressure.memory)} of 10 s${job}`
  );
}

/** `text` in one line of a terminal, `used` columns of which are taken; whole where there is none. */
export function fitted(text: string, context: Context, used: number): string {
  const { out } = context;
  return out.isTerminal ? truncate(text, Math.max(10, out.columns - used)) : text;
}

/** Three lines of a terminal. */
export function residencyLines(found: Residency, context: Context): string[] {
  const { bold, dim, cyan } = context.out.colors;
  const head = headline(found);
  return [
    `${bold(fitted(printable(found.path), context, head.length + 2))}  ${fitted(head, context, 12)}`,
    `  ${cyan(cacheMap(found.map))}`,
    dim(`  ${fitted(details(found), context, 2)}`),
  ];
}

/** What an eviction did, and why something remains. */
export function evictionLines(done: Eviction, context: Context): string[] {
  const { bold, dim, cyan, yellow } = context.out.colors;
  const gone =
    done.evictedBytes === null
      ? 'flushed and dropped; what remains is not told'
      : `${formatBytes(done.evictedBytes)} evicted, ${known(done.remainingBytes)} remain`;
  return [
    `${bold(printable(done.path))}  ${gone}`,
    `  ${dim('before')}  ${cyan(cacheMap(done.before.map))}`,
    `  ${dim('after ')}  ${cyan(cacheMap(done.after.map))}`,
    ...done.reasons.map(({ message }) => `  ${yellow('because')}  ${printable(message)}`),
  ];
}

/** What moved between two looks at the machine, as `vmstat` shows it. */
export function ratesLine(before: MemoryInfo, after: MemoryInfo, ms: number): string {
  const rate = (key: 'readBytes' | 'writtenBytes' | 'reclaimedBytes' | 'refaultedFileBytes'): string => {
    const [a, b] = [before.counters[key], after.counters[key]];
    return a === null || b === null ? '?' : formatRate(b - a, ms);
  };
  return (
    `devices read ${rate('readBytes')}, written ${rate('writtenBytes')}; ` +
    `cache pushed out ${rate('reclaimedBytes')}, missed again ${rate('refaultedFileBytes')}`
  );
}
