/**
 * `posix-par convert SRC DST`: copies an array into a new array of another format.
 * @module
 */
import { Option } from '@commander-js/extra-typings';
import type { ConvertOptions, ConvertStats, DType } from '../../index.js';
import { convert as convertArray } from '../../index.js';
import type { CommandDefinition } from '../command.js';
import { parsePath } from '../context.js';
import { UsageError } from '../exit-codes.js';
import { choiceOption, optionsGiven } from '../option-values.js';
import { formatBytes, formatCount } from '../output/numbers.js';
import { printable } from '../output/table.js';
import { parseSize } from './bench.js';

/** Values of `--target-format`: the formats that can be written. */
const targetFormats = ['npy', 'raw', 'zarr', 'tiles'] as const;

/** Descriptions of the methods of a conversion; null if there is nothing to describe. */
const methods: Readonly<Record<ConvertStats['method'], string | null>> = {
  copy: 'stored chunks copied',
  decode: 'decoded and encoded',
  both: 'some stored chunks copied, others decoded and encoded',
  none: null,
};

/** Returns the parser of a shape such as `64,128,128`. */
const parseShape =
  (flag: string) =>
  (text: string): number[] => {
    const lengths = text.split(',').map((part) => (/^\s*\d+\s*$/.test(part) ? Number(part) : Number.NaN));
    if (lengths.every((length) => Number.isSafeInteger(length) && length > 0)) return lengths;
    throw new UsageError(`Expected a shape such as 64,128,128 for ${flag}, received '${printable(text)}'`);
  };

/** Parses codecs such as `zstd:3,crc32c` or `none`. */
function parseCodecs(text: string): NonNullable<ConvertOptions['codecs']> {
  if (text === 'none') return [];
  return text.split(',').map((part) => {
    const [, name = '', level] = /^([a-z0-9]+)(?::(-?\d+))?$/.exec(part.trim()) ?? [];
    if (name === '')
      throw new UsageError(`Expected codecs such as zstd:3,crc32c for --codec, received '${printable(text)}'`);
    const key = name === 'blosc' ? 'clevel' : 'level';
    return { name, ...(level === undefined ? {} : { [key]: Number(level) }) } as { name: 'zstd' };
  });
}

export const convert: CommandDefinition = {
  name: 'convert',
  summary: 'copy an array into a new .npy, raw or Zarr array, or into tiles',
  examples: [
    ['convert volume.npy volume.zarr --chunks 64,64,64', 'write a Zarr v3 store with chunks of 64³ elements'],
    [
      'convert run.h5#/g/t t.zarr --codec zstd:3,crc32c --verify',
      'choose codecs, and compare the copy with the source',
    ],
    ['convert volume.npy volume.zarr --chunks 32,32,32 --shards 256,256,256', 'store many chunks in each file'],
    [
      "convert volume.npy tiles --target-format tiles --chunks 64,64,64 --tile-path '{0:03}/{1}_{2}.bin'",
      'write a file of raw data per tile',
    ],
  ],
  flags: {
    chunkShape: '--chunks',
    shardShape: '--shards',
    codecs: '--codec',
    tilePath: '--tile-path',
    memoryBudgetBytes: '--budget',
    format: '--target-format',
    dtype: '--dtype',
    overwrite: '--overwrite',
    overflow: '--overflow',
  },
  define(command, frame) {
    command
      .argument('<source>', 'a file, the directory of a store, or file#/name', parsePath)
      .argument('<target>', 'the new file or directory', parsePath)
      .addOption(
        choiceOption('--target-format <format>', 'format of the target (default: by its extension)', targetFormats),
      )
      .option('--dtype <dtype>', 'element type of the target (default: that of the source)')
      .addOption(
        new Option('--overflow <mode>', 'what to do with values that --dtype cannot represent').choices([
          'error',
          'wrap',
          'clamp',
        ] as const),
      )
      .option('--chunks <shape>', 'zarr, tiles: shape of a chunk, such as 64,128,128', parseShape('--chunks'))
      .option(
        '--shards <shape>',
        'zarr: shape of a shard, a multiple of the chunks (default: a file per chunk)',
        parseShape('--shards'),
      )
      .option('--codec <codecs>', 'zarr: codecs in the order of encoding, such as zstd:3,crc32c, or none', parseCodecs)
      .option('--tile-path <template>', 'tiles: names of the files, such as z{0:04}/{1}_{2}.bin')
      .option('--budget <size>', 'memory for elements (default: 256M)', parseSize('--budget'))
      .option('--verify', 'compare the copy with the source before it gets its name')
      .option('--resume', 'keep the data of an interrupted run, and continue with it in the next run')
      .option('--overwrite', 'replace the target if it exists')
      .action(async (source, target, flags) => {
        const context = frame.context();
        const { signal, out } = context;
        if (flags.resume === true) {
          context.interruptEffect = 'the blocks that are complete are kept; run the same command again to continue';
        }
        const meter = context.progress('convert');
        try {
          const stats = await convertArray(source, target, {
            signal,
            onProgress: ({ bytesDone, bytesTotal }) => meter.update(bytesDone, bytesTotal),
            ...optionsGiven({
              format: flags.targetFormat as ConvertOptions['format'],
              dtype: flags.dtype as DType | undefined,
              chunkShape: flags.chunks,
              shardShape: flags.shards,
              codecs: flags.codec,
              tilePath: flags.tilePath,
              memoryBudgetBytes: flags.budget,
              verify: flags.verify,
              resume: flags.resume,
              overwrite: flags.overwrite,
              overflow: flags.overflow,
            }),
          });
          meter.stop();
          if (context.json) return out.json({ source, target, ...stats });
          const rate = formatBytes(Math.round(stats.bytes / Math.max(stats.elapsedMs / 1000, 1e-3)));
          const blocks = `${formatCount(stats.blocks)} ${stats.blocks === 1 ? 'block' : 'blocks'}`;
          const resumed = stats.blocksResumed === 0 ? '' : ` (${formatCount(stats.blocksResumed)} by an earlier run)`;
          const sizes = `${formatBytes(stats.bytes)} in ${blocks}${resumed}, ${formatBytes(stats.bytesWritten)} written, ${rate}/s`;
          out.line(`${out.colors.bold(printable(target))}  ${sizes}`);
          const how = methods[stats.method];
          if (how !== null) out.line(`${how}: ${printable(stats.methodReason)}`);
        } finally {
          meter.stop();
        }
      });
  },
};
