/**
 * Delivers a result as the options of a command ask: shows it, prints it as JSON, or writes it to a file.
 * @module
 */
import { OutputFile } from '../../files/output-file.js';
import { Statistics } from '../../show/statistics.js';
import type { Context } from '../context.js';
import { UsageError } from '../exit-codes.js';
import { checkOutput, isStandardOutput } from '../output/files.js';
import { formatBytes, formatShape } from '../output/numbers.js';
import { printable } from '../output/table.js';
import type { PictureMode } from '../picture/protocols.js';
import { unitsOf } from './decoding.js';
import { type Element, elementAt, isComplex } from './elements.js';
import { type PreparedRead, readParts, type TotalCost } from './reading.js';
import { costLine, show } from './show.js';
import { type FileType, fileTypeNamed, fileTypeNames, findFileType, type PictureFileStyle } from './writers.js';

/** Maximum number of elements that `--json` prints. */
const maxJsonElements = 1_000_000;

/** Colours of a picture, and whether a picture in a file has a scale bar. */
export type DeliveryStyle = Omit<PictureFileStyle, 'units'>;

/** File type, and the style if it is a picture. */
interface OutputForm {
  readonly type: FileType;
  readonly style: DeliveryStyle;
}

/** Destination of the elements, with the interface of {@link OutputFile}. */
type Destination = Pick<OutputFile, 'write' | 'commit'>;

/** Writes the elements. Returns the number of bytes written and the cost of the read. */
async function writeInto(destination: Destination, read: PreparedRead, context: Context, form: OutputForm) {
  const writer = form.type.create(read.shape, read.dtype, { ...form.style, units: unitsOf(read) });
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

async function save(read: PreparedRead, context: Context, path: string, form: OutputForm): Promise<void> {
  const { shape, dtype, array } = read;
  await checkOutput('-o', path, [array.path]);
  await using file = await OutputFile.create(path);
  const { bytes, cost } = await writeInto(file, read, context, form);
  if (context.json) return context.out.json({ output: path, bytes, shape, dtype, cost });
  const { bold, dim } = context.out.colors;
  context.out.line(`${bold(printable(path))}  ${formatShape(shape)} ${dtype}, ${formatBytes(bytes)}`);
  context.out.line(dim(`  ${costLine(cost)}`));
}

/** Writes the elements, and nothing else, to standard output. */
async function writeToStandardOutput(read: PreparedRead, context: Context, form: OutputForm): Promise<void> {
  const { out } = context;
  await writeInto({ write: (chunk) => out.write(chunk), commit: async () => {} }, read, context, form);
}

/** Options that choose the destination. */
export interface TargetFlags {
  readonly output?: string | undefined;
  readonly to?: (typeof fileTypeNames)[number] | undefined;
}

/**
 * Returns the requested file type; null if there is no `--output`. @throws {UsageError} if the options contradict each
 * other.
 */
export function requestedType({ output, to }: TargetFlags, context: Context): FileType | null {
  if (output === undefined) {
    if (to !== undefined) throw new UsageError('Expected -o together with --to: -o FILE, or -o - for standard output');
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
  const { array, selection, operation, shape, dtype } = read;
  const statistics = new Statistics(dtype);
  const elements = shape.reduce((product, size) => product * size, 1);
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
    ...(operation === undefined ? {} : { operation }),
    shape,
    dtype,
    decode,
    units: unitsOf(read),
    ...statistics.summary(),
    ...read.fields,
    cost,
    data,
    ...omitted,
  });
}

/** Shows a result, or writes it to the destination that the options name. */
export async function deliver(
  read: PreparedRead,
  context: Context,
  flags: TargetFlags & { readonly picture: PictureMode },
  type: FileType | null,
  style: DeliveryStyle,
): Promise<void> {
  if (flags.output !== undefined && type !== null) {
    if (isStandardOutput(flags.output)) await writeToStandardOutput(read, context, { type, style });
    else await save(read, context, flags.output, { type, style });
  } else if (context.json) await printJson(read, context);
  else await show(read, context, { mode: flags.picture, ...style });
}
