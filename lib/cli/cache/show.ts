/**
 * Formats page-cache residency and memory of the machine as text.
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
  if (cachedBytes === null) return `${of}: the kernel does not report what is cached (files of other users)`;
  return `${formatBytes(cachedBytes)} of ${of} cached (${formatShare(cachedBytes, bytes)})`;
}

function details(found: Residency): string {
  const { dirtyBytes, writebackBytes, evictedBytes, hiddenBytes, cachedBytes, witness, failures } = found;
  const parts = [
    dirtyBytes !== null && `dirty ${formatBytes(dirtyBytes)}`,
    writebackBytes !== null && `in writeback ${formatBytes(writebackBytes)}`,
    evictedBytes !== null && evictedBytes > 0 && `evicted earlier ${formatBytes(evictedBytes)}`,
    cachedBytes !== null && hiddenBytes > 0 && `not reported ${formatBytes(hiddenBytes)}`,
    failures.length > 0 && `${failures.length} files not inspected (${failures[0]?.code})`,
    witness !== 'hidden' && `according to ${witness}`,
  ];
  return parts.filter((part) => part !== false).join(', ');
}

/** Formats the memory of the machine as one line. */
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
    `in the last 10 s, waiting for I/O ${waiting(pressure.io)}, for memory ${waiting(pressure.memory)}${job}`
  );
}

/**
 * Truncates `text` so that it fits into a line of the terminal after `used` columns. Does not truncate if the output is
 * not a terminal.
 */
export function fitLine(text: string, context: Context, used: number): string {
  const { out } = context;
  return out.isTerminal ? truncate(text, Math.max(10, out.columns - used)) : text;
}

/** Formats a residency as three lines. */
export function residencyLines(found: Residency, context: Context): string[] {
  const { bold, dim, cyan } = context.out.colors;
  const head = headline(found);
  return [
    `${bold(fitLine(printable(found.path), context, head.length + 2))}  ${fitLine(head, context, 12)}`,
    `  ${cyan(cacheMap(found.map))}`,
    dim(`  ${fitLine(details(found), context, 2)}`),
  ];
}

/** Formats the result of an eviction, with the reasons why pages remain. */
export function evictionLines(done: Eviction, context: Context): string[] {
  const { bold, dim, cyan, yellow } = context.out.colors;
  const gone =
    done.evictedBytes === null
      ? 'flushed and evicted; the kernel does not report what remains'
      : `${formatBytes(done.evictedBytes)} evicted, ${known(done.remainingBytes)} remain`;
  return [
    `${bold(printable(done.path))}  ${gone}`,
    `  ${dim('before')}  ${cyan(cacheMap(done.before.map))}`,
    `  ${dim('after ')}  ${cyan(cacheMap(done.after.map))}`,
    ...done.reasons.map(({ message }) => `  ${yellow('because')}  ${printable(message)}`),
  ];
}

/** Formats the memory activity between two measurements, similar to `vmstat`. */
export function ratesLine(before: MemoryInfo, after: MemoryInfo, ms: number): string {
  const rate = (key: 'readBytes' | 'writtenBytes' | 'reclaimedBytes' | 'refaultedFileBytes'): string => {
    const [a, b] = [before.counters[key], after.counters[key]];
    return a === null || b === null ? '?' : formatRate(b - a, ms);
  };
  return (
    `devices read ${rate('readBytes')}, written ${rate('writtenBytes')}; ` +
    `cache reclaimed ${rate('reclaimedBytes')}, refaulted ${rate('refaultedFileBytes')}`
  );
}
