/**
 * Formats a benchmark report as one self-contained page: text and tables as HTML, numbers as JSON, and the script that
 * draws the charts (web/bench-report).
 * @module
 */
import { readFileSync } from 'node:fs';
import type { Access, BenchReport, Cell, Question, Verdict } from '../../bench/index.js';
import { formatBytes, formatCount, formatDuration } from '../output/numbers.js';
import { withoutAnswer } from './text.js';

const escaped = (text: string): string => text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);

const style = `
:root { color-scheme: light dark; --ink: #1c2024; --soft: #60666d; --paper: #ffffff; --card: #f6f7f8; --line: #dcdfe3;
  --first: #1f6feb; --second: #0e8a7d; --third: #d9622b; --fourth: #a63c8f; --quiet: #d0d4d9; --quiet-fill: #b4bac2;
  --warn: #8a5a00 }
@media (prefers-color-scheme: dark) { :root { --ink: #e8eaed; --soft: #a0a7af; --paper: #16181b; --card: #1f2226;
  --line: #363b41;
  --first: #63a4ff; --second: #45c2b1; --third: #ff9a62; --fourth: #e08bd0; --quiet: #3d4248; --quiet-fill: #626a73;
  --warn: #e3b341 } }
* { box-sizing: border-box }
body { font: 15px/1.55 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 68rem;
  margin: 2rem auto; padding: 0 1.2rem }
h1 { font-size: 1.5rem; margin-bottom: .2rem } h2 { font-size: 1.2rem; margin: 2.6rem 0 .6rem }
h3 { font-size: 1rem; margin: 1.6rem 0 .4rem }
.soft, figcaption { color: var(--soft) } .small { font-size: 13px }
.verdicts { display: grid; gap: .6rem; padding: 0; list-style: none }
.verdicts li { background: var(--card); border-left: 3px solid var(--first); padding: .55rem .9rem; border-radius: 3px }
.verdicts li.undecided { border-color: var(--warn) } .verdicts b { font-weight: 600 }
.verdicts details { font-size: 12.5px; color: var(--soft) }
.charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(300px, 1fr)); gap: .4rem 1rem }
figure { margin: 0; overflow: hidden } figcaption { font-size: 13px; font-weight: 600 }
.key span { margin-right: 1.1rem; white-space: nowrap }
.key i { display: inline-block; width: .8rem; height: .8rem; border-radius: 2px; vertical-align: -1px;
  margin-right: .35rem }
.scroll { overflow-x: auto }
table { border-collapse: collapse; font-size: 12.5px; font-variant-numeric: tabular-nums }
th, td { text-align: right; padding: .18rem .6rem; border-bottom: 1px solid var(--line); white-space: nowrap }
th:first-child, td:first-child { text-align: left } th { color: var(--soft); font-weight: 600 }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1rem; font-size: 13.5px }
dt { color: var(--soft) } dd { margin: 0 }`;

/** Reads the script of the page and escapes the end tag of a script element. */
function pageScript(): string {
  return readFileSync(new URL('./bench-page.js', import.meta.url), 'utf8').replaceAll('</script', '<\\/script');
}

const headings: Readonly<Record<Question, string>> = {
  'one file or many': '1. Do parallel reads of one file scale, and does the library scale?',
  'the knee': '2. Where does throughput saturate (the knee), and where did the time go?',
  'the page cache': '3. How much of the data came from the page cache?',
};

function verdictList(verdicts: readonly Verdict[]): string {
  const items = verdicts.map(({ subject, answer, text, evidence }) => {
    const numbers = Object.entries(evidence)
      .map(([name, value]) => `${escaped(name)} ${Number(value.toPrecision(4))}`)
      .join(' · ');
    const grounds = numbers === '' ? '' : `<details><summary>numbers used</summary>${numbers}</details>`;
    const mark = answer === 'undecided' ? ' class="undecided"' : '';
    return `<li${mark}><b>${escaped(subject)}: ${escaped(answer)}.</b> ${escaped(withoutAnswer(text))}${grounds}</li>`;
  });
  return `<ul class="verdicts">${items.join('\n')}</ul>`;
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
  const rounds = `${report.rounds} rounds of ${report.cellMs} ms for each of ${report.cells.length} measurements`;
  const rows: [string, string][] = [
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
    const words = [cell.way, String(cell.n), number(cell.throughput / 1e9)];
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

function key(entries: readonly (readonly [color: string, text: string])[]): string {
  const items = entries.map(([color, text]) => `<span><i style="background:var(--${color})"></i>${text}</span>`);
  return `<p class="key small">${items.join('')}</p>`;
}

function formatCharts(kind: string, access: Access): string {
  return `<h3>${access}</h3><div class="charts" data-charts="${kind}" data-access="${access}"></div>`;
}

/** Formats `report` as a page. */
export function reportPage(report: BenchReport): string {
  const accesses = (['cached', 'direct', 'cold'] as const).filter((access) =>
    report.cells.some((cell) => cell.access === access),
  );
  const of = (question: Question): string =>
    verdictList(report.verdicts.filter((verdict) => verdict.question === question));
  const charts = (kind: string): string => accesses.map((access) => formatCharts(kind, access)).join('');
  const tableOf = (access: Access): string =>
    `<h3>${access}: all measurements</h3>${cellTable(report.cells.filter((cell) => cell.access === access))}`;
  const skipped = report.skipped.map(
    ({ way, access, n, reason }) =>
      `<li>${escaped(way)} ${access}${n === null ? '' : ` at ${n}`}: ${escaped(reason)}</li>`,
  );
  const json = JSON.stringify(report).replaceAll('<', '\\u003c');
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>posix-par bench</title><link rel="icon" href="data:,"><style>${style}</style></head><body>
<h1>Parallel reads of this storage</h1>
<p class="soft small">posix-par bench, ${escaped(report.date.slice(0, 16).replace('T', ' '))} UTC</p>
${machineList(report)}
<h2>${headings['one file or many']}</h2>${of('one file or many')}
<p class="soft small">Throughput by parallelism. Each panel highlights one method among all others;
the vertical lines show the range of the rounds.</p>${charts('throughput')}
<h2>${headings['the knee']}</h2>${of('the knee')}
<p class="soft small">Latency of a call by parallelism, both logarithmic. The thin line is the mean.
The dashed line is its lower bound by Little's law: the latency of a single call, then parallelism divided by the
highest rate.</p>
${key([
  ['first', 'p50'],
  ['second', 'p95'],
  ['third', 'p99'],
  ['fourth', 'max'],
])}${charts('latency')}
<p class="soft small">Breakdown of the time of a call.</p>${key([
    ['first', 'on a CPU'],
    ['third', 'runnable, but not running'],
    ['quiet-fill', 'blocked: waiting for storage or a lock'],
  ])}${charts('attribution')}
<h2>${headings['the page cache']}</h2>${of('the page cache')}
${accesses.map(tableOf).join('')}
${skipped.length === 0 ? '' : `<h3>Not measured</h3><ul class="small">${skipped.join('')}</ul>`}
<script type="application/json" id="report">${json}</script>
<script>${pageScript()}</script>
</body></html>
`;
}
