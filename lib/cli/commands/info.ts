/**
 * `posix-par info PATH`: describes the arrays and groups at a path.
 * @module
 */
import { ArrayHandle, type GroupEntry, type GroupHandle, isPosixParError } from '../../index.js';
import type { CommandDefinition } from '../command.js';
import { type Context, parseInteger, parsePath } from '../context.js';
import { type ArrayFacts, arrayFacts } from '../facts.js';
import { externalFilesOption, openEither, openingFlags, openingOptions, repeated } from '../open.js';
import { describeError, errorLine } from '../output/errors.js';
import { toJson } from '../output/json.js';
import { formatBytes, formatCount, formatShape } from '../output/numbers.js';
import { printable, table, truncate } from '../output/table.js';
import { type StorageFacts, storageFacts, storageLine } from '../storage-facts.js';

/** Maximum number of entries to show. Links can make an HDF5 group appear in many others. */
const maxEntries = 10_000;

/** One entry of a group and its children. */
interface Node {
  readonly name: string;
  readonly kind: GroupEntry['kind'];
  readonly array?: ArrayFacts;
  readonly attributes?: Readonly<Record<string, unknown>>;
  readonly children?: readonly Node[];
  /** Error that prevented inspecting the entry. */
  readonly error?: string;
  /** True if the entry has children that are not shown. */
  readonly cut?: true;
  /** Path of the enclosing group that this entry links back to. */
  readonly same?: string;
}

interface Walk {
  readonly context: Context;
  readonly depth: number;
  readonly count: (entries: number) => void;
  seen: number;
}

async function listChildren(group: GroupHandle, walk: Walk, above: readonly GroupHandle[]): Promise<Node[]> {
  const nodes: Node[] = [];
  for (const { name, kind } of await group.children()) {
    walk.context.signal.throwIfAborted();
    if (walk.seen >= maxEntries) {
      nodes.push({ name: '…', kind: 'other', cut: true });
      break;
    }
    walk.seen += 1;
    walk.count(walk.seen);
    try {
      nodes.push(await createNode(group, name, kind, walk, above));
    } catch (error) {
      if (!isPosixParError(error)) throw error;
      nodes.push({ name, kind, error: errorLine(describeError(error)) });
    }
  }
  return nodes;
}

async function createNode(
  group: GroupHandle,
  name: string,
  kind: Node['kind'],
  walk: Walk,
  above: readonly GroupHandle[],
): Promise<Node> {
  if (kind === 'array') {
    await using array = await group.openArray(name);
    return { name, kind, array: arrayFacts(array) };
  }
  if (kind !== 'group') return { name, kind };
  const within = [...above, group];
  if (within.length >= walk.depth) return { name, kind, cut: true };
  const below = await group.openGroup(name);
  const same = within.find(({ identity }) => identity !== null && identity === below.identity);
  if (same !== undefined) return { name, kind, same: `/${same.name}` };
  return { name, kind, attributes: below.attributes, children: await listChildren(below, walk, within) };
}

function attributeLines(attributes: Readonly<Record<string, unknown>>, width: number, indent: string): string[] {
  const rows = Object.entries(attributes).map(([key, value]) => [
    `${indent}${printable(key)}`,
    printable(toJson(value)),
  ]);
  const widest = Math.max(0, ...rows.map(([key]) => key?.length ?? 0));
  return table(rows.map(([key, value]) => [key ?? '', truncate(value ?? '', Math.max(20, width - widest - 2))]));
}

function arrayLines(facts: ArrayFacts, storage: StorageFacts | null, context: Context): string[] {
  const { out } = context;
  const { dim } = out.colors;
  const elements = facts.shape.reduce((product, extent) => product * extent, 1);
  const chunked = facts.chunks > 1;
  const rows: [string, string][] = [
    [
      'shape',
      `${formatShape(facts.shape)}  ${dim(`(${formatCount(elements)} elements, ${formatBytes(facts.bytes)})`)}`,
    ],
    ['dtype', facts.dtype],
    ['chunks', chunked ? `${formatShape(facts.chunkShape)}  ${dim(`(${formatCount(facts.chunks)} chunks)`)}` : 'one'],
    ['codecs', facts.codecs.length === 0 ? 'none' : facts.codecs.join(' → ')],
    ['fill', facts.fillValue === null ? 'none (0)' : toJson(facts.fillValue)],
  ];
  if (facts.dimensionNames !== null)
    rows.push(['dimensions', facts.dimensionNames.map((name) => (name === null ? '–' : printable(name))).join(', ')]);
  if (facts.domain !== null) rows.push(['domain', facts.domain.map(({ lo, hi }) => `[${lo}, ${hi}]`).join(' × ')]);
  if (storage !== null) rows.push(['storage', printable(storageLine(storage))]);
  const lines = table(rows.map(([key, value]) => [dim(`  ${key}`), value]));
  if (Object.keys(facts.attributes).length > 0)
    lines.push(dim('  attributes'), ...attributeLines(facts.attributes, out.columns, '    '));
  return lines;
}

function treeLines(nodes: readonly Node[], context: Context, prefix: string): string[] {
  const { bold, cyan, dim, red } = context.out.colors;
  return nodes.flatMap((node, i) => {
    const last = i === nodes.length - 1;
    const head = `${prefix}${last ? '└─ ' : '├─ '}`;
    const below = `${prefix}${last ? '   ' : '│  '}`;
    const name = printable(node.name);
    if (node.error !== undefined) return [`${head}${name}  ${red(node.error)}`];
    if (node.array !== undefined) {
      const { shape, dtype, chunks, chunkShape, codecs } = node.array;
      const how = [chunks > 1 ? `chunks ${formatShape(chunkShape)}` : '', codecs.join(' → ')].filter((s) => s !== '');
      return [
        `${head}${cyan(name)}  ${dtype} ${formatShape(shape)}${how.length > 0 ? `  ${dim(how.join(', '))}` : ''}`,
      ];
    }
    if (node.kind === 'other')
      return [`${head}${node.cut === true ? dim('… more; to see them, select a group: PATH#/group') : name}`];
    const note = node.same === undefined ? (node.cut === true ? '  …' : '') : `  same as ${printable(node.same)}`;
    return [`${head}${bold(`${name}/`)}${dim(note)}`, ...treeLines(node.children ?? [], context, below)];
  });
}

async function showGroup(group: GroupHandle, context: Context, depth: number): Promise<void> {
  const progress = context.progress('inspecting', 'items');
  const walk: Walk = { context, depth, seen: 0, count: (entries) => progress.update(entries, entries) };
  let children: Node[];
  try {
    children = await listChildren(group, walk, []);
  } finally {
    progress.stop();
  }
  const { format, path, name, attributes } = group;
  const { out } = context;
  const storage = await storageFacts(path);
  if (context.json) return out.json({ kind: 'group', format, path, name, attributes, storage, children });
  const { bold, dim } = out.colors;
  out.line(`${bold(printable(name === '' ? path : `${path}#/${name}`))}  ${dim(format)}`);
  if (storage !== null) out.line(dim(`  ${printable(storageLine(storage))}`));
  if (Object.keys(attributes).length > 0) out.lines(attributeLines(attributes, out.columns, '  '));
  out.lines(treeLines(children, context, ''));
}

async function showArray(array: ArrayHandle, context: Context): Promise<void> {
  const facts = arrayFacts(array);
  const storage = await storageFacts(array.path);
  const { out } = context;
  if (context.json) {
    out.json({ kind: 'array', ...facts, storage });
    return;
  }
  const { bold, dim } = out.colors;
  const title = array.name === '' ? array.path : `${array.path}#/${array.name.replace(/^\//, '')}`;
  out.line(`${bold(printable(title))}  ${dim(array.format)}`);
  out.lines(arrayLines(facts, storage, context));
}

export const info: CommandDefinition = {
  name: 'info',
  summary: 'describe a file or store: shape, type, chunks, codecs, attributes, groups, storage',
  examples: [
    ['info volume.npy', 'describe an array'],
    ['info run.h5', 'show the tree of a file'],
    ['info run.h5#/ocean/temperature', 'describe one array of the file'],
    ['info dump.bin --format raw --option dtype=float32 --option shape=[9,8]', 'describe raw bytes without metadata'],
  ],
  flags: openingFlags,
  define(command, frame) {
    command
      .argument('<path>', 'a file, the directory of a store, or file#/name', parsePath)
      .option(...openingOptions.format)
      .option(...openingOptions.array)
      .option(...openingOptions.option, repeated)
      .addOption(externalFilesOption())
      .option(...openingOptions.root, repeated)
      .option('--depth <n>', 'maximum depth of groups to show', parseInteger('--depth'), 32)
      .action(async (path, options) => {
        const context = frame.context();
        const opened = await openEither(context, path, options);
        if (!(opened instanceof ArrayHandle)) return await showGroup(opened, context, options.depth);
        await using array = opened;
        await showArray(array, context);
      });
  },
};
