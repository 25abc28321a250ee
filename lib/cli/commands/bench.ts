/**
 * `posix-par bench PATH`: measures and judges parallel reads of the storage, and writes with `--write`.
 * @module
 */
import { stat } from 'node:fs/promises';
import { type Access, type BenchOptions, type BenchProgress, benchStorage } from '../../bench/index.js';
import { OutputFile } from '../../files/output-file.js';
import { ReadError } from '../../index.js';
import { reportPage } from '../bench/html.js';
import { refuseReadOptions, runWrites } from '../bench/run-writes.js';
import { reportLines } from '../bench/text.js';
import type { CommandDefinition } from '../command.js';
import { parseInteger, parsePath } from '../context.js';
import { UsageError } from '../exit-codes.js';
import { accessValues, choiceOption, orderValues } from '../option-values.js';
import { checkOutput } from '../output/files.js';
import { formatBytes } from '../output/numbers.js';
import { printable } from '../output/table.js';

const units: Readonly<Record<string, number>> = { '': 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 };

/** Creates a parser of sizes such as `4096`, `64K`, `1M` or `2GiB`. @throws {UsageError} naming the option. */
export function parseSize(option: string): (text: string) => number {
  return (text) => {
    const [, digits = '', unit = ''] = /^(\d+(?:\.\d+)?)\s*([kmgt]?)(?:i?b)?$/i.exec(text.trim()) ?? [];
    const bytes = Number(digits) * (units[unit.toLowerCase()] ?? Number.NaN);
    if (digits === '' || !Number.isSafeInteger(bytes) || bytes < 1)
      throw new UsageError(`Expected a size such as 64K or 1G for ${option}, received '${text.trim()}'`);
    return bytes;
  };
}

/** Creates a parser of integer lists such as `1,2,4`. @throws {UsageError} naming the option. */
function parseIntegers(option: string): (text: string) => number[] {
  return (text) => text.split(',').map(parseInteger(option));
}

function parseAccessList(text: string): Access[] {
  return text.split(',').map((word) => {
    const found = accessValues.find((access) => access === word.trim());
    if (found === undefined)
      throw new UsageError(`Expected cached, direct or cold for --access, received '${word.trim()}'`);
    return found;
  });
}

/** Settings of `--quick`: enough to see that everything works, but too little for verdicts. */
const quick: BenchOptions = { parallelism: [1, 2, 4], sizeBytes: 2 ** 24, rounds: 1, cellMs: 20, timeLimitMs: 30_000 };

/**
 * Refuses a path that does not exist, unless `--size` asks for a temporary file to be written there. Otherwise a
 * mistyped name would be measured as a new file. With `--size`, prints a notice about the file.
 * @param sizeBytes value of `--size`; null if it was not given. @throws {ReadError} `ENOENT`.
 */
async function checkFreeName(path: string, sizeBytes: number | null): Promise<void> {
  const isFree = await stat(path).then(
    () => false,
    (error: NodeJS.ErrnoException) => error.code === 'ENOENT',
  );
  if (!isFree) return;
  const missing = `No such file or directory: ${path}`;
  if (sizeBytes === null)
    throw new ReadError(`${missing}. Use --size to write a temporary file there and measure it`, {
      code: 'ENOENT',
      errno: 2,
      path,
    });
  process.stderr.write(
    `posix-par: ${printable(missing)}. ` +
      `Writing, measuring and removing a temporary file of ${formatBytes(sizeBytes)} next to it\n`,
  );
}

export const bench: CommandDefinition = {
  name: 'bench',
  summary: 'measure parallel reads, or writes: one file or many, the saturation point and its cause, the page cache',
  examples: [
    ['bench /data', 'measure with a temporary file in /data'],
    [
      'bench volume.h5 --html report.html',
      'measure an existing file, which is only read, and write a page with charts',
    ],
    [
      'bench /data --access cached,direct,cold --block 4K --order random',
      'measure small random reads, also with a cold cache',
    ],
    ['bench /data --write', 'measure if one file in /data can be written in parallel, with new files that are removed'],
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
        'a file, or a directory for a temporary file; with --size also a name that does not exist',
        parsePath,
      )
      .option(
        '--size <bytes>',
        'size of the temporary file, or bytes to read from an existing file (default: 256M)',
        parseSize('--size'),
      )
      .option('--block <bytes>', 'bytes per call (default: 1M)', parseSize('--block'))
      .option(
        '--parallel <list>',
        'numbers of threads, processes or reads in flight to measure (default: 1,2,3,4,8,16)',
        parseIntegers('--parallel'),
      )
      .addOption(
        choiceOption(
          '--access <list>',
          'kinds of access to measure, as a list (default: cached,direct)',
          accessValues,
        ).argParser(parseAccessList),
      )
      .addOption(choiceOption('--order <order>', 'order in which blocks are read (default: sequential)', orderValues))
      .option('--time <seconds>', 'approximate total time (default: 120)', parseInteger('--time'))
      .option(
        '--rounds <n>',
        'number of rounds; each round runs every measurement once (default: 3)',
        parseInteger('--rounds'),
      )
      .option('--python <path>', 'Python with h5py, to measure the HDF5 library (default: python3)')
      .option('--no-tools', 'do not run fio, dd and the HDF5 library')
      .option('--html <file>', 'write a self-contained HTML page with charts')
      .option('--quick', 'run for a few seconds, only to see that everything works')
      .option('--write', 'measure writes into new files in the directory <path>, and remove the files')
      .action(async (path, options) => {
        const context = frame.context();
        const common: Record<string, unknown> = {
          ...(options.size === undefined ? {} : { sizeBytes: options.size }),
          ...(options.block === undefined ? {} : { blockBytes: options.block }),
          ...(options.parallel === undefined ? {} : { parallelism: options.parallel }),
          ...(options.time === undefined ? {} : { timeLimitMs: 1000 * options.time }),
          ...(options.rounds === undefined ? {} : { rounds: options.rounds }),
          ...(options.python === undefined ? {} : { python: options.python }),
          ...(options.tools ? {} : { python: null, referenceTools: 'none' }),
        };
        if (options.write === true) {
          refuseReadOptions(options);
          await runWrites(context, path, common, { isQuick: options.quick === true, html: options.html });
          return;
        }
        await checkFreeName(path, options.size ?? null);
        if (options.html !== undefined) await checkOutput('--html', options.html, [path]);
        // Creates the file before measuring, so that an invalid name is reported immediately.
        await using page = options.html === undefined ? null : await OutputFile.create(options.html);
        const meters = {
          writing: context.progress('writing', 'bytes'),
          measuring: context.progress('measuring', 'items'),
        };
        const given: Record<string, unknown> = {
          ...(options.quick === true ? quick : {}),
          ...common,
          ...(options.access === undefined ? {} : { access: options.access }),
          ...(options.order === undefined ? {} : { order: options.order }),
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
