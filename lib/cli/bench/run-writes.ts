/**
 * Runs `posix-par bench --write`.
 * @module
 */
import { type BenchProgress, benchWrites, type WriteBenchOptions } from '../../bench/index.js';
import { OutputFile } from '../../files/output-file.js';
import type { Context } from '../context.js';
import { UsageError } from '../exit-codes.js';
import { checkOutput } from '../output/files.js';
import { printable } from '../output/table.js';
import { writeReportPage } from './write-html.js';
import { writeReportLines } from './write-text.js';

/** Settings of `--quick`. */
const quick: WriteBenchOptions = {
  parallelism: [1, 2, 4],
  syncs: ['none'],
  sizeBytes: 2 ** 24,
  rounds: 1,
  cellMs: 20,
  timeLimitMs: 30_000,
};

/** Options of the command line that apply only to benchmarks of reads. */
export interface ReadOnlyOptions {
  readonly access?: unknown;
  readonly order?: unknown;
}

/** Refuses options that apply only to reads. @throws {UsageError} naming the option. */
export function refuseReadOptions(options: ReadOnlyOptions): void {
  for (const name of ['access', 'order'] as const) {
    if (options[name] !== undefined) throw new UsageError(`--${name} is for reads and cannot be used with --write`);
  }
}

/** Measures writes in the directory `path`, and prints the report. If `html` is a path, also writes a page there. */
export async function runWrites(
  context: Context,
  path: string,
  given: WriteBenchOptions,
  settings: { readonly isQuick: boolean; readonly html: string | undefined },
): Promise<void> {
  const { isQuick, html } = settings;
  if (html !== undefined) await checkOutput('--html', html, [path]);
  await using page = html === undefined ? null : await OutputFile.create(html);
  const meter = context.progress('measuring', 'items');
  try {
    const report = await benchWrites(path, {
      ...(isQuick ? quick : {}),
      ...given,
      signal: context.signal,
      onProgress: ({ done, total }: BenchProgress) => meter.update(done, total),
    });
    meter.stop();
    if (context.json) context.out.json(report);
    else context.out.lines(writeReportLines(report, context.out.columns, context.out.colors));
    if (page === null) return;
    await page.write(writeReportPage(report));
    await page.commit();
    if (!context.json) context.out.line(`charts: ${printable(page.path)}`);
  } finally {
    meter.stop();
  }
}
