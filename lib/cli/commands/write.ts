/**
 * `posix-par write PATH SELECTION -i FILE`: writes the elements of another array into an existing array.
 * @module
 */
import { Option } from '@commander-js/extra-typings';
import type { CommandDefinition } from '../command.js';
import { parsePath } from '../context.js';
import {
  externalFilesOption,
  formatOption,
  levelOption,
  openForWriting,
  openingFlags,
  openingOptions,
  openNamedArray,
  repeated,
} from '../open.js';
import { checkOutput } from '../output/files.js';
import { formatBytes, formatCount } from '../output/numbers.js';
import { printable, table } from '../output/table.js';
import { selectionHelp, toPositionalText } from '../read/named-selection.js';
import { explanationRows } from '../write/explanation.js';
import { checkElements, writeParts } from '../write/parts.js';

const overflowModes = ['error', 'wrap', 'clamp'] as const;
const durabilities = ['none', 'data', 'full'] as const;

export const write: CommandDefinition = {
  name: 'write',
  summary: 'write elements of a file into an existing .npy, raw or Zarr array, or into tiles',
  examples: [
    ["write volume.npy '0:64, :, -1' -i plane.npy", 'replace a part of a plane'],
    ["write run.zarr#/t 'time=0' -i 'month.h5#/t' --overflow clamp", 'copy from a file of another format and type'],
    ["write volume.zarr '0' -i first.npy --dry-run", 'show chunks, bytes and steps, but write nothing'],
  ],
  flags: { ...openingFlags, overflow: '--overflow', durability: '--durability', lock: '--lock' },
  opensArrays: true,
  define(command, frame) {
    command
      .argument('<path>', 'the array to change: a file, the directory of a store, or file#/name', parsePath)
      .argument('[selection]', selectionHelp, '')
      .requiredOption('-i, --input <file>', 'the elements: an array of any format, with the shape of the selection')
      .addOption(
        new Option('--overflow <mode>', 'what to do with values that the array cannot represent').choices(
          overflowModes,
        ),
      )
      .addOption(
        new Option('--durability <level>', 'what survives a power failure (default: full)').choices(durabilities),
      )
      .addOption(
        new Option('--lock <kind>', 'none: other programs may write other chunks at the same time').choices([
          'exclusive',
          'none',
        ] as const),
      )
      .option('--dry-run', 'check everything and show what would be written, but write nothing')
      .addOption(formatOption())
      .option(...openingOptions.array)
      .addOption(levelOption())
      .option(...openingOptions.option, repeated)
      .addOption(externalFilesOption())
      .action(async (path, given, flags) => {
        const context = frame.context();
        const { out, json } = context;
        const input = parsePath(flags.input);
        await checkOutput('-i', input, [path]);
        await using source = await openNamedArray(context, input, {});
        await using target = await openForWriting(context, path, flags);
        const selection = toPositionalText(given, target.dimensionNames);
        const explanation = target.explainWrite(selection);
        checkElements(source, target, explanation.shape, input);
        if (flags.dryRun === true) {
          if (json) return out.json({ path: target.path, input: source.path, selection, ...explanation });
          const { dim } = out.colors;
          return out.lines(table(explanationRows(explanation).map(([name, text]) => [dim(name), text])));
        }
        const { overflow } = flags;
        context.interruptEffect = 'a part of the selection may be written';
        const totals = await writeParts(source, target, { selection, explanation, overflow }, context);
        await target.close();
        const { bytesGiven, bytesWritten, chunks, chunksMerged, elapsedMs } = totals;
        const { shape } = explanation;
        if (json) return out.json({ path: target.path, input: source.path, selection, shape, ...totals });
        const rate = formatBytes(Math.round(bytesGiven / Math.max(elapsedMs / 1000, 1e-3)));
        const merged = chunksMerged === 0 ? '' : ` (${formatCount(chunksMerged)} read and merged)`;
        const count = `${formatCount(chunks)} ${chunks === 1 ? 'chunk' : 'chunks'}${merged}`;
        out.line(
          `${out.colors.bold(printable(path))}  ${formatBytes(bytesGiven)} in ${count}, ${formatBytes(bytesWritten)} written, ${rate}/s`,
        );
      });
  },
};
