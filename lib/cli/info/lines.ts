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

/**
 * Formats the shape with the names of dimensions, such as `(time: 2 of unlimited, lat: 90)`; without names as `2 × 90`.
 */
function namedShape({ shape, dimensionNames, maxShape }: ArrayFacts): string {
  const grows = shape.map((_, d) => maxShape[d] === null);
  if (shape.length === 0 || (dimensionNames === null && !grows.includes(true))) return formatShape(shape);
  const sizes = shape.map((size, d) => `${size}${grows[d] === true ? ' of unlimited' : ''}`);
  if (dimensionNames === null) return sizes.join(' × ');
  return `(${sizes.map((size, d) => `${printable(dimensionNames[d] ?? '–')}: ${size}`).join(', ')})`;
}

/** Returns the text of an attribute; null if it is not a text, or is blank. */
function textAttribute({ attributes }: ArrayFacts, name: string): string | null {
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
  if (facts.dimensionNames !== null || facts.maxShape.includes(null))
    rows.splice(1, 0, ['dimensions', namedShape(facts)]);
  const level = levelText(facts);
  if (level !== null) rows.push(['level', level]);
  if (facts.domain !== null) rows.push(['domain', facts.domain.map(({ lo, hi }) => `[${lo}, ${hi}]`).join(' × ')]);
  if (storage !== null) rows.push(['storage', printable(storageLine(storage))]);
  const lines = table(rows.map(([key, value]) => [dim(`  ${key}`), value]));
  if (Object.keys(facts.attributes).length > 0)
    lines.push(dim('  attributes'), ...attributeLines(facts.attributes, out.columns, '    '));
  return lines;
}

/**
 * Formats an array of a tree. The long name and the units come before the chunks and codecs, because they say what the
 * values mean.
 */
function arrayText(facts: ArrayFacts, context: Context): string {
  const { dim } = context.out.colors;
  const { dtype, chunks, chunkShape, shardShape, codecs } = facts;
  const units = textAttribute(facts, 'units');
  const longName = textAttribute(facts, 'long_name') ?? textAttribute(facts, 'standard_name');
  const meaning = [longName, units === null ? null : `[${units}]`].filter((text) => text !== null).join(' ');
  const how = [
    chunks > 1 ? `chunks ${formatShape(chunkShape)}` : '',
    shardShape === null ? '' : `shards ${formatShape(shardShape)}`,
    codecs.join(' → '),
  ].filter((text) => text !== '');
  return [`${dtype} ${namedShape(facts)}`, meaning, dim(how.join(', '))].filter((text) => text !== '').join('  ');
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
    if (node.text !== undefined) return [`${head}${cyan(name)}  text ${formatShape(node.text.shape)}`];
    if (node.sequences !== undefined) {
      const { shape, dtype } = node.sequences;
      return [`${head}${cyan(name)}  sequences of ${dtype} ${formatShape(shape)}`];
    }
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
 * opened. Returns '' if the entry is not a link.
 */
function deadNote({ link }: Node, context: Context): string {
  if (link === undefined) return '';
  const { dim, red } = context.out.colors;
  return link.file === null ? `  ${red('dead link')}` : `  ${dim('in another file, which is not opened')}`;
}

function noteOf({ same, cut }: Node): string {
  if (same !== undefined) return `  same as ${printable(same)}`;
  return cut === true ? '  …' : '';
}

function groupLines({ children = [], more = 0 }: Node, context: Context, prefix: string): string[] {
  return treeLines({ children, more }, context, prefix);
}
