/**
 * Writes tables of benchmarks/targets.md from results. Usage: node benchmarks/runner/tables.mjs SECTION NAME...
 *
 * Replaces the text between `<!-- SECTION: begin -->` and `<!-- SECTION: end -->` with tables of the numbers in
 * benchmarks/results/NAME.json, so that numbers need not be copied by hand.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { benchmarks } from './places.mjs';
import { formatMs } from './table.mjs';

const [section, ...names] = process.argv.slice(2);
if (section === undefined || names.length === 0) throw new Error('Expected a section and names of results');
const reports = names.map((name) => JSON.parse(readFileSync(join(benchmarks, 'results', `${name}.json`), 'utf8')));
const results = reports.flatMap((report) => report.results);

const row = (words) => `| ${words.join(' | ')} |`;
const number = (value) => (value === undefined ? '' : Number(value.toPrecision(2)).toString());

function targets() {
  const lines = [row(['case', 'measure', 'wanted', 'reached', 'rounds']), row(Array(5).fill('---'))];
  for (const { name, verdicts } of results) {
    for (const v of verdicts) {
      const wanted = `${v.upper ? '≤' : '≥'} ${number(v.wanted)}`;
      const reached = v.passed ? number(v.reached) : `**${number(v.reached)}**`;
      const range = v.range?.map(number).join(' – ') ?? '';
      lines.push(row([name, v.text.replace('posix-par: ', ''), wanted, reached, range]));
    }
  }
  return lines;
}

function times() {
  const lines = [row(['case', 'median ms', 'CPU ms', 'median ms of the others']), row(Array(4).fill('---'))];
  for (const { name, cells } of results) {
    const { 'posix-par': ours, ...others } = cells;
    if (ours?.summary === undefined) continue;
    const measured = Object.values(others).filter((cell) => cell.summary !== undefined);
    measured.sort((a, b) => a.summary.ms - b.summary.ms);
    const list = measured.map((cell) => `${cell.title} ${formatMs(cell.summary.ms)}`).join(', ');
    lines.push(row([name, formatMs(ours.summary.ms), formatMs(ours.summary.cpuMs), list]));
  }
  return lines;
}

const { date, machine } = reports[0];
const busy = Math.max(...results.flatMap(({ machine: { before, after } }) => [before.busy, after.busy]));
const commands = reports.map(({ command }) => `\`${command.replace(/ --out \S+/, '')}\``);
const lines = [
  [
    `${commands.join(', ')}; ${date.slice(0, 10)}, revision ${machine.revision}`,
    `${machine.cpu}, ${machine.cores} cores${machine.isVirtual ? ' (virtual machine)' : ''}, ` +
      `${machine.memoryGiB} GiB, Linux ${machine.kernel}, ${machine.fileSystem.type}, Node ${machine.node}.`,
  ].join('; '),
  `Other programs used at most ${(100 * busy).toFixed(0)} % of the cores before and after a case. ` +
    'Missed targets are in bold.',
  '',
  ...targets(),
  '',
  ...times(),
];
const page = join(benchmarks, 'targets.md');
const text = readFileSync(page, 'utf8');
const [begin, end] = [`<!-- ${section}: begin -->`, `<!-- ${section}: end -->`];
const [from, to] = [text.indexOf(begin), text.indexOf(end)];
if (from < 0 || to < from) throw new Error(`Expected ${begin} and ${end} in benchmarks/targets.md`);
writeFileSync(page, `${text.slice(0, from + begin.length)}\n${lines.join('\n').trimEnd()}\n${text.slice(to)}`);
