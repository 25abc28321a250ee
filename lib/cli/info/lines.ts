/**
 * Formats arrays, groups and attributes as lines of text.
 * @module
 */
import type { Context } from '../context.js';
import type { ArrayFacts } from '../facts.js';
import { toJson } from '../output/json.js';
import { formatBytes, formatCount, formatShape } from '../output/numbers.js';
import { printable, table, truncate } from '../output/table.js';
import { type StorageFacts, storageLine } from '../storage-facts.js';
import type { Listing, Node, Outline } from './tree.js';

/** Formats one line per attribute. */
export function attributeLines(attributes: Readonly<Record<string, unknown>>, width: number, indent: string): string[] {
  const rows = Object.entries(attributes).map(([key, value]) => [
    `${indent}${printable(key)}`,
    printable(toJson(value)),
  ]);
  const widest = Math.max(0, ...rows.map(([key]) => key?.length ?? 0));
  return table(rows.map(([key, value]) => [key ?? '', truncate(value ?? '', Math.max(20, width - widest - 2))]));
}

/** True if a dimension can grow. */
function canGrow({ shape, maxShape }: Pick<ArrayFacts, 'shape' | 'maxShape'>): boolean {
  return shape.some((size, d) => maxShape[d] !== undefined && maxShape[d] !== size);
}

/**
 * Formats the shape with the names of dimensions and with the sizes to which they can grow, such as `(time: 2 of
 * unlimited, lat: 90)`; without names as `2 of unlimited × 90`.
 */
function namedShape(facts: Pick<ArrayFacts, 'shape' | 'dimensionNames' | 'maxShape'>): string {
  const { shape, dimensionNames, maxShape } = facts;
  if (shape.length === 0 || (dimensionNames === null && !canGrow(facts))) return formatShape(shape);
  const sizes = shape.map((size, d) => {
    const limit = maxShape[d];
    return limit === undefined || limit === size ? `${size}` : `${size} of ${limit ?? 'unlimited'}`;
  });
  if (dimensionNames === null) return sizes.join(' × ');
  return `(${sizes.map((size, d) => `${printable(dimensionNames[d] ?? '–')}: ${size}`).join(', ')})`;
}

/** Returns rows for the shape and, if the dimensions have names, for these. */
export function shapeRows({ shape, dimensionNames }: Pick<Outline, 'shape' | 'dimensionNames'>): [string, string][] {
  const rows: [string, string][] = [['shape', formatShape(shape)]];
  if (dimensionNames !== null) rows.push(['dimensions', namedShape({ shape, dimensionNames, maxShape: [] })]);
  return rows;
}

/** Returns the text of an attribute; null if it is not a text, or is blank. */
function textAttribute({ attributes }: Pick<ArrayFacts, 'attributes'>, name: string): string | null {
  const value = Object.hasOwn(attributes, name) ? attributes[name] : undefined;
  return typeof value === 'string' && value.trim() !== '' ? printable(value.trim()) : null;
}

/** Formats a fill value. NaN and infinities are strings in JSON, but not here. */
function fillText(value: ArrayFacts['fillValue']): string {
  if (value === null) return 'none (0)';
  return typeof value === 'number' ? String(value) : toJson(value);
}

/** Part of the attribute `multiscale` of a level of an OME-Zarr image. */
interface LevelSummary {
  readonly level: number;
  readonly levels: number;
  readonly axes: readonly { readonly name: string | null; readonly unit: string | null }[] | null;
  readonly scale: readonly number[] | null;
}

function isLevelSummary(value: unknown): value is LevelSummary {
  if (typeof value !== 'object' || value === null) return false;
  const { level, levels, axes, scale } = value as Partial<Record<keyof LevelSummary, unknown>>;
  const isList = (list: unknown) => list === null || Array.isArray(list);
  return typeof level === 'number' && typeof levels === 'number' && isList(axes) && isList(scale);
}

/** Formats the level and the size of an element, such as `0 of 0 to 3, z: 2 micrometer, y: 0.5 micrometer`. */
function levelText({ format, attributes }: ArrayFacts): string | null {
  const summary = format === 'zarr' ? attributes['multiscale'] : undefined;
  if (!isLevelSummary(summary)) return null;
  const { level, levels, axes, scale } = summary;
  const sizes = (scale ?? []).map((step, d) => {
    const { name, unit } = axes?.[d] ?? { name: null, unit: null };
    return printable(`${name ?? '–'}: ${step}${unit === null ? '' : ` ${unit}`}`);
  });
  return [`${level} of 0 to ${levels - 1}`, ...sizes].join(', ');
}

/** Formats the properties of one array. `stored` is the size of its chunks in storage if it is known. */
export function arrayLines(
  facts: ArrayFacts,
  stored: number | null,
  storage: StorageFacts | null,
  context: Context,
): string[] {
  const { out } = context;
  const { dim } = out.colors;
  const { shape, chunkShape, shardShape, chunks, codecs, bytes } = facts;
  const elements = shape.reduce((product, size) => product * size, 1);
  const ratio =
    stored === null || stored === 0
      ? ''
      : `  ${dim(`(${formatBytes(stored)} stored, ${(bytes / stored).toPrecision(3)} : 1)`)}`;
  const rows: [string, string][] = [
    ['shape', `${formatShape(shape)}  ${dim(`(${formatCount(elements)} elements, ${formatBytes(bytes)})`)}`],
    ['dtype', facts.dtype],
    ['chunks', chunks > 1 ? `${formatShape(chunkShape)}  ${dim(`(${formatCount(chunks)} chunks)`)}` : 'one'],
    ...(shardShape === null ? [] : [['shards', formatShape(shardShape)] satisfies [string, string]]),
    ['codecs', `${codecs.length === 0 ? 'none' : codecs.join(' → ')}${ratio}`],
    ['fill', fillText(facts.fillValue)],
  ];
  if (facts.dimensionNames !== null || canGrow(facts)) rows.splice(1, 0, ['dimensions', namedShape(facts)]);
  const level = levelText(facts);
  if (level !== null) rows.push(['level', level]);
  if (facts.domain !== null) rows.push(['domain', facts.domain.map(({ lo, hi }) => `[${lo}, ${hi}]`).join(' × ')]);
  if (storage !== null) rows.push(['storage', printable(storageLine(storage))]);
  const lines = table(rows.map(([key, value]) => [dim(`  ${key}`), value]));
  if (Object.keys(facts.attributes).length > 0)
    lines.push(dim('  attributes'), ...attributeLines(facts.attributes, out.columns, '    '));
  return lines;
}

/** Formats the long name and the units, such as `sea surface height [m]`; '' if there are none. */
function meaningText(facts: Pick<ArrayFacts, 'attributes'>): string {
  const units = textAttribute(facts, 'units');
  const longName = textAttribute(facts, 'long_name') ?? textAttribute(facts, 'standard_name');
  return [longName, units === null ? null : `[${units}]`].filter((text) => text !== null).join(' ');
}

const join = (parts: readonly string[]): string => parts.filter((text) => text !== '').join('  ');

/**
 * Formats an array of a tree. The long name and the units come before the chunks and codecs, because they say what the
 * values mean.
 */
function arrayText(facts: ArrayFacts, context: Context): string {
  const { dim } = context.out.colors;
  const { dtype, chunks, chunkShape, shardShape, codecs } = facts;
  const how = [
    chunks > 1 ? `chunks ${formatShape(chunkShape)}` : '',
    shardShape === null ? '' : `shards ${formatShape(shardShape)}`,
    codecs.join(' → '),
  ].filter((text) => text !== '');
  return join([`${dtype} ${namedShape(facts)}`, meaningText(facts), dim(how.join(', '))]);
}

/** Maximum number of fields of records that are shown in a tree. */
const maxFields = 8;

/** Formats an array of text, sequences or records of a tree; null for other entries. */
function outlineText({ text, sequences, records }: Node, context: Context): string | null {
  const { dim } = context.out.colors;
  const line = (type: string, facts: Outline, rest = '') =>
    join([`${type} ${namedShape({ ...facts, maxShape: [] })}`, meaningText(facts), rest]);
  if (text !== undefined) return line('text', text);
  if (sequences !== undefined) return line(`sequences of ${sequences.dtype}`, sequences);
  if (records === undefined) return null;
  const { fields } = records;
  const types = fields.slice(0, maxFields).map(({ name, dtype }) => `${printable(name)}: ${dtype ?? 'not read'}`);
  const more = fields.length > maxFields ? `, … ${formatCount(fields.length - maxFields)} more` : '';
  return line('records', records, dim(`fields ${types.join(', ')}${more}`));
}

/** Formats the entries of a group as a tree. */
export function treeLines({ children, more }: Listing, context: Context, prefix = ''): string[] {
  const { bold, cyan, dim, red } = context.out.colors;
  const lines = children.flatMap((node, i) => {
    const last = i === children.length - 1 && more === 0;
    const head = `${prefix}${last ? '└─ ' : '├─ '}`;
    const below = `${prefix}${last ? '   ' : '│  '}`;
    const name = `${printable(node.name)}${linkText(node)}`;
    if (node.error !== undefined) return [`${head}${name}  ${red(node.error)}`];
    const outline = outlineText(node, context);
    if (outline !== null) return [`${head}${cyan(name)}  ${outline}`];
    if (node.array !== undefined) {
      const level = node.level === undefined ? '' : `level ${node.level}  `;
      return [`${head}${cyan(name)}  ${level}${arrayText(node.array, context)}`];
    }
    if (node.kind === 'other') return [`${head}${name}${deadNote(node, context)}`];
    const slash = node.link === undefined ? '/' : '';
    return [`${head}${bold(name + slash)}${dim(noteOf(node))}`, ...groupLines(node, context, below)];
  });
  if (more > 0)
    lines.push(`${prefix}└─ ${dim(`… ${formatCount(more)} more: use --all, --filter PATTERN, or PATH#/group`)}`);
  return lines;
}

/** Formats the target of a link: ` → /data/x`, or ` → other.h5#/data/x` for another file. */
function linkText({ link }: Node): string {
  if (link === undefined) return '';
  const { file, path } = link;
  return ` → ${printable(file === null ? path : `${file}#${path}`)}`;
}

/**
 * Formats the reason why the target of a link is not shown: it does not exist, or it is in another file that was not
 * opened. Returns '' for other entries.
 */
function deadNote({ link }: Node, context: Context): string {
  if (link === undefined) return '';
  const { dim, red } = context.out.colors;
  if (link.isDead === true) return `  ${red('dead link')}`;
  return link.file === null ? '' : `  ${dim('in another file, which is not opened')}`;
}

function noteOf({ same, cut }: Node): string {
  if (same !== undefined) return `  same as ${printable(same)}`;
  return cut === true ? '  …' : '';
}

function groupLines({ children = [], more = 0 }: Node, context: Context, prefix: string): string[] {
  return treeLines({ children, more }, context, prefix);
}
