/**
 * `posix-par cache PATH`: what of files is in the page cache, and dropping it.
 * @module
 */
import { stat } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import {
  type ByteRange,
  type CacheOptions,
  type Eviction,
  evict,
  type MemoryInfo,
  memoryInfo,
  type Residency,
  residency,
} from '../../index.js';
import type { CommandDefinition } from '../command.js';
import { type Context, givenPaths } from '../context.js';
import { UsageError } from '../exit-codes.js';
import { cacheMap } from '../output/cache-map.js';
import { formatBytes, formatCount, formatRate, formatShare } from '../output/numbers.js';
import { printable, truncate } from '../output/table.js';

/** `OFFSET:LENGTH` in bytes. */
function parseRange(text: string, before: readonly ByteRange[] | undefined): ByteRange[] {
  const [, offset, length] = /^(\d+):(\d+)$/.exec(text.trim()) ?? [];
  const range = { offset: Number(offset), length: Number(length) };
  if (!Number.isSafeInteger(range.offset) || !Number.isSafeInteger(range.length)) {
    throw new UsageError(`Expected OFFSET:LENGTH in bytes for --range, received '${text.trim()}'`);
  }
  return [...(before ?? []), range];
}

/** Seconds, from a tenth on. */
function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (!(seconds >= 0.1 && seconds <= 86_400)) {
    throw new UsageError(`Expected seconds from 0.1 on for --watch, received '${text.trim()}'`);
  }
  return seconds;
}

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

function memoryLine({
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
function fitted(text: string, context: Context, used: number): string {
  const { out } = context;
  return out.isTerminal ? truncate(text, Math.max(10, out.columns - used)) : text;
}

/** Three lines of a terminal. */
function showResidency(found: Residency, context: Context): void {
  const { out } = context;
  const { bold, dim, cyan } = out.colors;
  const head = headline(found);
  out.line(`${bold(fitted(printable(found.path), context, head.length + 2))}  ${fitted(head, context, 12)}`);
  out.line(`  ${cyan(cacheMap(found.map))}`);
  out.line(dim(`  ${fitted(details(found), context, 2)}`));
}

function showEviction(done: Eviction, context: Context): void {
  const { out } = context;
  const { bold, dim, cyan, yellow } = out.colors;
  const gone =
    done.evictedBytes === null
      ? 'flushed and dropped; what remains is not told'
      : `${formatBytes(done.evictedBytes)} evicted, ${known(done.remainingBytes)} remain`;
  out.line(`${bold(printable(done.path))}  ${gone}`);
  out.line(`  ${dim('before')}  ${cyan(cacheMap(done.before.map))}`);
  out.line(`  ${dim('after ')}  ${cyan(cacheMap(done.after.map))}`);
  for (const { message } of done.reasons) out.line(`  ${yellow('because')}  ${printable(message)}`);
}

/** What moved between two looks at the machine, as `vmstat` shows it. */
function ratesLine(before: MemoryInfo, after: MemoryInfo, ms: number): string {
  const rate = (key: 'readBytes' | 'writtenBytes' | 'reclaimedBytes' | 'refaultedFileBytes'): string => {
    const [a, b] = [before.counters[key], after.counters[key]];
    return a === null || b === null ? '?' : formatRate(b - a, ms);
  };
  return (
    `devices read ${rate('readBytes')}, written ${rate('writtenBytes')}; ` +
    `cache pushed out ${rate('reclaimedBytes')}, missed again ${rate('refaultedFileBytes')}`
  );
}

/** Shows the residency again and again until it is interrupted, or `count` times. */
async function watch(
  look: () => Promise<Residency[]>,
  context: Context,
  seconds: number,
  count: number,
): Promise<void> {
  const { out, signal } = context;
  let memory = await memoryInfo();
  let at = performance.now();
  let drawn = 0;
  for (let round = 1; ; round++) {
    const found = await look();
    const now = await memoryInfo();
    const ms = performance.now() - at;
    if (context.json) {
      await out.write(`${JSON.stringify({ time: new Date().toISOString(), residency: found, memory: now })}\n`);
    } else {
      // On a terminal the block is drawn over itself.
      if (out.isTerminal && drawn > 0) await out.write(`\u001b[${drawn}A\u001b[J`);
      for (const one of found) showResidency(one, context);
      out.line(fitted(memoryLine(now), context, 0));
      out.line(round === 1 ? '' : fitted(ratesLine(memory, now, ms), context, 0));
      drawn = found.length * 3 + 2;
    }
    [memory, at] = [now, performance.now()];
    if (round >= count) return;
    await setTimeout(seconds * 1000, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
  }
}

export const cache: CommandDefinition = {
  name: 'cache',
  summary: 'what of files is in the page cache; --evict drops it',
  examples: [
    ['cache volume.npy', 'how much of a file is cached, and where'],
    ['cache tiles/ --evict', 'flush and drop all files of a store'],
    ['cache volume.npy --watch 0.5', 'watch it while another program reads'],
    ['cache volume.npy --range 0:1048576', 'the first MiB'],
  ],
  define(command, frame) {
    command
      .argument('<path...>', 'files or directories', givenPaths)
      .option('--evict', 'write dirty pages to the storage and drop what is cached')
      .option('--watch [seconds]', 'look again and again; one JSON value a line with --json', parseSeconds)
      .option('--count <n>', 'with --watch: so many times', (text) => {
        const count = Number(text);
        if (!Number.isSafeInteger(count) || count < 1)
          throw new UsageError(`Expected a number for --count, received '${text.trim()}'`);
        return count;
      })
      .option('--range <offset:length>', 'these bytes of a file, may be repeated', parseRange)
      .action(async (paths, flags) => {
        const context = frame.context();
        const { evict: evicting = false, watch: watching, count, range } = flags;
        if (evicting && watching !== undefined) throw new UsageError('Expected --evict or --watch, received both');
        if (count !== undefined && watching === undefined) throw new UsageError('Expected --watch with --count');
        if (range !== undefined && (paths.length > 1 || (await stat(paths[0] ?? '')).isDirectory())) {
          throw new UsageError('Expected one file with --range');
        }
        const progress = context.progress('looking', 'items');
        const options: CacheOptions = {
          buckets: Math.max(10, context.out.columns - (evicting ? 12 : 4)),
          signal: context.signal,
          onProgress: ({ filesDone, filesTotal }) => progress.update(filesDone, filesTotal),
        };
        const all = async <T>(ask: (path: string) => Promise<T>): Promise<T[]> => {
          const answers: T[] = [];
          for (const path of paths) answers.push(await ask(path));
          return answers;
        };
        const look = (): Promise<Residency[]> => all((path) => residency(path, range, options));
        try {
          if (watching !== undefined) {
            const seconds = typeof watching === 'number' ? watching : 1;
            await watch(look, context, seconds, count ?? Infinity);
            return;
          }
          const evictions = evicting ? await all((path) => evict(path, range, options)) : [];
          const found = evicting ? [] : await look();
          progress.stop();
          const memory = await memoryInfo();
          if (context.json) return context.out.json(evicting ? { evictions, memory } : { residency: found, memory });
          for (const one of found) showResidency(one, context);
          for (const one of evictions) showEviction(one, context);
          context.out.line(context.out.colors.dim(memoryLine(memory)));
        } finally {
          progress.stop();
        }
      });
  },
};
