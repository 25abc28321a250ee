/**
 * `posix-par info PATH`: describes the arrays and groups at a path.
 * @module
 */
import { type ArrayDescription, GroupHandle } from '../../index.js';
import type { CommandDefinition } from '../command.js';
import { type Context, parseInteger, parsePath } from '../context.js';
import { arrayFacts, storedBytes, visibleAttributes } from '../facts.js';
import { createFilter } from '../info/filter.js';
import { arrayLines, attributeLines, treeLines } from '../info/lines.js';
import { type Limits, type Listing, TreeWalk } from '../info/tree.js';
import {
  buildOptions,
  describeEither,
  externalFilesOption,
  formatOption,
  levelOption,
  numbersOption,
  openingFlags,
  openingOptions,
  repeated,
} from '../open.js';
import { printable } from '../output/table.js';
import { storageFacts, storageLine } from '../storage-facts.js';
import { titleOf } from '../text.js';

/** Limits of a tree that is shown as text. */
const shortTree = { perGroup: 40, total: 200 } as const;
/** Limits with `--all`, `--filter` and `--json`. */
const wholeTree = { perGroup: 100_000, total: 100_000 } as const;

interface GroupFlags {
  readonly depth: number;
  readonly all?: true | undefined;
  readonly filter?: string | undefined;
}

async function listTree(group: GroupHandle, context: Context, { depth, all, filter }: GroupFlags): Promise<Listing> {
  const progress = context.progress('inspecting', 'items');
  const isWhole = context.json || all === true || filter !== undefined;
  const limits: Limits = { depth, ...(isWhole ? wholeTree : shortTree) };
  const selected = filter === undefined ? null : createFilter(filter);
  const walk = new TreeWalk(context, limits, selected, (entries) => progress.update(entries, entries));
  try {
    return await walk.list(group);
  } finally {
    progress.stop();
  }
}

async function showGroup(group: GroupHandle, context: Context, flags: GroupFlags): Promise<void> {
  const listing = await listTree(group, context, flags);
  const { format, path, name } = group;
  const attributes = visibleAttributes(format, group.attributes);
  const { out } = context;
  const storage = await storageFacts(path);
  const { children, more } = listing;
  const rest = more === 0 ? {} : { more };
  if (context.json) return out.json({ kind: 'group', format, path, name, attributes, storage, children, ...rest });
  const { bold, dim } = out.colors;
  const lines = [`${bold(printable(name === '' ? path : `${path}#/${name}`))}  ${dim(format)}`];
  if (storage !== null) lines.push(dim(`  ${printable(storageLine(storage))}`));
  if (Object.keys(attributes).length > 0) lines.push(...attributeLines(attributes, out.columns, '  '));
  for (const line of treeLines(listing, context)) lines.push(line);
  if (flags.filter !== undefined && children.length === 0)
    lines.push(dim(`  no array here matches '${printable(flags.filter)}'`));
  await context.page(lines);
}

/** @param path path that the caller gave. @param options options for opening the array. */
async function showArray(
  array: ArrayDescription,
  context: Context,
  path: string,
  options: Readonly<Record<string, unknown>>,
): Promise<void> {
  const facts = arrayFacts(array);
  const stored = await storedBytes(path, options, facts, context.signal);
  const storage = await storageFacts(array.path);
  const { out } = context;
  if (context.json) {
    out.json({ kind: 'array', ...facts, storedBytes: stored, storage });
    return;
  }
  const { bold, dim } = out.colors;
  out.line(`${bold(titleOf(array))}  ${dim(array.format)}`);
  out.lines(arrayLines(facts, stored, storage, context));
}

export const info: CommandDefinition = {
  name: 'info',
  summary: 'describe a file or store: shape, type, chunks, codecs, attributes, groups, storage',
  examples: [
    ['info volume.npy', 'describe an array'],
    ['info run.h5', 'show the tree of a file'],
    ["info run.h5 --filter 'temp*'", 'show some arrays of a large file'],
    ['info run.h5#/ocean/temperature', 'describe one array of the file'],
    ['info dump.bin --format raw --option dtype=float32 --option shape=[9,8]', 'describe raw bytes without metadata'],
  ],
  flags: openingFlags,
  opensArrays: true,
  define(command, frame) {
    command
      .argument('<path>', 'a file, the directory of a store, or file#/name', parsePath)
      .addOption(formatOption())
      .option(...openingOptions.array)
      .addOption(levelOption())
      .addOption(numbersOption())
      .option(...openingOptions.field)
      .option(...openingOptions.option, repeated)
      .addOption(externalFilesOption())
      .option(...openingOptions.root, repeated)
      .option('--depth <n>', 'maximum depth of groups to show', parseInteger('--depth'), 32)
      .option('--all', 'show all entries of large groups')
      .option('--filter <pattern>', "only show arrays with such a name, e.g. 'temp*' or 'ocean/**'")
      .action(async (path, options) => {
        const context = frame.context();
        const found = await describeEither(context, path, options);
        if (found instanceof GroupHandle) await showGroup(found, context, options);
        else await showArray(found, context, path, buildOptions(context, options));
      });
  },
};
