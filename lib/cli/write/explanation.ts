/**
 * Formats the explanation of a write for `posix-par write --dry-run`.
 * @module
 */
import type { WriteExplanation } from '../../index.js';
import { formatBytes, formatCount, formatShape } from '../output/numbers.js';
import { printable } from '../output/table.js';

const counted = (count: number, one: string, many: string): string =>
  `${formatCount(count)} ${count === 1 ? one : many}`;

function memoryRow({ memory }: WriteExplanation): [string, string][] {
  if (memory === null) return [];
  const { neededBytes, availableBytes, source } = memory;
  const limit = source === 'system' ? 'on this machine' : `in the cgroup ${printable(source)}`;
  return [['memory', `${formatBytes(neededBytes)} needed, ${formatBytes(availableBytes)} available ${limit}`]];
}

/** Formats the explanation as rows of a name and a text. */
export function explanationRows(e: WriteExplanation): [string, string][] {
  const codecs = e.codecs.length === 0 ? 'not encoded' : `encoded by ${e.codecs.map(printable).join(', ')}`;
  const merged = e.chunksMerged === 0 ? '' : `, ${formatCount(e.chunksMerged)} of them read and merged`;
  const shards = e.shards === 0 ? '' : ` in ${counted(e.shards, 'shard', 'shards')}`;
  const inPlace = e.runs === 0 ? [] : [['runs', `${counted(e.runs, 'contiguous run', 'contiguous runs')}, in place`]];
  const names = e.temporaryNames.map((name) => ['temporary name', printable(name)]);
  return [
    ['selection', `${formatShape(e.shape)}, ${formatBytes(e.bytesRequested)}`],
    ...memoryRow(e),
    ['to write', `${formatBytes(e.bytesToWrite)} into ${counted(e.files, 'file', 'files')}`],
    ['chunks', `${formatCount(e.chunks)}${shards}${merged}, ${codecs}`],
    ...(inPlace as [string, string][]),
    ['engine', `${e.engine}: ${e.engineReason}`],
    ...(names as [string, string][]),
    ['durability', e.durabilitySteps.length === 0 ? 'none' : e.durabilitySteps.map(printable).join('; ')],
  ];
}
