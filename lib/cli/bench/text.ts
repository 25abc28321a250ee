/**
 * Formats a benchmark report as text for a terminal.
 * @module
 */
import type { Access, BenchReport, Cell } from '../../bench/index.js';
import { formatBytes, formatCount } from '../output/numbers.js';
import { printable, table } from '../output/table.js';
import type { Colors } from '../output/terminal.js';
import { answerQuestions, groupUndecided } from './answers.js';
import { mergeSkipped, methodName, roundsText, subjectName } from './names.js';

/**
 * Wraps `text` at spaces into lines of at most `width` characters, each of which starts with `indent`. A longer word is
 * not split.
 */
export function wrap(text: string, width: number, indent: string): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && indent.length + line.length + 1 + word.length > width) {
      lines.push(indent + line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, indent + line];
}

/** Rounds a number to two significant digits below 10, otherwise to three; a dash if it is unknown. */
export const formatFigure = (value: number | null | undefined): string =>
  value === null || value === undefined || !Number.isFinite(value)
    ? '–'
    : String(Number(value.toPrecision(value < 10 ? 2 : 3)));
const percentOf = (part: number | null, whole: number): string =>
  part === null || whole === 0 ? '–' : `${Math.round((100 * part) / whole)}%`;

function throughputLines({ cells, parallelism }: BenchReport, access: Access, { bold, dim }: Colors): string[] {
  const own = cells.filter((cell) => cell.access === access);
  const ways = [...new Set(own.map(({ way }) => way))];
  const rows = ways.map((way) => [
    `  ${methodName(way)}`,
    ...parallelism.map((n) => {
      const cell = own.find((one) => one.way === way && one.n === n);
      return cell === undefined ? dim('–') : formatFigure(cell.throughput / 1e9);
    }),
  ]);
  const head = [`${bold(`${access}, GB/s`)}`, ...parallelism.map((n) => dim(`×${n}`))];
  return table([head, ...rows], ['left', ...parallelism.map(() => 'right' as const)]);
}

function timeLines(series: readonly Cell[], access: Access, { bold, dim }: Colors): string[] {
  if (series.length === 0) return [];
  const heads = [
    'p50',
    'p95',
    'p99',
    'max',
    'on CPU',
    'runnable',
    'blocked',
    'switches',
    'queue',
    'in cache',
    'storage',
  ];
  const rows = series.map(({ n, latency, time, switches, device, residency, deviceBytes, bytes }) => [
    `  ×${n}`,
    ...(['p50', 'p95', 'p99', 'max'] as const).map((key) => formatFigure(latency?.[key])),
    ...(['onCpu', 'runnable', 'blocked'] as const).map((key) => formatFigure(time?.[key])),
    switches === null ? '–' : `${formatFigure(switches.voluntary)}/${formatFigure(switches.involuntary)}`,
    formatFigure(device?.queueDepth),
    `${percentOf(residency.before, residency.of)}→${percentOf(residency.after, residency.of)}`,
    percentOf(deviceBytes, bytes),
  ]);
  const head = [bold(`${methodName('pread')}, ${access}, ms per call`), ...heads.map((text) => dim(text))];
  return table([head, ...rows], ['left', ...heads.map(() => 'right' as const)]);
}

/** Lists the decided verdicts below the answer of their question, and then the undecided ones by their reason. */
function verdictLines(report: BenchReport, width: number, { bold, yellow, cyan }: Colors): string[] {
  const lines: string[] = [];
  for (const { question, title, number: value, text } of answerQuestions(report)) {
    lines.push('', bold(title), ...wrap(`${value} ${text}`.trim(), width, '  '));
    for (const verdict of report.verdicts) {
      if (verdict.question !== question || verdict.answer === 'undecided') continue;
      lines.push(`  ${cyan(`${subjectName(verdict.subject)}: ${verdict.answer}`)}`);
      lines.push(...wrap(verdict.text, width, '    '));
    }
  }
  const undecided = groupUndecided(report.verdicts);
  if (undecided.length > 0) lines.push('', bold('undecided'));
  for (const { reason, verdicts } of undecided) {
    lines.push(...wrap(yellow(reason), width, '  '));
    lines.push(...wrap(verdicts.map(({ subject }) => subjectName(subject)).join('; '), width, '    '));
  }
  return lines;
}

/** Formats the report as lines of about `columns` characters. */
export function reportLines(report: BenchReport, columns: number, colors: Colors): string[] {
  const { machine, cells, skipped } = report;
  const accesses = (['cached', 'direct', 'cold'] as const).filter((access) =>
    cells.some((cell) => cell.access === access),
  );
  const file = report.fileIs === 'given' ? report.path : `temporary file at ${report.path}`;
  const blocks = `${formatBytes(report.regionBytes)} in blocks of ${formatBytes(report.blockBytes)}`;
  const what = `${printable(file)}: ${blocks}, ${report.order}`;
  const processor = `${machine.cpu}, ${machine.cores} cores${machine.isVirtual ? ' (virtual)' : ''}`;
  const disk = `${machine.fileSystem} on ${machine.device ?? 'no visible device'}`;
  const where = `${processor}, ${disk}, Linux ${machine.kernel}`;
  const lines = [colors.bold(what), colors.dim(where), ''];
  for (const access of accesses) {
    const series = cells.filter((cell) => cell.way === 'pread' && cell.access === access);
    lines.push(...throughputLines(report, access, colors), '', ...timeLines(series, access, colors), '');
  }
  lines.push(...verdictLines(report, columns, colors));
  if (skipped.length > 0) {
    lines.push('', colors.bold('not measured'));
    for (const { name, reason } of mergeSkipped(skipped)) {
      lines.push(...wrap(`${name}: ${printable(reason)}`, columns, '  '));
    }
  }
  return [
    ...lines,
    '',
    colors.dim(`${formatCount(cells.length)} cells, ${roundsText(report.rounds)} of ${report.cellMs} ms`),
  ];
}
