/**
 * `posix-par read PATH SELECTION`: shows elements, or writes them to a file.
 * @module
 */
import { Option } from '@commander-js/extra-typings';
import { OutputFile } from '../../files/output-file.js';
import type { ArrayHandle, ReadOptions, RealDType } from '../../index.js';
import type { CommandDefinition } from '../command.js';
import { type Context, parsePath } from '../context.js';
import { UsageError } from '../exit-codes.js';
import { externalFilesOption, formatOption, openingFlags, openingOptions, openNamedArray, repeated } from '../open.js';
import { checkOutput, isStandardOutput } from '../output/files.js';
import { formatBytes, formatShape } from '../output/numbers.js';
import { printable } from '../output/table.js';
import { colorMapNames, colorMapOf } from '../picture/color-map.js';
import { pictureModes } from '../picture/protocols.js';
import type { ValueRange } from '../picture/raster.js';
import { chooseDecoding, type DecodingFlags, unitsOf } from '../read/decoding.js';
import { type Element, elementAt, isComplex, readableType } from '../read/elements.js';
import { selectionHelp, toPositionalText } from '../read/named-selection.js';
import { type PreparedRead, readParts, type TotalCost } from '../read/reading.js';
import { costLine, show } from '../read/show.js';
import { Statistics } from '../read/statistics.js';
import { type ColorStyle, type FileType, fileTypeNamed, fileTypeNames, findFileType } from '../read/writers.js';

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

/** Maximum number of elements that `--json` prints. */
const maxJsonElements = 1_000_000;

interface ReadFlags extends DecodingFlags {
  readonly overflow?: 'error' | 'wrap' | 'clamp' | undefined;
}

/** Prepares a read and validates the selection, but reads no data. */
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

/** Form of the elements in a file. */
interface Target {
  readonly type: FileType;
  readonly style: ColorStyle;
}

/** Destination of the elements, with the interface of {@link OutputFile}. */
type Destination = Pick<OutputFile, 'write' | 'commit'>;

/** Writes the elements. Returns the number of bytes written and the cost of the read. */
async function writeInto(destination: Destination, read: PreparedRead, context: Context, target: Target) {
  const writer = target.type.create(read.shape, read.dtype, target.style);
  let bytes = 0;
  const put = async (chunk: string | Uint8Array): Promise<void> => {
    bytes += Buffer.byteLength(chunk);
    await destination.write(chunk);
  };
  await put(writer.begin());
  const cost = await readParts(read, context, async (part) => {
    for (const piece of writer.part(part.data)) {
      context.signal.throwIfAborted();
      await put(piece);
    }
  });
  await put(writer.end());
  context.signal.throwIfAborted();
  await destination.commit();
  return { bytes, cost };
}

async function save(read: PreparedRead, context: Context, path: string, target: Target): Promise<void> {
  const { shape, dtype, array } = read;
  await checkOutput('-o', path, [array.path]);
  await using file = await OutputFile.create(path);
  const { bytes, cost } = await writeInto(file, read, context, target);
  if (context.json) return context.out.json({ output: path, bytes, shape, dtype, cost });
  const { bold, dim } = context.out.colors;
  context.out.line(`${bold(printable(path))}  ${formatShape(shape)} ${dtype}, ${formatBytes(bytes)}`);
  context.out.line(dim(`  ${costLine(cost)}`));
}

/** Writes the elements, and nothing else, to standard output. */
async function writeToStandardOutput(read: PreparedRead, context: Context, target: Target): Promise<void> {
  const { out } = context;
  await writeInto({ write: (chunk) => out.write(chunk), commit: async () => {} }, read, context, target);
}

interface TargetFlags {
  readonly output?: string | undefined;
  readonly to?: (typeof fileTypeNames)[number] | undefined;
}

/**
 * Returns the requested file type; null if no file is written. @throws {UsageError} if the options contradict each
 * other.
 */
function requestedType({ output, to }: TargetFlags, context: Context): FileType | null {
  if (output === undefined) {
    if (to !== undefined) throw new UsageError('Expected -o together with --to');
    return null;
  }
  const isStandard = isStandardOutput(output);
  if (isStandard && context.json) throw new UsageError('Expected either --json or -o -, received both');
  if (isStandard && to === undefined)
    throw new UsageError(
      `Expected one of ${fileTypeNames.join(', ')} for --to, because standard output has no file name`,
    );
  const type = to === undefined ? findFileType(output) : fileTypeNamed(to);
  if (isStandard && type.isBinary && context.out.isTerminal)
    throw new UsageError(`Expected a pipe or a file for binary .${to} output, received a terminal`);
  return type;
}

async function printJson(read: PreparedRead, context: Context): Promise<void> {
  const { array, selection, shape, dtype } = read;
  const statistics = new Statistics(dtype);
  const elements = shape.reduce((product, extent) => product * extent, 1);
  const data: Element[] | null = elements <= maxJsonElements ? [] : null;
  const cost: TotalCost = await readParts(read, context, (part) => {
    statistics.add(part.data);
    const count = isComplex(dtype) ? part.data.length / 2 : part.data.length;
    if (data !== null) for (let i = 0; i < count; i++) data.push(elementAt(part.data, dtype, i));
  });
  const { format, path, name } = array;
  const omitted = data === null ? { omitted: `more than ${maxJsonElements} elements; use -o to write a file` } : {};
  const decode = read.options.decode ?? null;
  context.out.json({
    format,
    path,
    name,
    selection,
    shape,
    dtype,
    decode,
    units: unitsOf(read),
    ...statistics.summary(),
    cost,
    data,
    ...omitted,
  });
}

/** Parses `--range`. */
function parseRange(text: string): ValueRange {
  const [low, high, ...more] = text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  if (low === undefined || high === undefined || more.length > 0 || !(low < high))
    throw new UsageError(`Expected two ascending numbers for --range, such as 250,310, received '${text}'`);
  return [low, high];
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
      .addOption(formatOption())
      .option(...openingOptions.array)
      .option(...openingOptions.option, repeated)
      .addOption(externalFilesOption())
      .option(...openingOptions.root, repeated)
      .action(async (path, given, flags) => {
        const context = frame.context();
        const type = requestedType(flags, context);
        const style = { colorMap: colorMapOf(flags.cmap), range: flags.range ?? null };
        await using array = await openNamedArray(context, path, flags);
        const reading = await prepare(array, given, flags, type);
        if (flags.output !== undefined && type !== null) {
          if (isStandardOutput(flags.output)) await writeToStandardOutput(reading, context, { type, style });
          else await save(reading, context, flags.output, { type, style });
        } else if (context.json) await printJson(reading, context);
        else await show(reading, context, { mode: flags.picture, ...style });
      });
  },
};
