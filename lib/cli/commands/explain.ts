/**
 * `posix-par explain PATH SELECTION`: what a read would do, without doing it.
 * @module
 */
import type { Explanation } from '../../index.js';
import type { CommandDefinition } from '../command.js';
import { givenPath } from '../context.js';
import { externalFilesOption, openingFlags, openingOptions, openNamedArray, repeated } from '../open.js';
import { toJson } from '../output/json.js';
import { formatBytes, formatCount, formatShape } from '../output/numbers.js';
import { printable, table } from '../output/table.js';

/** Fields that have a line of their own. What else an explanation has is printed under its own name. */
const known: readonly string[] = [
  'format',
  'shape',
  'bytesRequested',
  'bytesToRead',
  'amplification',
  'files',
  'chunks',
  'chunksAbsent',
  'extents',
  'systemCalls',
  'opens',
  'covered',
  'codecs',
  'memory',
];

/** `bytesToRead` as `bytes to read`. */
const words = (name: string): string => name.replace(/[A-Z]/g, (c) => ` ${c.toLowerCase()}`);

function rest(name: string, value: unknown): string {
  if (typeof value === 'number' && /[bB]ytes/.test(name)) return formatBytes(value);
  return printable(typeof value === 'string' ? value : toJson(value));
}

function filledText({ covered, chunks, chunksAbsent }: Explanation): string {
  if (covered) return 'nothing: every element is in a chunk';
  if (chunks === chunksAbsent) return 'everything: no element is in a chunk, and all are the fill value';
  return 'some elements are in no chunk, and are the fill value';
}

function memoryRow({ memory }: Explanation): [string, string][] {
  if (memory === null) return [];
  const { neededBytes, availableBytes, source } = memory;
  const limit = source === 'system' ? 'on this machine' : `in the cgroup ${printable(source)}`;
  return [['memory', `${formatBytes(neededBytes)} needed, ${formatBytes(availableBytes)} available ${limit}`]];
}

/** The explanation as rows of a name and a text. */
export function explanationRows(e: Explanation): [string, string][] {
  const absent = e.chunksAbsent > 0 ? `, ${formatCount(e.chunksAbsent)} of them absent` : '';
  const codecs = e.codecs.length === 0 ? 'stored plain' : `decoded by ${[...e.codecs].reverse().join(', ')}`;
  return [
    ['result', `${formatShape(e.shape)}, ${formatBytes(e.bytesRequested)}`],
    ...memoryRow(e),
    ['to read', `${formatBytes(e.bytesToRead)}, ${e.amplification.toFixed(2)} bytes for each byte wanted`],
    [
      'chunks',
      `${formatCount(e.chunks)} in ${formatCount(e.files)} ${e.files === 1 ? 'file' : 'files'}${absent}, ${codecs}`,
    ],
    ['extents', `${formatCount(e.extents)} contiguous runs`],
    ['system calls', `${formatCount(e.systemCalls)} one by one, ${formatCount(e.opens)} of them to open files`],
    ['filled', filledText(e)],
    ...Object.entries(e).flatMap(([name, value]): [string, string][] =>
      known.includes(name) || value === null || value === undefined ? [] : [[words(name), rest(name, value)]],
    ),
  ];
}

export const explain: CommandDefinition = {
  name: 'explain',
  summary: 'what a read would cost: files, chunks, bytes and system calls, without reading data',
  examples: [
    ["explain volume.npy ':, :, 500'", 'a plane across the grain'],
    ["explain a.zarr '0:64, 0:64' --json", 'for a program'],
  ],
  flags: openingFlags,
  define(command, frame) {
    command
      .argument('<path>', 'a file, the directory of a store, or file#/name', givenPath)
      .argument('[selection]', "per dimension an index, start:stop:step, a list or ':'; the rest is whole", '')
      .option(...openingOptions.format)
      .option(...openingOptions.array)
      .option(...openingOptions.option, repeated)
      .addOption(externalFilesOption())
      .option(...openingOptions.root, repeated)
      .action(async (path, selection, flags) => {
        const context = frame.context();
        const { out, json } = context;
        await using array = await openNamedArray(context, path, flags);
        const explanation = await array.explainAsync(selection.trim(), { signal: context.signal });
        if (json) return out.json({ path: array.path, name: array.name, selection: selection.trim(), ...explanation });
        const { dim } = out.colors;
        out.lines(table(explanationRows(explanation).map(([name, text]) => [dim(name), text])));
      });
  },
};
