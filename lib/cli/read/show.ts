/**
 * Shows a result: its shape, a summary, and its first numbers or a picture.
 * @module
 */
import type { ReadResult } from '../../index.js';
import { type Pixels, Raster } from '../../show/raster.js';
import { Statistics, type Summary } from '../../show/statistics.js';
import type { Context } from '../context.js';
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatRate,
  formatShape,
  formatShare,
  formatValue,
} from '../output/numbers.js';
import { printable, table } from '../output/table.js';
import { colorDepth, detectPictureMode } from '../picture/detect.js';
import {
  type ColorDepth,
  halfBlocks,
  iterm2,
  kitty,
  missingSample,
  type PictureMode,
  scaleBar,
  sixel,
} from '../picture/protocols.js';
import { namesMissing, unitsOf } from './decoding.js';
import { isComplex } from './elements.js';
import { type Corner, extractCorner, fitsAsNumbers, previewLines } from './preview.js';
import { describeRead, type PreparedRead, readParts, type TotalCost } from './reading.js';
import type { ColorStyle } from './writers.js';

/** Data of a read that is shown. */
export interface Shown {
  readonly summary: Summary;
  readonly cost: TotalCost;
  readonly corner: Corner | null;
  readonly raster: Raster | null;
}

/** Mode and colours of a picture. */
export interface PictureStyle extends ColorStyle {
  readonly mode: PictureMode;
}

/** Size in pixels of a picture on terminals with graphics. */
const graphicsPixels = { width: 720, height: 480 };

/**
 * Creates a raster for a plane of `rows` × `columns` elements. The picture keeps the proportions of the plane and fits
 * into `room` (in pixels).
 */
function rasterFor(rows: number, columns: number, room: { width: number; height: number }): Raster {
  const scale = Math.min(1, room.width / columns, room.height / rows);
  return new Raster(rows, columns, Math.round(rows * scale), Math.round(columns * scale));
}

/**
 * Reads and summarises a selection. `mode` determines the size of the picture. No picture is made if the result is
 * complex or does not have exactly two dimensions, both longer than 1. If the result is small enough to show its
 * numbers, a picture is only made on request.
 */
export async function summarise(
  read: PreparedRead,
  context: Context,
  mode: Exclude<PictureMode, 'auto'>,
  wish: 'requested' | 'detected',
): Promise<Shown> {
  const { shape, dtype } = read;
  const statistics = new Statistics(dtype);
  const [rows, columns] = shape;
  let raster: Raster | null = null;
  const isPlane = shape.length === 2 && rows !== undefined && columns !== undefined && rows > 1 && columns > 1;
  if (mode !== 'none' && isPlane && (wish === 'requested' || !fitsAsNumbers(shape))) {
    const cells = { width: context.out.columns, height: Math.max(4, 2 * (context.out.rows - 10)) };
    if (!isComplex(dtype)) raster = rasterFor(rows, columns, mode === 'blocks' ? cells : graphicsPixels);
  }
  let corner: Corner | null = null;
  const cost = await readParts(read, context, (part: ReadResult) => {
    corner ??= extractCorner(part, shape);
    statistics.add(part.data);
    raster?.add(part.data);
  });
  return { summary: statistics.summary(), cost, corner, raster };
}

/** Formats the cost of a read as one line. */
export function costLine(cost: TotalCost): string {
  const rate = formatRate(cost.bytesRequested, cost.elapsedMs);
  const parts = [
    `${formatBytes(cost.bytesRequested)} in ${formatDuration(cost.elapsedMs)} (${rate})`,
    cost.engine === 'none' ? 'nothing read' : `${formatBytes(cost.bytesRead)} with ${cost.engine}`,
    `${formatCount(cost.systemCalls)} system calls`,
    `${cost.threads} ${cost.threads === 1 ? 'thread' : 'threads'}`,
  ];
  if (cost.bytesRead > 0)
    parts.push(`${formatShare(Math.min(cost.bytesCached, cost.bytesRead), cost.bytesRead)} from the page cache`);
  return parts.join(', ');
}

const wantsPictureColor = ({ globals }: Context): boolean => globals.color && (process.env['NO_COLOR'] ?? '') === '';

function draw(pixels: Pixels, mode: PictureMode, depth: ColorDepth): string {
  if (mode === 'kitty') return kitty(pixels);
  if (mode === 'iterm2') return iterm2(pixels);
  if (mode === 'sixel') return sixel(pixels);
  return halfBlocks(pixels, depth);
}

/** Formats the colours of a picture and the values that they stand for. */
function legend(pixels: Pixels, depth: ColorDepth, units: string): string {
  const { range, missing } = pixels;
  if (range === null) return '';
  const [low, high] = range.map((value) => formatValue(value, 5));
  const sample = missing.includes(1) ? `   ${missingSample(pixels, depth)} missing` : '';
  return `  ${low} ${scaleBar(pixels, depth)} ${high}${units}${sample}`;
}

/** Prints the result. */
export async function show(read: PreparedRead, context: Context, style: PictureStyle): Promise<void> {
  const { out } = context;
  if (style.mode !== 'auto') return await showAs(read, context, style, style.mode, 'requested');
  const isPictured = out.isTerminal && read.shape.length === 2 && !fitsAsNumbers(read.shape);
  if (!isPictured) return await showAs(read, context, style, 'none', 'detected');
  const { mode, question } = await detectPictureMode(process.env, wantsPictureColor(context));
  try {
    await showAs(read, context, style, mode, 'detected');
  } finally {
    await question?.end();
  }
}

async function showAs(
  read: PreparedRead,
  context: Context,
  { colorMap, range }: PictureStyle,
  mode: Exclude<PictureMode, 'auto'>,
  wish: 'requested' | 'detected',
): Promise<void> {
  const { out } = context;
  const { summary, cost, corner, raster } = await summarise(read, context, mode, wish);
  const { bold, dim, yellow } = out.colors;
  const { array, shape, dtype } = read;
  const what = describeRead(read);
  const title = printable(array.name === '' ? array.path : `${array.path}#/${array.name}`);
  out.line(`${bold(title)}${what === '' ? '' : `  ${dim(`[${what}]`)}`}`);
  const magnitude = isComplex(dtype) ? ' (magnitude)' : '';
  const named = unitsOf(read);
  const units = named === null ? '' : ` ${printable(named)}`;
  const value = (found: number | bigint | null): string => (found === null ? '–' : `${formatValue(found, 7)}${units}`);
  const isDecoded = read.options.decode !== undefined && namesMissing(array);
  const rows: [string, string][] = [
    ['shape', `${formatShape(shape)}  ${dim(typeText(read))}`],
    ...summaryRows(summary, value).map(([key, text]): [string, string] => [`${key}${magnitude}`, text]),
  ];
  if (summary.nan > 0)
    rows.push([isDecoded ? 'missing' : 'NaN', `${formatCount(summary.nan)} of ${formatCount(summary.elements)}`]);
  rows.push(['read', dim(costLine(cost))]);
  out.lines(table(rows.map(([key, text]) => [dim(`  ${key}`), text])));
  if (cost.chunks > 0 && cost.chunksAbsent === cost.chunks)
    out.line(yellow(`  0 of ${formatCount(cost.chunks)} chunks found: every element has the fill value`));
  const pixels = raster?.pixels(colorMap, range) ?? null;
  if (pixels?.missing.includes(0) === true) {
    const depth = colorDepth(process.env, wantsPictureColor(context));
    out.line(draw(pixels, mode, depth).trimEnd());
    out.line(legend(pixels, depth, units));
  } else if (corner !== null && summary.elements > 0) {
    if (corner.planes > 1) out.line(dim(`  the first of ${formatCount(corner.planes)} planes:`));
    out.lines(previewLines(corner, out.columns));
  }
}

/** Formats a summary, or the value if there is only one. */
function summaryRows(
  { elements, min, mean, max }: Summary,
  value: (found: number | bigint | null) => string,
): [string, string][] {
  if (elements === 1) return [['value', value(min)]];
  return [
    ['min', value(min)],
    ['mean', value(mean)],
    ['max', value(max)],
  ];
}

/** Formats the type of the elements, and how it differs from the stored type. */
function typeText({ array, dtype, options }: PreparedRead): string {
  if (dtype === array.dtype) return dtype;
  return `${array.dtype} ${options.decode === undefined ? 'as' : 'decoded as'} ${dtype}`;
}
