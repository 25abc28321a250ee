/**
 * `posix-par cache PATH`: shows which parts of files are in the page cache, and evicts them.
 * @module
 */
import { stat } from 'node:fs/promises';
import type { ByteRange } from '../../index.js';
import { type CacheOptions, evict, memoryInfo, type Residency, residency } from '../../storage/index.js';
import { evictionLines, memoryLine, residencyLines } from '../cache/show.js';
import { watch } from '../cache/watch.js';
import type { CommandDefinition } from '../command.js';
import { parsePaths } from '../context.js';
import { UsageError } from '../exit-codes.js';

/** Parses a range `OFFSET:LENGTH` in bytes, and appends it to the ranges of earlier flags. */
function parseRange(text: string, before: readonly ByteRange[] | undefined): ByteRange[] {
  const [, offset, length] = /^(\d+):(\d+)$/.exec(text.trim()) ?? [];
  const range = { offset: Number(offset), length: Number(length) };
  if (!Number.isSafeInteger(range.offset) || !Number.isSafeInteger(range.length)) {
    throw new UsageError(`Expected OFFSET:LENGTH in bytes for --range, received '${text.trim()}'`);
  }
  return [...(before ?? []), range];
}

/** Parses a number of seconds from 0.1 to 86,400 (a day). */
function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (!(seconds >= 0.1 && seconds <= 86_400)) {
    throw new UsageError(`Expected a number of seconds of at least 0.1 for --watch, received '${text.trim()}'`);
  }
  return seconds;
}

export const cache: CommandDefinition = {
  name: 'cache',
  summary: 'show which parts of files are in the page cache, or evict them',
  examples: [
    ['cache volume.npy', 'show how much of a file is cached, and which parts'],
    ['cache tiles/ --evict', 'flush and evict all files of a store'],
    ['cache volume.npy --watch 0.5', 'watch the page cache while another program reads'],
    ['cache volume.npy --range 0:1048576', 'show the first MiB only'],
  ],
  define(command, frame) {
    command
      .argument('<path...>', 'files or directories', parsePaths)
      .option('--evict', 'write dirty pages to the storage and evict the cached pages')
      .option(
        '--watch [seconds]',
        'update periodically until q or ^C; with --json, print one JSON value per line',
        parseSeconds,
      )
      .option('--count <n>', 'number of updates with --watch', (text) => {
        const count = Number(text);
        if (!Number.isSafeInteger(count) || count < 1)
          throw new UsageError(`Expected an integer of at least 1 for --count, received '${text.trim()}'`);
        return count;
      })
      .option('--range <offset:length>', 'range of bytes in a file (repeatable)', parseRange)
      .action(async (paths, flags) => {
        const context = frame.context();
        const { evict: evicting = false, watch: watching, count, range } = flags;
        if (evicting && watching !== undefined)
          throw new UsageError('Expected either --evict or --watch, received both');
        if (count !== undefined && watching === undefined)
          throw new UsageError('Expected --watch together with --count');
        if (range !== undefined && (paths.length > 1 || (await stat(paths[0] ?? '')).isDirectory())) {
          throw new UsageError('Expected exactly one file together with --range');
        }
        const run = async <T>(ask: (path: string, options: CacheOptions) => Promise<T>): Promise<T[]> => {
          const progress = context.progress('inspecting', 'items');
          const options: CacheOptions = {
            buckets: Math.max(10, context.out.columns - (evicting ? 12 : 4)),
            signal: context.signal,
            onProgress: ({ filesDone, filesTotal }) => progress.update(filesDone, filesTotal),
          };
          try {
            const answers: T[] = [];
            for (const path of paths) answers.push(await ask(path, options));
            return answers;
          } finally {
            progress.stop(); // Removes the bar before the output is written in its place.
          }
        };
        const look = (): Promise<Residency[]> => run((path, options) => residency(path, range, options));
        if (watching !== undefined) {
          const seconds = typeof watching === 'number' ? watching : 1;
          return await watch(look, context, { seconds, count: count ?? Infinity });
        }
        const evictions = evicting ? await run((path, options) => evict(path, range, options)) : [];
        const found = evicting ? [] : await look();
        const memory = await memoryInfo();
        if (context.json) return context.out.json(evicting ? { evictions, memory } : { residency: found, memory });
        for (const one of found) context.out.lines(residencyLines(one, context));
        for (const one of evictions) context.out.lines(evictionLines(one, context));
        context.out.line(context.out.colors.dim(memoryLine(memory)));
      });
  },
};
