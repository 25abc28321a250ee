/**
 * Formats a benchmark of writes as one self-contained page without scripts. The numbers are in the page as JSON.
 * @module
 */
import type { WriteBenchReport, WriteCell, WriteVerdict } from '../../bench/index.js';
import { formatBytes, formatDuration } from '../output/numbers.js';
import { escapeMarkup, lineChart } from './line-chart.js';
import { roundsText } from './names.js';
import { pageStyle } from './style.js';
import {
  answerExclusion,
  fileStateName,
  verdictsAbout,
  writeGroupName,
  writeGroups,
  writeMethodName,
  writeQuestions,
} from './write-answers.js';

const number = (value: number | null | undefined): string =>
  value === null || value === undefined || !Number.isFinite(value) ? '–' : String(Number(value.toPrecision(3)));

function verdictList(verdicts: readonly WriteVerdict[]): string {
  const items = verdicts.map(({ subject, answer, text, evidence }) => {
    const numbers = Object.entries(evidence).map(([name, value]) => `${escapeMarkup(name)} ${number(value)}`);
    const mark = answer === 'undecided' ? ' class="undecided"' : '';
    const used = `<details><summary>numbers used</summary>${numbers.join(' · ')}</details>`;
    return `<li${mark}><b>${escapeMarkup(`${subject}: ${answer}`)}.</b> ${escapeMarkup(text)}${used}</li>`;
  });
  return `<ul class="verdicts">${items.join('\n')}</ul>`;
}

/**
 * Draws the throughput: for each access and synchronization, one chart per state of the blocks, one line per method.
 */
function charts(report: WriteBenchReport): string {
  return writeGroups(report)
    .map(({ access, sync }) => {
      const own = report.cells.filter((cell) => cell.access === access && cell.sync === sync);
      const panels = [...new Set(own.map(({ state }) => state))].map((state) => {
        const cells = own.filter((cell) => cell.state === state);
        const lines = [...new Set(cells.map(({ method }) => method))].map((method) => ({
          name: writeMethodName(method),
          points: cells
            .filter((cell) => cell.method === method)
            .sort((a, b) => a.n - b.n)
            .map(({ n, throughput, throughputRange: [low, high] }) => ({
              x: n,
              y: throughput / 1e9,
              low: low / 1e9,
              high: high / 1e9,
            })),
        }));
        return lineChart(fileStateName(state), 'GB/s', report.parallelism, lines);
      });
      return `<h3>${writeGroupName(access, sync)}</h3><div class="charts wide">${panels.join('\n')}</div>`;
    })
    .join('\n');
}

const heads = ['state', 'method', 'n', 'GB/s', 'range', 'p50 ms', 'p95', 'p99', 'max', 'calls', 'on CPU ms'];
heads.push('runnable', 'blocked', 'queue', 'bytes to device', 'lock', 'storage', 'waits', 'others');

function cellRow(cell: WriteCell): string {
  const { latency, time, device, waits, throughputRange } = cell;
  const percent = (value: number | undefined): string => (value === undefined ? '–' : `${number(100 * value)} %`);
  const channels = (waits?.channels ?? []).filter(({ kind }) => kind !== 'none').slice(0, 3);
  const words = [
    fileStateName(cell.state),
    writeMethodName(cell.method),
    String(cell.n),
    number(cell.throughput / 1e9),
    throughputRange.map((value) => number(value / 1e9)).join(' – '),
    ...(['p50', 'p95', 'p99', 'max'] as const).map((key) => number(latency?.[key])),
    String(cell.operations),
    ...(['onCpu', 'runnable', 'blocked'] as const).map((key) => number(time?.[key])),
    number(device?.queueDepth),
    device === null ? '–' : formatBytes(device.bytesWritten),
    percent(waits?.shares['file lock']),
    percent(waits?.shares.storage),
    channels.map(({ name, share }) => `${name} ${percent(share)}`).join(', ') || '–',
    percent(cell.surroundings?.othersCpu),
  ];
  return `<tr>${words.map((word) => `<td>${escapeMarkup(word)}</td>`).join('')}</tr>`;
}

function tables(report: WriteBenchReport): string {
  const head = `<thead><tr>${heads.map((text) => `<th>${text}</th>`).join('')}</tr></thead>`;
  return writeGroups(report)
    .map(({ access, sync }) => {
      const rows = report.cells.filter((cell) => cell.access === access && cell.sync === sync).map(cellRow);
      const body = `<table>${head}<tbody>${rows.join('')}</tbody></table>`;
      return `<h3>${writeGroupName(access, sync)}</h3><div class="scroll">${body}</div>`;
    })
    .join('');
}

function machineList(report: WriteBenchReport): string {
  const { machine } = report;
  const rows: [string, string][] = [
    ['date', `${report.date.slice(0, 16).replace('T', ' ')} UTC`],
    ['processor', `${machine.cpu}, ${machine.cores} cores${machine.isVirtual ? ', virtual machine' : ''}`],
    ['system', `Linux ${machine.kernel}, Node ${machine.node}, posix-par ${report.version}`],
    ['file system', `${machine.fileSystem} (${machine.mountOptions})`],
    [
      'device',
      machine.device === null ? 'none visible' : `${machine.device}, scheduler ${machine.scheduler ?? 'none'}`,
    ],
    [
      'runs',
      `${roundsText(report.rounds)} of at most ${report.cellMs} ms, ${formatDuration(report.elapsedMs)} in total`,
    ],
  ];
  return `<dl>${rows.map(([key, value]) => `<dt>${key}</dt><dd>${escapeMarkup(value)}</dd>`).join('')}</dl>`;
}

/** Formats `report` as a page. */
export function writeReportPage(report: WriteBenchReport): string {
  const sections = writeQuestions.map(([question, title]) => {
    const own = verdictsAbout(report.verdicts, question);
    if (own.length === 0) return '';
    const sentences = question === 'exclusion' ? answerExclusion(report) : [];
    const answers = sentences.map((sentence) => `<p class="answer">${escapeMarkup(sentence)}</p>`);
    return `<h2>${title}</h2>${answers.join('')}${verdictList(own)}`;
  });
  const skipped = report.skipped.map(({ method, state, access, sync, n, reason }) => {
    const at = n === null ? '' : ` at ${n}`;
    const name = `${writeMethodName(method)}, ${fileStateName(state)}, ${writeGroupName(access, sync)}${at}`;
    return `<li>${escapeMarkup(`${name}: ${reason}`)}</li>`;
  });
  const json = JSON.stringify(report).replaceAll('<', '\\u003c');
  const sizes = `at most ${formatBytes(report.regionBytes)} per run in blocks of ${formatBytes(report.blockBytes)}`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>posix-par bench --write</title><link rel="icon" href="data:,"><style>${pageStyle}</style></head><body>
<h1>Parallel writes to this storage</h1>
<p class="soft small">${escapeMarkup(`${report.date.slice(0, 10)}, ${report.machine.fileSystem}, ${sizes}`)}</p>
${sections.join('\n')}
<h2>Throughput</h2>
<p class="soft small">The vertical lines show the range of the rounds.</p>
${charts(report)}
<h2>Machine and settings</h2>
${machineList(report)}
<details class="more"><summary>All measurements</summary>${tables(report)}</details>
${skipped.length === 0 ? '' : `<details class="more"><summary>Not measured</summary><ul>${skipped.join('')}</ul></details>`}
<script type="application/json" id="report">${json}</script>
</body></html>
`;
}
