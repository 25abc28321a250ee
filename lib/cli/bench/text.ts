/**
 * Formats a benchmark report as text for a terminal.
 * @module
 */
import type { Access, BenchReport, Cell, Verdict } from '../../bench/index.js';
import { formatBytes, formatCount } from '../output/numbers.js';
import { printable, table } from '../output/table.js';
import type { Colors } from '../output/terminal.js';

/** Wraps `text` into lines of at most `width` characters, each with `indent` in front. */
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

/** Removes a leading "Undecided:", which the line above already says. */
export function withoutAnswer(text: string): string {
  return text.replace(/^Undecided: (.)/, (_all, first: string) => first.toUpperCase());
}

const number = (value: number | null | undefined): string =>
  value === null || value === undefined || !Number.isFinite(value)
    ? '–'
    : String(Number(value.toPrecision(value < 10 ? 2 : 3)));
const percentOf = (part: number | null, whole: number): string =>
  part === null || whole === 0 ? '–' : `${Math.round((100 * part) / whole)}%`;

function throughputLines({ cells, parallelism }: BenchReport, access: Access, { bold, dim }: Colors): string[] {
  const own = cells.filter((cell) => cell.access === access);
  const ways = [...new Set(own.map(({ way }) => way))];
  const rows = ways.map((way) => [
    `  ${way}`,
    ...parallelism.map((n) => {
      const cell = own.find((one) => one.way === way && one.n === n);
      return cell === undefined ? dim('–') : number(cell.throughput / 1e9);
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
    ...(['p50', 'p95', 'p99', 'max'] as const).map((key) => number(latency?.[key])),
    ...(['onCpu', 'runnable', 'blocked'] as const).map((key) => number(time?.[key])),
    switches === null ? '–' : `${number(switches.voluntary)}/${number(switches.involuntary)}`,
    number(device?.queueDepth),
    `${percentOf(residency.before, residency.of)}→${percentOf(residency.after, residency.of)}`,
    percentOf(deviceBytes, bytes),
  ]);
  const head = [bold(`pread, ${access}, ms per call`), ...heads.map((text) => dim(text))];
  return table([head, ...rows], ['left', ...heads.map(() => 'right' as const)]);
}

function verdictLines(verdicts: readonly Verdict[], width: number, { bold, yellow, cyan }: Colors): string[] {
  const lines: string[] = [];
  let question = '';
  for (const verdict of verdicts) {
    if (verdict.question !== question) lines.push('', bold(verdict.question));
    question = verdict.question;
    const paint = verdict.answer === 'undecided' ? yellow : cyan;
    lines.push(`  ${paint(`${verdict.subject}: ${verdict.answer}`)}`);
    lines.push(...wrap(withoutAnswer(verdict.text), width, '    '));
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
  lines.push(...verdictLines(report.verdicts, columns, colors));
  if (skipped.length > 0) {
    lines.push('', colors.bold('not measured'));
    for (const { way, access, n, reason } of skipped) {
      lines.push(...wrap(`${way} ${access}${n === null ? '' : ` ×${n}`}: ${printable(reason)}`, columns, '  '));
    }
  }
  return [
    ...lines,
    '',
    colors.dim(`${formatCount(cells.length)} cells, ${report.rounds} rounds of ${report.cellMs} ms`),
  ];
}
