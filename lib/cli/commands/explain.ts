/**
 * `posix-par explain PATH SELECTION...`: describes what a read of one or several selections would do, without reading
 * data.
 * @module
 */
import type { Explanation, ManyExplanation } from '../../index.js';
import type { CommandDefinition } from '../command.js';
import { parsePath } from '../context.js';
import {
  externalFilesOption,
  formatOption,
  levelOption,
  numbersOption,
  openingFlags,
  openingOptions,
  openNamedArray,
  repeated,
} from '../open.js';
import { toJson } from '../output/json.js';
import { formatBytes, formatCount, formatShape } from '../output/numbers.js';
import { printable, table } from '../output/table.js';
import { selectionHelp, toPositionalText } from '../read/named-selection.js';

/** Fields of an explanation that explanationRows() formats. It appends other fields under their own names. */
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

/** Converts `bytesToRead` to `bytes to read`. */
const splitWords = (name: string): string => name.replace(/[A-Z]/g, (c) => ` ${c.toLowerCase()}`);

function rest(name: string, value: unknown): string {
  if (typeof value === 'number' && /[bB]ytes/.test(name)) return formatBytes(value);
  return printable(typeof value === 'string' ? value : toJson(value));
}

/** Explanation of one or several selections. */
type AnyExplanation = Explanation | ManyExplanation;

function fillText({ covered, chunks, chunksAbsent }: AnyExplanation): string {
  if (covered) return 'not used: chunks cover all elements';
  if (chunks === chunksAbsent) return 'all elements: no chunk covers them';
  return 'some elements: no chunk covers them';
}

function memoryRow({ memory }: AnyExplanation): [string, string][] {
  if (memory === null) return [];
  const { neededBytes, availableBytes, source } = memory;
  const limit = source === 'system' ? 'on this machine' : `in the cgroup ${printable(source)}`;
  return [['memory', `${formatBytes(neededBytes)} needed, ${formatBytes(availableBytes)} available ${limit}`]];
}

/** Formats the explanation as rows of a name and a text. */
export function explanationRows(e: AnyExplanation): [string, string][] {
  const absent = e.chunksAbsent > 0 ? `, ${formatCount(e.chunksAbsent)} of them absent` : '';
  const codecs = e.codecs.length === 0 ? 'not encoded' : `decoded by ${[...e.codecs].reverse().join(', ')}`;
  return [
    [
      'result',
      `${e.shape === null ? 'boxes of several shapes' : formatShape(e.shape)}, ${formatBytes(e.bytesRequested)}`,
    ],
    ...memoryRow(e),
    ['to read', `${formatBytes(e.bytesToRead)}, ${e.amplification.toFixed(2)} bytes per byte requested`],
    [
      'chunks',
      `${formatCount(e.chunks)} in ${formatCount(e.files)} ${e.files === 1 ? 'file' : 'files'}${absent}, ${codecs}`,
    ],
    ['extents', `${formatCount(e.extents)} contiguous ${e.extents === 1 ? 'run' : 'runs'}`],
    ['system calls', `${formatCount(e.systemCalls)} if made one by one, ${formatCount(e.opens)} of them to open files`],
    ['fill value', fillText(e)],
    ...Object.entries(e).flatMap(([name, value]): [string, string][] =>
      known.includes(name) || value === null || value === undefined ? [] : [[splitWords(name), rest(name, value)]],
    ),
  ];
}

export const explain: CommandDefinition = {
  name: 'explain',
  summary: 'show what a read would cost: files, chunks, bytes and system calls',
  examples: [
    ["explain volume.npy ':, :, 500'", 'explain the read of a plane along the last axis'],
    ["explain a.zarr '0:64, 0:64' '32:96, 0:64'", 'explain one call that reads two boxes'],
    ["explain a.zarr '0:64, 0:64' --json", 'for a program'],
  ],
  flags: openingFlags,
  opensArrays: true,
  define(command, frame) {
    command
      .argument('<path>', 'a file, the directory of a store, or file#/name', parsePath)
      .argument('[selections...]', `${selectionHelp}. Several selections are explained as one call of readMany`)
      .addOption(formatOption())
      .option(...openingOptions.array)
      .addOption(levelOption())
      .addOption(numbersOption())
      .option(...openingOptions.field)
      .option(...openingOptions.option, repeated)
      .addOption(externalFilesOption())
      .option(...openingOptions.root, repeated)
      .action(async (path, given, flags) => {
        const context = frame.context();
        const { out, json } = context;
        await using array = await openNamedArray(context, path, flags);
        const texts = given.map((text) => toPositionalText(text, array.dimensionNames));
        const [selection = ''] = texts;
        const { signal } = context;
        const explanation: AnyExplanation =
          texts.length > 1
            ? await array.explainMany(texts, { signal })
            : await array.explainAsync(selection, { signal });
        const selected = texts.length > 1 ? { selections: texts } : { selection };
        if (json) return out.json({ path: array.path, name: array.name, ...selected, ...explanation });
        const { dim } = out.colors;
        out.lines(table(explanationRows(explanation).map(([name, text]) => [dim(name), text])));
      });
  },
};
