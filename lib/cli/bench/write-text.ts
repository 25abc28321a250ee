/**
 * Formats a benchmark of writes as text for a terminal.
 * @module
 */
import type { WriteBenchReport, WriteCell } from '../../bench/index.js';
import { formatBytes, formatCount } from '../output/numbers.js';
import { printable, table } from '../output/table.js';
import type { Colors } from '../output/terminal.js';
import { roundsText } from './names.js';
import { formatFigure, wrap } from './text.js';
import {
  answerExclusion,
  verdictsAbout,
  writeGroupName,
  writeGroups,
  writeMethodName,
  writeQuestions,
  writeRowName,
} from './write-answers.js';

type Group = ReturnType<typeof writeGroups>[number];

function throughputLines(report: WriteBenchReport, { access, sync }: Group, { bold, dim }: Colors): string[] {
  const { cells, parallelism } = report;
  const own = cells.filter((cell) => cell.access === access && cell.sync === sync);
  const rows = new Map<string, WriteCell[]>();
  for (const cell of own) {
    const name = writeRowName(cell.state, cell.method);
    rows.set(name, [...(rows.get(name) ?? []), cell]);
  }
  const head = [bold(`${writeGroupName(access, sync)}, GB/s`), ...parallelism.map((n) => dim(`×${n}`))];
  const lines = [...rows].map(([name, series]) => [
    `  ${name}`,
    ...parallelism.map((n) => {
      const cell = series.find((one) => one.n === n);
      return cell === undefined ? dim('–') : formatFigure(cell.throughput / 1e9);
    }),
  ]);
  return table([head, ...lines], ['left', ...parallelism.map(() => 'right' as const)]);
}

/** Shows latencies and waits of threads that write one file, at the highest parallelism. */
function latencyLines(report: WriteBenchReport, { access, sync }: Group, { bold, dim }: Colors): string[] {
  const most = Math.max(...report.parallelism);
  const cells = report.cells.filter(
    (cell) => cell.access === access && cell.sync === sync && cell.n === most && cell.method === 'threads',
  );
  if (cells.length === 0) return [];
  const heads = ['p50', 'p95', 'p99', 'max', 'on CPU', 'runnable', 'blocked', 'queue', 'lock', 'storage'];
  const share = (value: number | undefined): string => (value === undefined ? '–' : `${Math.round(100 * value)}%`);
  const rows = cells.map(({ state, method, latency, time, device, waits }) => [
    `  ${writeRowName(state, method)}`,
    ...(['p50', 'p95', 'p99', 'max'] as const).map((key) => formatFigure(latency?.[key])),
    ...(['onCpu', 'runnable', 'blocked'] as const).map((key) => formatFigure(time?.[key])),
    formatFigure(device?.queueDepth),
    share(waits?.shares['file lock']),
    share(waits?.shares.storage),
  ]);
  const head = [bold(`${writeGroupName(access, sync)}, ms per call, ×${most}`), ...heads.map((text) => dim(text))];
  return table([head, ...rows], ['left', ...heads.map(() => 'right' as const)]);
}

/** Formats the report as lines of about `columns` characters. */
export function writeReportLines(report: WriteBenchReport, columns: number, colors: Colors): string[] {
  const { machine, cells, skipped, verdicts } = report;
  const processor = `${machine.cpu}, ${machine.cores} cores${machine.isVirtual ? ' (virtual)' : ''}`;
  const disk = `${machine.fileSystem} on ${machine.device ?? 'no visible device'}`;
  const sizes = `at most ${formatBytes(report.regionBytes)} per run in blocks of ${formatBytes(report.blockBytes)}`;
  const lines = [
    colors.bold(`files written in ${printable(report.path)}: ${sizes}`),
    colors.dim(`${processor}, ${disk}, Linux ${machine.kernel}`),
    '',
  ];
  for (const group of writeGroups(report)) {
    lines.push(...throughputLines(report, group, colors), '', ...latencyLines(report, group, colors), '');
  }
  for (const [question, title] of writeQuestions) {
    const own = verdictsAbout(verdicts, question);
    if (own.length === 0) continue;
    lines.push(colors.bold(title));
    if (question === 'exclusion') {
      for (const sentence of answerExclusion(report)) lines.push(...wrap(sentence, columns, '  '));
    }
    for (const { subject, answer, text } of own) {
      const color = answer === 'undecided' ? colors.yellow : colors.cyan;
      lines.push(`  ${color(`${subject}: ${answer}`)}`, ...wrap(text, columns, '    '));
    }
    lines.push('');
  }
  if (skipped.length > 0) {
    lines.push(colors.bold('not measured'));
    for (const { method, state, access, sync, n, reason } of skipped) {
      const name = `${writeMethodName(method)}, ${state}, ${writeGroupName(access, sync)}${n === null ? '' : ` ×${n}`}`;
      lines.push(...wrap(`${name}: ${printable(reason)}`, columns, '  '));
    }
    lines.push('');
  }
  const runs = `${roundsText(report.rounds)} of at most ${report.cellMs} ms`;
  return [...lines, colors.dim(`${formatCount(cells.length)} cells, ${runs}; all files were removed`)];
}
