/**
 * `posix-par bench PATH`: how the storage is read in parallel, measured and judged.
 * @module
 */
import { stat } from 'node:fs/promises';
import { type Access, type BenchOptions, type BenchProgress, benchStorage } from '../../bench/index.js';
import { OutputFile } from '../../files/output-file.js';
import { ReadError } from '../../index.js';
import { reportPage } from '../bench/html.js';
import { reportLines } from '../bench/text.js';
import type { CommandDefinition } from '../command.js';
import { givenPath, wholeNumber } from '../context.js';
import { UsageError } from '../exit-codes.js';
import { checkOutput } from '../output/files.js';
import { formatBytes } from '../output/numbers.js';
import { printable } from '../output/table.js';
import { accessWords, orderWords, worded } from '../words.js';

const units: Readonly<Record<string, number>> = { '': 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 };

/** A size such as `4096`, `64K`, `1M` or `2GiB`. @throws {UsageError} naming the option. */
export function size(option: string): (text: string) => number {
  return (text) => {
    const [, digits = '', unit = ''] = /^(\d+(?:\.\d+)?)\s*([kmgt]?)(?:i?b)?$/i.exec(text.trim()) ?? [];
    const bytes = Number(digits) * (units[unit.toLowerCase()] ?? Number.NaN);
    if (digits === '' || !Number.isSafeInteger(bytes) || bytes < 1)
      throw new UsageError(`Expected a size such as 64K or 1G for ${option}, received '${text.trim()}'`);
    return bytes;
  };
}

/** A list of whole numbers such as `1,2,4`. @throws {UsageError} naming the option. */
function numbers(option: string): (text: string) => number[] {
  return (text) => text.split(',').map(wholeNumber(option));
}

function accessList(text: string): Access[] {
  return text.split(',').map((word) => {
    const found = accessWords.find((access) => access === word.trim());
    if (found === undefined)
      throw new UsageError(`Expected cached, direct or cold for --access, received '${word.trim()}'`);
    return found;
  });
}

/** What `--quick` stands for: enough to see that all works, too little for verdicts. */
const quick: BenchOptions = { parallelism: [1, 2, 4], sizeBytes: 2 ** 24, rounds: 1, cellMs: 20, timeLimitMs: 30_000 };

/**
 * Whether a path that leads to nothing is meant: a mistyped name of a file must not measure another one.
 * @throws {ReadError} `ENOENT`, unless the size of the file that is to be written was given.
 */
async function checkFreeName(path: string, sizeBytes: number | null): Promise<void> {
  const isFree = await stat(path).then(
    () => false,
    (error: NodeJS.ErrnoException) => error.code === 'ENOENT',
  );
  if (!isFree) return;
  const missing = `No such file or directory: ${path}`;
  if (sizeBytes === null)
    throw new ReadError(`${missing}. With --size, a file is written there and removed`, {
      code: 'ENOENT',
      errno: 2,
      path,
    });
  process.stderr.write(
    `posix-par: ${printable(missing)}. A file of ${formatBytes(sizeBytes)} is written beside that name, measured and removed\n`,
  );
}

export const bench: CommandDefinition = {
  name: 'bench',
  summary: 'how the storage is read in parallel: one file or many, the knee and its cause, the page cache',
  examples: [
    ['bench /data', 'on a file that is written there and removed'],
    ['bench volume.h5 --html report.html', 'on a given file, which is only read; with a page of charts'],
    ['bench /data --access cached,direct,cold --block 4K --order random', 'small random reads, also from a cold cache'],
  ],
  flags: {
    sizeBytes: '--size',
    blockBytes: '--block',
    parallelism: '--parallel',
    access: '--access',
    order: '--order',
    timeLimitMs: '--time',
    rounds: '--rounds',
    python: '--python',
  },
  define(command, frame) {
    command
      .argument(
        '<path>',
        'a file, or a directory for a file that is written there and removed; with --size also a free name',
        givenPath,
      )
      .option('--size <bytes>', 'bytes of the written file, or of the given one that are read (256M)', size('--size'))
      .option('--block <bytes>', 'bytes of one call (1M)', size('--block'))
      .option('--parallel <list>', 'threads, processes and reads in flight (1,2,3,4,8,16)', numbers('--parallel'))
      .addOption(worded('--access <list>', 'a list of these (cached,direct)', accessWords).argParser(accessList))
      .addOption(worded('--order <order>', 'in which blocks are read (sequential)', orderWords))
      .option('--time <seconds>', 'about how long it may take (120)', wholeNumber('--time'))
      .option('--rounds <n>', 'runs of every cell, in turn with the others (3)', wholeNumber('--rounds'))
      .option('--python <path>', 'a Python with h5py, for the HDF5 library (python3)')
      .option('--no-tools', 'without fio, dd and the HDF5 library')
      .option('--html <file>', 'write a page with charts that needs no network')
      .option('--quick', 'a few seconds: to see that it works, not to judge')
      .action(async (path, options) => {
        const context = frame.context();
        await checkFreeName(path, options.size ?? null);
        if (options.html !== undefined) await checkOutput('--html', options.html, [path]);
        // Begun before anything is measured: two minutes are too long to learn of a wrong name.
        await using page = options.html === undefined ? null : await OutputFile.create(options.html);
        const meters = {
          writing: context.progress('writing', 'bytes'),
          measuring: context.progress('measuring', 'items'),
        };
        const given: Record<string, unknown> = {
          ...(options.quick === true ? quick : {}),
          ...(options.size === undefined ? {} : { sizeBytes: options.size }),
          ...(options.block === undefined ? {} : { blockBytes: options.block }),
          ...(options.parallel === undefined ? {} : { parallelism: options.parallel }),
          ...(options.access === undefined ? {} : { access: options.access }),
          ...(options.order === undefined ? {} : { order: options.order }),
          ...(options.time === undefined ? {} : { timeLimitMs: 1000 * options.time }),
          ...(options.rounds === undefined ? {} : { rounds: options.rounds }),
          ...(options.python === undefined ? {} : { python: options.python }),
          ...(options.tools ? {} : { python: null, yardsticks: 'none' }),
          signal: context.signal,
          onProgress: ({ phase, done, total }: BenchProgress) => {
            if (phase === 'measuring') meters.writing.stop();
            meters[phase].update(done, total);
          },
        };
        try {
          const report = await benchStorage(path, given as BenchOptions);
          meters.measuring.stop();
          if (context.json) context.out.json(report);
          else context.out.lines(reportLines(report, context.out.columns, context.out.colors));
          if (page === null) return;
          await page.write(reportPage(report));
          await page.commit();
          if (!context.json) context.out.line(`charts: ${printable(page.path)}`);
        } finally {
          meters.writing.stop();
          meters.measuring.stop();
        }
      });
  },
};
