/**
 * `posix-par reduce PATH OPERATION`: reduces an array to one number, or along dimensions.
 * @module
 */
import { Argument, Option } from '@commander-js/extra-typings';
import type { HistogramResult, ReadResult, Reduction } from '../../index.js';
import { colorMapNames, colorMapOf } from '../../show/color-map.js';
import type { CommandDefinition } from '../command.js';
import { parsePath } from '../context.js';
import { UsageError } from '../exit-codes.js';
import {
  externalFilesOption,
  formatOption,
  levelOption,
  numbersOption,
  openingFlags,
  openingOptions,
  openNamedArray,
  repeated,
} from '../open.js';
import { optionsGiven } from '../option-values.js';
import { pictureModes } from '../picture/protocols.js';
import { parseRange } from '../picture/range.js';
import { chooseDecoding } from '../read/decoding.js';
import { deliver, requestedType } from '../read/deliver.js';
import { readableType } from '../read/elements.js';
import { histogramFields, showHistogram } from '../read/histogram.js';
import { selectionHelp, toPositionalText } from '../read/named-selection.js';
import { fileTypeNames } from '../read/writers.js';

type Operation = Reduction | 'histogram' | 'quantile' | 'median';

const operations: readonly Operation[] = [
  'count',
  'min',
  'max',
  'sum',
  'mean',
  'std',
  'median',
  'quantile',
  'histogram',
];

/** Parses `--axis`: positions and names of dimensions. */
function parseAxes(text: string): number | string | (number | string)[] {
  const axes = text.split(',').map((part) => part.trim());
  if (axes.includes(''))
    throw new UsageError(`Expected positions or names for --axis, such as 0 or lat,lon, received '${text}'`);
  const [first = '', ...others] = axes.map((axis) => (/^-?\d+$/.test(axis) ? Number(axis) : axis));
  return others.length === 0 ? first : [first, ...others];
}

/** Parses `--ddof`. */
function parseDdof(text: string): number {
  const ddof = text.trim() === '' ? Number.NaN : Number(text);
  if (!Number.isSafeInteger(ddof) || ddof < 0)
    throw new UsageError(`Expected an integer for --ddof, received '${text}'`);
  return ddof;
}

/** Parses a number or a list of numbers. A single number is not a list. */
function parseNumbers(flag: string, example: string): (text: string) => number | number[] {
  return (text) => {
    const numbers = text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
    const [first = Number.NaN, ...others] = numbers;
    if (numbers.some(Number.isNaN))
      throw new UsageError(`Expected numbers for ${flag}, such as ${example}, received '${text}'`);
    return others.length === 0 ? first : numbers;
  };
}

export const reduce: CommandDefinition = {
  name: 'reduce',
  summary: 'reduce an array to one number, or along dimensions',
  examples: [
    ['reduce volume.npy mean', 'the mean of all elements'],
    ['reduce run.h5#/ocean/temperature max --axis 0 -o max.npy', 'the maximum along the first dimension'],
    ['reduce t2m.nc#t2m std time=0:120 --axis time', 'a picture of the variation of the first 120 months'],
    ['reduce t2m.nc#t2m histogram --bins 20', 'how the values are distributed'],
    ['reduce t2m.nc#t2m quantile --q 0.05,0.95 --axis time', 'the 5th and 95th percentile of each place'],
    ['reduce t2m.nc#t2m sum --raw --json', 'the sum of the values as they are stored, as JSON'],
  ],
  flags: {
    ...openingFlags,
    axis: '--axis',
    decode: '--decode',
    raw: '--raw',
    bins: '--bins',
    range: '--between',
    q: '--q',
  },
  opensArrays: true,
  define(command, frame) {
    command
      .argument('<path>', 'a file, the directory of a store, or file#/name', parsePath)
      .addArgument(new Argument('<operation>', 'what is computed').choices(operations))
      .argument('[selection]', selectionHelp, '')
      .option('--axis <axes>', 'dimensions that are reduced, such as 0 or lat,lon (default: all)', parseAxes)
      .option('--keep-dims', 'keep reduced dimensions with length 1')
      .option('--select <selection>', 'same as the argument', '')
      .option('--skip-missing', 'leave out NaN and missing elements; the default if attributes name missing values')
      .option('--ddof <n>', 'std: number subtracted from the number of elements (default: 0)', parseDdof)
      .option('--q <shares>', 'quantile: shares of smaller elements (default: 0.5)', parseNumbers('--q', '0.05,0.95'))
      .option(
        '--bins <bins>',
        'histogram: number of bins, or their edges (default: 10)',
        parseNumbers('--bins', '20 or 0,10,100'),
      )
      .option(
        '--between <low,high>',
        'histogram: first and last edge (default: minimum and maximum)',
        parseNumbers('--between', '0,1'),
      )
      .option('-o, --output <file>', 'write .npy, .csv, .json, .bin or .png (of a plane); - is standard output')
      .addOption(new Option('--to <type>', 'file type of -o, if its name does not end in it').choices(fileTypeNames))
      .addOption(
        new Option(
          '--decode <convention>',
          'apply scale, offset and missing values of the attributes (default)',
        ).choices(['cf'] as const),
      )
      .option('--raw', 'use the values as they are stored')
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
      .option(...openingOptions.option, repeated)
      .addOption(externalFilesOption())
      .option(...openingOptions.root, repeated)
      .action(async (path, operation, given, flags) => {
        if (given !== '' && flags.select !== '')
          throw new UsageError('Expected either a selection or --select, received both');
        const wanted = given === '' ? flags.select : given;
        const context = frame.context();
        const type = requestedType(flags, context);
        const style = { colorMap: colorMapOf(flags.cmap), range: flags.range ?? null, scaleBar: flags.scaleBar };
        await using array = await openNamedArray(context, path, flags);
        const selection = toPositionalText(wanted, array.dimensionNames);
        const decoding = await chooseDecoding(array, { ...flags, as: undefined, scaled: undefined }, true);
        // Without Float16Array, float16 elements are bits and not numbers.
        const as = readableType(decoding.dtype);
        const meter = context.progress(operation);
        try {
          // The library validates the combination of the operation and its options.
          const result = await array.reduce(operation as Reduction, {
            ...decoding.options,
            ...(as === undefined ? {} : { as }),
            ...(wanted === '' ? {} : { selection }),
            ...optionsGiven({ axis: flags.axis, keepDims: flags.keepDims, ddof: flags.ddof }),
            ...(optionsGiven({ q: flags.q, bins: flags.bins, range: flags.between }) as object),
            ...optionsGiven({ skipMissing: flags.skipMissing }),
            signal: context.signal,
            onProgress: ({ bytesDone, bytesTotal }) => meter.update(bytesDone, bytesTotal),
          });
          meter.stop();
          const { shape, dtype } = result;
          const read = {
            array,
            selection,
            operation,
            shape,
            options: decoding.options,
            dtype,
            result: result as ReadResult,
          };
          if (operation === 'histogram') {
            const histogram = result as unknown as HistogramResult;
            const target = { ...read, hasUnits: false, fields: histogramFields(histogram) };
            if (flags.output === undefined && !context.json && shape.length === 1)
              showHistogram(target, histogram, context);
            else await deliver(target, context, flags, type, style);
          } else {
            await deliver({ ...read, hasUnits: operation !== 'count' }, context, flags, type, style);
          }
        } finally {
          meter.stop();
        }
      });
  },
};
