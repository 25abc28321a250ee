/**
 * Formats a benchmark report as one self-contained page: text and tables as HTML, numbers as JSON, and the script that
 * draws the charts (web/bench-report).
 * @module
 */
import { readFileSync } from 'node:fs';
import type { Access, BenchReport, Cell, Question, Verdict } from '../../bench/index.js';
import { formatBytes, formatCount, formatDuration } from '../output/numbers.js';
import { type Answer, answerQuestions, groupUndecided, withoutAnswer } from './answers.js';
import { mergeSkipped, methodName, roundsText, subjectName } from './names.js';
import { pageStyle } from './style.js';

const escaped = (text: string): string => text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);

/** Reads the script of the page, and escapes script end tags in it, so that it can be part of an HTML page. */
function pageScript(): string {
  return readFileSync(new URL('./bench-page.js', import.meta.url), 'utf8').replaceAll('</script', '<\\/script');
}

function verdictList(verdicts: readonly Verdict[]): string {
  const items = verdicts.map(({ subject, answer, text, evidence }) => {
    const numbers = Object.entries(evidence)
      .map(([name, value]) => `${escaped(name)} ${Number(value.toPrecision(4))}`)
      .join(' · ');
    const grounds = numbers === '' ? '' : `<details><summary>numbers used</summary>${numbers}</details>`;
    const mark = answer === 'undecided' ? ' class="undecided"' : '';
    const head = `${escaped(subjectName(subject))}: ${escaped(answer)}.`;
    return `<li${mark}><b>${head}</b> ${escaped(withoutAnswer(text))}${grounds}</li>`;
  });
  return `<ul class="verdicts">${items.join('\n')}</ul>`;
}

/** Lists undecided verdicts below their common reasons. Returns '' if all verdicts are decided. */
function undecidedList(verdicts: readonly Verdict[]): string {
  const groups = groupUndecided(verdicts).map(({ reason, verdicts: same }) => {
    const subjects = same.map(({ subject }) => escaped(subjectName(subject))).join('; ');
    const details = `<details><summary>the numbers</summary>${verdictList(same)}</details>`;
    const start = reason.charAt(0).toUpperCase() + reason.slice(1);
    return `<li class="undecided"><b>${escaped(start)}.</b> Not decided: ${subjects}.${details}</li>`;
  });
  return groups.length === 0 ? '' : `<h2>Undecided</h2><ul class="verdicts">${groups.join('\n')}</ul>`;
}

function machineList(report: BenchReport): string {
  const { machine, fileIs, path } = report;
  const disk =
    machine.rotational === null
      ? ''
      : machine.rotational
        ? ', rotational (according to the kernel)'
        : ', not rotational';
  const file = fileIs === 'given' ? path : `temporary file at ${path}`;
  const blocks = `${formatBytes(report.regionBytes)} in blocks of ${formatBytes(report.blockBytes)}`;
  const rounds = `${roundsText(report.rounds)} of ${report.cellMs} ms for each of ${report.cells.length} measurements`;
  const rows: [string, string][] = [
    ['date', `${report.date.slice(0, 16).replace('T', ' ')} UTC`],
    ['processor', `${machine.cpu}, ${machine.cores} cores${machine.isVirtual ? ', virtual machine' : ''}`],
    ['memory', `${formatBytes(machine.memoryBytes)}, ${formatBytes(machine.memoryAvailableBytes)} available`],
    ['system', `Linux ${machine.kernel}, Node ${machine.node}, posix-par ${report.version}`],
    ['file system', `${machine.fileSystem} (${machine.mountOptions})`],
    [
      'device',
      machine.device === null ? 'none visible' : `${machine.device}${disk}, scheduler ${machine.scheduler ?? 'none'}`,
    ],
    ['file', `${file}, ${blocks}, ${report.order}`],
    ['runs', `${rounds}, ${formatDuration(report.elapsedMs)} in total`],
  ];
  return `<dl>${rows.map(([key, value]) => `<dt>${key}</dt><dd>${escaped(value)}</dd>`).join('')}</dl>`;
}

const number = (value: number | null | undefined): string =>
  value === null || value === undefined || !Number.isFinite(value) ? '–' : String(Number(value.toPrecision(3)));
const share = (part: number | null | undefined, whole: number): string =>
  part === null || part === undefined || whole === 0 ? '–' : `${Number(((100 * part) / whole).toPrecision(3))} %`;

function cellTable(cells: readonly Cell[]): string {
  const heads = [
    'method',
    'n',
    'GB/s',
    'range',
    'p50 ms',
    'p95',
    'p99',
    'max',
    'calls',
    'on CPU ms',
    'runnable',
    'blocked',
  ];
  heads.push('switches', 'queue', 'cached before', 'after', 'from storage', 'others');
  const rows = cells.map((cell) => {
    const { latency, time, switches, residency } = cell;
    const words = [methodName(cell.way), String(cell.n), number(cell.throughput / 1e9)];
    words.push(cell.throughputRange.map((value) => number(value / 1e9)).join(' – '));
    words.push(
      ...(['p50', 'p95', 'p99', 'max'] as const).map((key) => number(latency?.[key])),
      formatCount(cell.operations),
    );
    words.push(...(['onCpu', 'runnable', 'blocked'] as const).map((key) => number(time?.[key])));
    words.push(switches === null ? '–' : `${number(switches.voluntary)} / ${number(switches.involuntary)}`);
    words.push(
      number(cell.device?.queueDepth),
      share(residency.before, residency.of),
      share(residency.after, residency.of),
    );
    words.push(share(cell.deviceBytes ?? cell.device?.bytesRead, cell.bytes), share(cell.surroundings?.othersCpu, 1));
    return `<tr>${words.map((word) => `<td>${escaped(word)}</td>`).join('')}</tr>`;
  });
  const head = heads.map((text) => `<th>${text}</th>`).join('');
  return `<div class="scroll"><table><thead><tr>${head}</tr></thead><tbody>${rows.join('')}</tbody></table></div>`;
}

/**
 * Formats the section of one question: its answer, its charts, and a collapsed part with the decided verdicts and
 * `more`.
 */
function section(report: BenchReport, { question, title, number: value, text }: Answer, charts: string, more: string) {
  const decided = report.verdicts.filter((verdict) => verdict.question === question && verdict.answer !== 'undecided');
  const list = decided.length === 0 ? '' : verdictList(decided);
  return `<h2>${title}</h2>
<p class="answer"><b>${escaped(value)}</b> ${escaped(text)}</p>
${charts}
${disclosure('All findings and methods', list + more)}`;
}

function disclosure(summary: string, content: string): string {
  return `<details class="more"><summary>${summary}</summary>${content}</details>`;
}

function chartsOf(kind: string, accesses: readonly Access[]): string {
  return accesses
    .map((access) => `<h3>${access}</h3><div class="charts" data-charts="${kind}" data-access="${access}"></div>`)
    .join('');
}

/** Formats `report` as a page. */
export function reportPage(report: BenchReport): string {
  // `cached` comes last, because most users want to know about the storage.
  const accesses = (['direct', 'cold', 'cached'] as const).filter((access) =>
    report.cells.some((cell) => cell.access === access),
  );
  const overview = (kind: string): string => `<div class="charts wide" data-overview="${kind}"></div>`;
  const tables = accesses
    .map((access) => `<h3>${access}</h3>${cellTable(report.cells.filter((cell) => cell.access === access))}`)
    .join('');
  const skipped = mergeSkipped(report.skipped).map(
    ({ name, reason }) => `<li>${escaped(name)}: ${escaped(reason)}</li>`,
  );
  const more: Readonly<Record<Question, string>> = {
    'one file or many': `<p class="soft small">Throughput by parallelism. Each panel highlights one method among all
others; the vertical lines show the range of the rounds.</p>${chartsOf('throughput', accesses)}`,
    'the knee': `<p class="soft small">Latency of a call by parallelism, both logarithmic. The dashed line is the lower
bound of the mean by Little's law: the latency of a single call, then parallelism divided by the highest rate.</p>
${chartsOf('latency', accesses)}<p class="soft small">Breakdown of the time of a call.</p>
${chartsOf('attribution', accesses)}`,
    'the page cache': '',
  };
  const charts: Readonly<Record<Question, string>> = {
    'one file or many': overview('throughput'),
    'the knee': overview('latency') + overview('attribution'),
    'the page cache': overview('pagecache'),
  };
  const sections = answerQuestions(report).map((answer) =>
    section(report, answer, charts[answer.question], more[answer.question]),
  );
  const json = JSON.stringify(report).replaceAll('<', '\\u003c');
  const measured = `${formatBytes(report.regionBytes)} in blocks of ${formatBytes(report.blockBytes)}, ${report.order}`;
  const { machine } = report;
  const place = `${machine.fileSystem}, ${machine.cores} cores`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>posix-par bench</title><link rel="icon" href="data:,"><style>${pageStyle}</style></head><body>
<h1>Parallel reads of this storage</h1>
<p class="soft small">${escaped(report.date.slice(0, 10))}, ${escaped(place)}, ${measured}</p>
${sections.join('\n')}
${undecidedList(report.verdicts)}
<h2>Machine and settings</h2>
${machineList(report)}
${disclosure('All measurements', tables)}
${skipped.length === 0 ? '' : disclosure('Not measured', `<ul class="small">${skipped.join('')}</ul>`)}
<script type="application/json" id="report">${json}</script>
<script>${pageScript()}</script>
</body></html>
`;
}
