/**
 * `posix-par read PATH SELECTION`: elements to look at, or into a file.
 * @module
 */
import { Option } from '@commander-js/extra-typings';
import { OutputFile } from '../../files/output-file.js';
import type { ArrayHandle, DType, ReadOptions, RealDType } from '../../index.js';
import type { CommandDefinition } from '../command.js';
import { type Context, givenPath } from '../context.js';
import { UsageError } from '../exit-codes.js';
import { externalFilesOption, openingFlags, openingOptions, openNamedArray, repeated } from '../open.js';
import { checkOutput, isStandardOutput } from '../output/files.js';
import { formatBytes, formatShape } from '../output/numbers.js';
import { printable } from '../output/table.js';
import { pictureModes } from '../picture/protocols.js';
import { type Element, elementAt, isComplex, readableType } from '../read/elements.js';
import { type Reading, readParts, type TotalCost } from '../read/reading.js';
import { costLine, show } from '../read/show.js';
import { Statistics } from '../read/statistics.js';
import { type FileType, fileTypeNamed, fileTypeNames, fileTypeOf } from '../read/writers.js';

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

/** Elements that `--json` prints at most. */
const maxJsonElements = 1_000_000;

interface ReadFlags {
  readonly as?: RealDType | undefined;
  readonly overflow?: 'error' | 'wrap' | 'clamp' | undefined;
  readonly scaled?: true | undefined;
}

/** Everything about a read but the data; the selection is checked here. */
async function prepare(
  array: ArrayHandle,
  selection: string,
  flags: ReadFlags,
  needsNumbers: boolean,
): Promise<Reading> {
  const stored: DType = flags.as ?? (flags.scaled === true ? 'float64' : array.dtype);
  const as = needsNumbers ? (readableType(stored) ?? flags.as) : flags.as;
  const options: ReadOptions = {
    ...(as === undefined ? {} : { as }),
    ...(flags.overflow === undefined ? {} : { overflow: flags.overflow }),
    ...(flags.scaled === undefined ? {} : { scaled: true }),
  };
  const { shape } = await array.explainAsync(selection, options);
  return { array, selection, shape, options, dtype: as ?? stored };
}

/** What is written into, as {@link OutputFile} is. */
type Sink = Pick<OutputFile, 'write' | 'commit'>;

/** Writes the elements; gives the bytes of the file, and what they cost. */
async function writeInto(sink: Sink, reading: Reading, context: Context, type: FileType) {
  const writer = type.create(reading.shape, reading.dtype);
  let bytes = 0;
  const put = async (chunk: string | Uint8Array): Promise<void> => {
    bytes += Buffer.byteLength(chunk);
    await sink.write(chunk);
  };
  await put(writer.begin());
  const cost = await readParts(reading, context, async (part) => {
    for (const piece of writer.part(part.data)) {
      context.signal.throwIfAborted();
      await put(piece);
    }
  });
  await put(writer.end());
  context.signal.throwIfAborted();
  await sink.commit();
  return { bytes, cost };
}

async function save(reading: Reading, context: Context, path: string, type: FileType): Promise<void> {
  const { shape, dtype, array } = reading;
  await checkOutput('-o', path, [array.path]);
  await using file = await OutputFile.create(path);
  const { bytes, cost } = await writeInto(file, reading, context, type);
  if (context.json) return context.out.json({ output: path, bytes, shape, dtype, cost });
  const { bold, dim } = context.out.colors;
  context.out.line(`${bold(printable(path))}  ${formatShape(shape)} ${dtype}, ${formatBytes(bytes)}`);
  context.out.line(dim(`  ${costLine(cost)}`));
}

/** To standard output, which then has the elements and nothing else. */
async function pour(reading: Reading, context: Context, type: FileType): Promise<void> {
  const { out } = context;
  await writeInto({ write: (chunk) => out.write(chunk), commit: async () => {} }, reading, context, type);
}

interface TargetFlags {
  readonly output?: string | undefined;
  readonly to?: (typeof fileTypeNames)[number] | undefined;
}

/** The file type that is asked for; null where nothing is written. @throws {UsageError} for options that do not fit. */
function wantedType({ output, to }: TargetFlags, context: Context): FileType | null {
  if (output === undefined) {
    if (to !== undefined) throw new UsageError('Expected -o with --to');
    return null;
  }
  const isStandard = isStandardOutput(output);
  if (isStandard && context.json) throw new UsageError('Expected --json or -o -, received both');
  if (isStandard && to === undefined)
    throw new UsageError(`Expected one of ${fileTypeNames.join(', ')} with --to for standard output, received none`);
  const type = to === undefined ? fileTypeOf(output) : fileTypeNamed(to);
  if (isStandard && type.isBinary && context.out.isTerminal)
    throw new UsageError(`Expected a pipe or file for .${to}, which is not for terminals, received a terminal`);
  return type;
}

async function printJson(reading: Reading, context: Context): Promise<void> {
  const { array, selection, shape, dtype } = reading;
  const statistics = new Statistics(dtype);
  const elements = shape.reduce((product, extent) => product * extent, 1);
  const data: Element[] | null = elements <= maxJsonElements ? [] : null;
  const cost: TotalCost = await readParts(reading, context, (part) => {
    statistics.add(part.data);
    const count = isComplex(dtype) ? part.data.length / 2 : part.data.length;
    if (data !== null) for (let i = 0; i < count; i++) data.push(elementAt(part.data, dtype, i));
  });
  const { format, path, name } = array;
  const omitted = data === null ? { omitted: `more than ${maxJsonElements} elements; use -o` } : {};
  context.out.json({ format, path, name, selection, shape, dtype, ...statistics.summary(), cost, data, ...omitted });
}

export const read: CommandDefinition = {
  name: 'read',
  summary: 'elements of an array: a summary and a picture, or a file',
  examples: [
    ["read volume.npy '0:64, :, -1'", 'summary and picture of a plane'],
    ["read run.h5#/ocean/temperature '0' -o first.npy", 'into a NumPy file'],
    ["read volume.nii '80, ::-1, :' -o slice.png", 'into a picture'],
    ["read tiles/ '[3,1,7], 90::-2' --as float64 -o rows.csv", 'chosen rows, converted, as text'],
    ["read a.zarr '0,0,:' --json", 'for a program'],
    ["read a.zarr '0' -o - --to csv", 'through a pipe'],
  ],
  flags: { ...openingFlags, as: '--as', overflow: '--overflow', scaled: '--scaled' },
  define(command, frame) {
    command
      .argument('<path>', 'a file, the directory of a store, or file#/name', givenPath)
      .argument('[selection]', "per dimension an index, start:stop:step, a list or ':'; the rest is whole", '')
      .option(
        '-o, --output <file>',
        'write a .npy, .csv, .json, .bin (C order, little-endian) or .png (of a plane); - is standard output',
      )
      .addOption(new Option('--to <type>', 'the type of -o where its name does not say it').choices(fileTypeNames))
      .addOption(new Option('--as <type>', 'convert to this type').choices(realTypes))
      .addOption(
        new Option('--overflow <mode>', 'what becomes of values that --as can not hold').choices([
          'error',
          'wrap',
          'clamp',
        ] as const),
      )
      .option('--scaled', 'apply the slope and intercept of the format')
      .addOption(
        new Option('--picture <mode>', 'how a plane is drawn on a terminal')
          .choices(pictureModes)
          .default('auto' as const),
      )
      .option(...openingOptions.format)
      .option(...openingOptions.array)
      .option(...openingOptions.option, repeated)
      .addOption(externalFilesOption())
      .option(...openingOptions.root, repeated)
      .action(async (path, given, flags) => {
        const context = frame.context();
        const type = wantedType(flags, context);
        await using array = await openNamedArray(context, path, flags);
        const reading = await prepare(array, given.trim(), flags, type?.needsNumbers ?? true);
        if (flags.output !== undefined && type !== null) {
          if (isStandardOutput(flags.output)) await pour(reading, context, type);
          else await save(reading, context, flags.output, type);
        } else if (context.json) await printJson(reading, context);
        else await show(reading, context, flags.picture);
      });
  },
};
