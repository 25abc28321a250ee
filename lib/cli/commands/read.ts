/**
 * `posix-par read PATH SELECTION`: elements to look at, or into a file.
 * @module
 */
import { Option } from '@commander-js/extra-typings';
import type { ArrayHandle, DType, ReadOptions, RealDType } from '../../index.js';
import type { CommandDefinition } from '../command.js';
import type { Context } from '../context.js';
import { openingOptions, openNamedArray, repeated } from '../open.js';
import { formatBytes, formatShape } from '../output/numbers.js';
import { printable } from '../output/table.js';
import { pictureModes } from '../picture/protocols.js';
import { type Element, elementAt, isComplex, readableType } from '../read/elements.js';
import { PartialFile } from '../read/partial-file.js';
import { type Reading, readParts, type TotalCost } from '../read/reading.js';
import { costLine, show } from '../read/show.js';
import { Statistics } from '../read/statistics.js';
import { fileTypeOf } from '../read/writers.js';

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
function prepare(array: ArrayHandle, selection: string, flags: ReadFlags, needsNumbers: boolean): Reading {
  const stored: DType = flags.as ?? (flags.scaled === true ? 'float64' : array.dtype);
  const as = needsNumbers ? (readableType(stored) ?? flags.as) : flags.as;
  const options: ReadOptions = {
    ...(as === undefined ? {} : { as }),
    ...(flags.overflow === undefined ? {} : { overflow: flags.overflow }),
    ...(flags.scaled === undefined ? {} : { scaled: true }),
  };
  const { shape } = array.explain(selection, options);
  return { array, selection, shape, options, dtype: as ?? stored };
}

async function save(reading: Reading, context: Context, path: string): Promise<void> {
  const { shape, dtype } = reading;
  const writer = fileTypeOf(path).create(shape, dtype);
  await using file = await PartialFile.create(path);
  let bytes = 0;
  const put = async (chunk: string | Uint8Array): Promise<void> => {
    bytes += Buffer.byteLength(chunk);
    await file.write(chunk);
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
  await file.commit();
  if (context.json) return context.out.json({ output: path, bytes, shape, dtype, cost });
  const { bold, dim } = context.out.colors;
  context.out.line(`${bold(printable(path))}  ${formatShape(shape)} ${dtype}, ${formatBytes(bytes)}`);
  context.out.line(dim(`  ${costLine(cost)}`));
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
  ],
  define(command, frame) {
    command
      .argument('<path>', 'a file, the directory of a store, or file#/name')
      .argument('[selection]', "per dimension an index, start:stop:step, a list or ':'; the rest is whole", '')
      .option('-o, --output <file>', 'write a .npy, .csv, .json, .bin (C order, little-endian) or .png (of a plane)')
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
      .action(async (path, given, flags) => {
        const context = frame.context();
        const type = flags.output === undefined ? null : fileTypeOf(flags.output);
        await using array = await openNamedArray(context, path, flags);
        const reading = prepare(array, given.trim(), flags, type?.needsNumbers ?? true);
        if (flags.output !== undefined) await save(reading, context, flags.output);
        else if (context.json) await printJson(reading, context);
        else await show(reading, context, flags.picture);
      });
  },
};
