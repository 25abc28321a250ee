/**
 * Formats arrays, groups and attributes as lines of text.
 * @module
 */
import type { RecordFieldInfo, VirtualSources } from '../../index.js';
import type { Context } from '../context.js';
import type { ArrayFacts } from '../facts.js';
import { toJson } from '../output/json.js';
import { formatBytes, formatCount, formatShape } from '../output/numbers.js';
import { printable, table, truncate } from '../output/table.js';
import { type StorageFacts, storageLine } from '../storage-facts.js';
import type { Listing, Node } from './tree.js';

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

/** Formats the number of elements, and their size if it is known. */
function sizeText({ shape, bytes }: ArrayFacts): string {
  const count = shape.reduce((product, size) => product * size, 1);
  const elements = `${formatCount(count)} element${count === 1 ? '' : 's'}`;
  return bytes === null ? elements : `${elements}, ${formatBytes(bytes)}`;
}

/** Formats the stored type, and the type of the numbers that reads return if it is another. */
function typeText({ elements, storedType, dtype }: ArrayFacts): string {
  return elements === 'numbers' && storedType !== dtype ? `${storedType}, read as ${dtype}` : storedType;
}

/** Texts for the states of the restart points of a compressed stream. */
const restartTexts = {
  none: 'not known yet: the first read decodes the whole stream (`posix-par index` saves them)',
  saved: 'in a saved index',
} as const satisfies Record<NonNullable<ArrayFacts['restartPoints']>, string>;

/** Formats one line per field of records. */
function fieldLines(fields: readonly RecordFieldInfo[], indent: string): string[] {
  return table(
    fields.map(({ name, dtype, storedType, shape, offset, problem }) => {
      const read = dtype === storedType || dtype === 'text' || dtype === 'sequence' ? '' : `, read as ${dtype}`;
      const type = problem === null ? `${storedType}${read}` : `not read: ${problem}`;
      const inner = shape.length === 0 ? '' : `  ${formatShape(shape)}`;
      return [`${indent}${printable(name)}`, `at byte ${offset}`, `${printable(type)}${inner}`];
    }),
  );
}

/** Maximum number of sources of a virtual dataset that are shown. */
const maxSources = 3;

/** Formats the sources of a virtual dataset. */
function sourcesText({ mappings, names }: VirtualSources): string {
  const shown = names.slice(0, maxSources).map(printable);
  const rest = names.length > shown.length || mappings > names.length ? ', …' : '';
  return `${formatCount(mappings)} mapping${mappings === 1 ? '' : 's'}: ${shown.join(', ')}${rest}`;
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
  const { shape, chunkShape, shardShape, chunks, codecs, bytes, fields, restartPoints, virtualSources } = facts;
  const ratio =
    stored === null || stored === 0 || bytes === null
      ? ''
      : `  ${dim(`(${formatBytes(stored)} stored, ${(bytes / stored).toPrecision(3)} : 1)`)}`;
  const rows: [string, string][] = [['shape', `${formatShape(shape)}  ${dim(`(${sizeText(facts)})`)}`]];
  if (facts.dimensionNames !== null || canGrow(facts)) rows.push(['dimensions', namedShape(facts)]);
  rows.push(
    ['dtype', typeText(facts)],
    ['chunks', chunks > 1 ? `${formatShape(chunkShape)}  ${dim(`(${formatCount(chunks)} chunks)`)}` : 'one'],
  );
  if (shardShape !== null) rows.push(['shards', formatShape(shardShape)]);
  rows.push(['codecs', `${codecs.length === 0 ? 'none' : codecs.join(' → ')}${ratio}`]);
  if (restartPoints !== null) rows.push(['restart points', restartTexts[restartPoints]]);
  if (virtualSources !== null) rows.push(['sources', sourcesText(virtualSources)]);
  if (facts.elements === 'numbers') rows.push(['fill', fillText(facts.fillValue)]);
  const level = levelText(facts);
  if (level !== null) rows.push(['level', level]);
  if (facts.domain !== null) rows.push(['domain', facts.domain.map(({ lo, hi }) => `[${lo}, ${hi}]`).join(' × ')]);
  if (storage !== null) rows.push(['storage', printable(storageLine(storage))]);
  const lines = table(rows.map(([key, value]) => [dim(`  ${key}`), value]));
  if (fields !== null) lines.push(dim('  fields'), ...fieldLines(fields, '    '));
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

/** Maximum number of fields of records that are shown in a tree. */
const maxFields = 8;

/** Formats the names and types of fields; '' if there are none. */
function fieldsText(fields: readonly RecordFieldInfo[] | null): string {
  if (fields === null) return '';
  const types = fields.slice(0, maxFields).map(({ name, dtype }) => `${printable(name)}: ${dtype ?? 'not read'}`);
  return `fields ${types.join(', ')}${fields.length > maxFields ? `, … ${formatCount(fields.length - maxFields)} more` : ''}`;
}

/** Returns the short type of an array of a tree, and the rest of its stored type. */
function shortType({ elements, storedType, dtype }: ArrayFacts): readonly [string, string] {
  if (elements === 'records') return ['records', ''];
  if (elements === 'text' && storedType.startsWith('text of ')) {
    return ['text', storedType.endsWith('variable length') ? '' : storedType.slice('text '.length)];
  }
  if (elements !== 'numbers' || dtype === null) return [storedType, ''];
  return [dtype, storedType === dtype ? '' : `stored as ${storedType}`];
}

/**
 * Formats an array of a tree. The long name and the units come before the chunks and codecs, because they say what the
 * values mean.
 */
function arrayText(facts: ArrayFacts, context: Context): string {
  const { dim } = context.out.colors;
  const { chunks, chunkShape, shardShape, codecs, fields, restartPoints } = facts;
  const [type, stored] = shortType(facts);
  const how = [
    stored,
    fieldsText(fields),
    chunks > 1 ? `chunks ${formatShape(chunkShape)}` : '',
    shardShape === null ? '' : `shards ${formatShape(shardShape)}`,
    codecs.join(' → '),
    facts.virtualSources === null ? '' : `virtual, ${sourcesText(facts.virtualSources)}`,
    restartPoints === 'none' ? 'restart points not known yet' : '',
    restartPoints === 'saved' ? 'restart points in a saved index' : '',
  ].filter((text) => text !== '');
  return join([`${type} ${namedShape(facts)}`, meaningText(facts), how.length === 0 ? '' : dim(how.join(', '))]);
}

/** Formats the class of a MATLAB value; '' for other entries. */
function classText({ type }: Node, context: Context): string {
  return type === undefined ? '' : context.out.colors.dim(`class ${printable(type)}`);
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
    if (node.array !== undefined) {
      const level = node.level === undefined ? '' : `level ${node.level}`;
      const text = [cyan(name), level, arrayText(node.array, context), classText(node, context)];
      return [`${head}${join(text)}`];
    }
    if (node.kind === 'other') return [`${head}${name}${deadNote(node, context)}`];
    const slash = node.link === undefined ? '/' : '';
    const title = join([bold(name + slash), classText(node, context)]);
    return [`${head}${title}${dim(noteOf(node))}`, ...groupLines(node, context, below)];
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
