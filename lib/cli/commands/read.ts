/**
 * `posix-par read PATH SELECTION`: shows elements, or writes them to a file.
 * @module
 */
import { Option } from '@commander-js/extra-typings';
import {
  type ArrayHandle,
  isPosixParError,
  type ReadOptions,
  type RealDType,
  SequenceHandle,
  TextHandle,
} from '../../index.js';
import { colorMapNames, colorMapOf } from '../../show/color-map.js';
import type { CommandDefinition } from '../command.js';
import { type Context, parsePath } from '../context.js';
import {
  externalFilesOption,
  formatOption,
  levelOption,
  numbersOption,
  type OpeningFlags,
  openingFlags,
  openingOptions,
  openNamedArray,
  repeated,
} from '../open.js';
import { mayBeText, openIfText, openIfVariable } from '../open-text.js';
import { pictureModes } from '../picture/protocols.js';
import { parseRange } from '../picture/range.js';
import { chooseDecoding, type DecodingFlags } from '../read/decoding.js';
import { deliver, requestedType } from '../read/deliver.js';
import { readableType } from '../read/elements.js';
import { selectionHelp, toPositionalText } from '../read/named-selection.js';
import type { PreparedRead } from '../read/reading.js';
import { type FileType, fileTypeNames } from '../read/writers.js';
import { showSequences } from '../sequences.js';
import { refuseTextFile, showText } from '../text.js';

const realTypes: readonly RealDType[] = [
  'bool',
  'int8',
  'uint8',
  'int16',
  'uint16',
  'int32',
  'uint32',
  'int64',
  'uint64',
  'float16',
  'float32',
  'float64',
];

interface ReadFlags extends DecodingFlags {
  readonly overflow?: 'error' | 'wrap' | 'clamp' | undefined;
}

/**
 * Prepares a read and validates the selection. Reads no elements, except perhaps the element of an array without
 * dimensions.
 */
async function prepare(
  array: ArrayHandle,
  given: string,
  flags: ReadFlags,
  type: FileType | null,
): Promise<PreparedRead> {
  const selection = toPositionalText(given, array.dimensionNames);
  const decoding = await chooseDecoding(array, flags, type === null || type.isShown === true);
  const needsNumbers = type?.needsNumbers ?? true;
  const as = needsNumbers ? (readableType(decoding.dtype) ?? flags.as) : flags.as;
  const options: ReadOptions = {
    ...decoding.options,
    ...(as === undefined ? {} : { as }),
    ...(flags.overflow === undefined ? {} : { overflow: flags.overflow }),
  };
  const { shape } = await array.explainAsync(selection, options);
  return { array, selection, shape, options, dtype: as ?? decoding.dtype };
}

/** Flags of the command that determine if an array of text is shown as text. */
interface TextFlags extends ReadFlags, OpeningFlags {
  readonly output?: string | undefined;
}

/**
 * Opens an array, or an array of text or sequences to show them. Text of a fixed length is opened as code units if the
 * flags ask for numbers or for a file.
 */
async function openElements(
  context: Context,
  path: string,
  flags: TextFlags,
): Promise<ArrayHandle | TextHandle | SequenceHandle> {
  const { output, raw, as } = flags;
  let array: ArrayHandle;
  try {
    array = await openNamedArray(context, path, flags);
  } catch (error) {
    const found = isPosixParError(error, 'UnsupportedError') ? await openIfVariable(context, path, flags) : null;
    if (found === null) throw error;
    refuseTextFile(flags);
    return found;
  }
  const asNumbers = output !== undefined || raw === true || as !== undefined || !mayBeText(array);
  const text = asNumbers ? null : await openIfText(context, path, flags);
  if (text === null) return array;
  await array.close();
  return text;
}

export const read: CommandDefinition = {
  name: 'read',
  summary: 'show elements of an array, or write them to a file',
  examples: [
    ["read volume.npy '0:64, :, -1'", 'show a summary and a picture of a plane'],
    ["read run.h5#/ocean/temperature '0' -o first.npy", 'write a NumPy file'],
    ["read volume.nii '80, ::-1, :' -o slice.png", 'write a picture'],
    ["read t2m.nc#t2m 'time=0, lat=10:20'", 'select by the names of dimensions; the others are whole'],
    ["read tiles/ '[3,1,7], 90::-2' --as float64 -o rows.csv", 'write some rows as text, converted to float64'],
    ["read t2m.nc#t2m '0' --raw", 'show packed values as they are stored'],
    ["read a.zarr '0,0,:' --json", 'print JSON, for a program'],
    ["read a.zarr '0' -o - --to csv", 'write CSV to a pipe'],
  ],
  flags: { ...openingFlags, as: '--as', overflow: '--overflow', scaled: '--scaled', decode: '--decode', raw: '--raw' },
  opensArrays: true,
  define(command, frame) {
    command
      .argument('<path>', 'a file, the directory of a store, or file#/name', parsePath)
      .argument('[selection]', selectionHelp, '')
      .option(
        '-o, --output <file>',
        'write .npy, .csv, .json, .bin (C order, little-endian) or .png (of a plane); - is standard output',
      )
      .addOption(new Option('--to <type>', 'file type of -o, if its name does not end in it').choices(fileTypeNames))
      .addOption(new Option('--as <type>', 'convert elements to this type').choices(realTypes))
      .addOption(
        new Option('--overflow <mode>', 'what to do with values that --as cannot represent').choices([
          'error',
          'wrap',
          'clamp',
        ] as const),
      )
      .addOption(
        new Option(
          '--decode <convention>',
          'apply scale, offset and missing values of the attributes; summaries and pictures always do',
        ).choices(['cf'] as const),
      )
      .option('--raw', 'show the values as they are stored')
      .option('--scaled', 'apply scale and offset only; missing values are scaled, too')
      .addOption(
        new Option('--picture <mode>', 'how to draw a plane on a terminal')
          .choices(pictureModes)
          .default('auto' as const),
      )
      .addOption(
        new Option('--cmap <name>', 'colour map of pictures').choices(colorMapNames).default('viridis' as const),
      )
      .option('--range <low,high>', 'values of the ends of the colour map (default: minimum and maximum)', parseRange)
      .option('--no-scale-bar', 'write only the picture into a .png, one pixel per element')
      .addOption(formatOption())
      .option(...openingOptions.array)
      .addOption(levelOption())
      .addOption(numbersOption())
      .option(...openingOptions.field)
      .option(...openingOptions.option, repeated)
      .addOption(externalFilesOption())
      .option(...openingOptions.root, repeated)
      .action(async (path, given, flags) => {
        const context = frame.context();
        const type = requestedType(flags, context);
        const style = { colorMap: colorMapOf(flags.cmap), range: flags.range ?? null, scaleBar: flags.scaleBar };
        const opened = await openElements(context, path, flags);
        if (opened instanceof TextHandle) {
          await using text = opened;
          return await showText(text, given, context);
        }
        if (opened instanceof SequenceHandle) {
          await using sequences = opened;
          return await showSequences(sequences, given, context);
        }
        await using array = opened;
        const reading = await prepare(array, given, flags, type);
        await deliver(reading, context, flags, type, style);
      });
  },
};
