/** Writes a page of results: one HTML file that includes the charting library. */
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const require = createRequire(import.meta.url);

/** Returns the browser build of a package. Escapes `</script`, which would end the script element. */
function inlined(name, file) {
  const main = require.resolve(name);
  const folder = main.slice(0, main.lastIndexOf(`/${name}/`) + name.length + 2);
  return readFileSync(join(folder, 'dist', file), 'utf8').replaceAll('</script', '<\\/script');
}

const escaped = (text) => String(text).replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);

const style = `
  body { font: 15px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; color: #1b1f24 }
  table { border-collapse: collapse; font-size: 13px; margin: .5rem 0 1.5rem }
  th, td { padding: .2rem .7rem; text-align: right; border-bottom: 1px solid #ddd; font-variant-numeric: tabular-nums }
  th:first-child, td:first-child { text-align: left }
  .pass { color: #116329 } .fail { color: #a40e26; font-weight: 600 } .aim { color: #7a5200 }
  .warning { background: #fff4d6; padding: .6rem 1rem; border-left: 4px solid #d29922 }
  h2 { margin-top: 2.5rem; font-size: 1.15rem } .small { color: #57606a; font-size: 13px }`;

function machineText({ machine, date, command }) {
  const { cpu, cores, isVirtual, memoryGiB, kernel, fileSystem, hugePages, node, python, revision, isModified } =
    machine;
  const versions = Object.entries(python).map(([name, version]) => `${name} ${version}`);
  return [
    `${date.slice(0, 16).replace('T', ' ')} UTC, revision ${revision}${isModified ? ' with changes' : ''}, ` +
      `<code>${escaped(command)}</code>`,
    `${escaped(cpu)}, ${cores} cores${isVirtual ? ' (virtual machine)' : ''}, ${memoryGiB} GiB, ` +
      `Linux ${escaped(kernel)}`,
    `data on ${escaped(fileSystem.type)} (${escaped(fileSystem.options)}), huge pages: ${escaped(hugePages)}`,
    `Node ${node}; ${escaped(versions.join(', '))}`,
  ].join('<br>');
}

function verdictTable(results) {
  const number = (value) => (value === undefined ? '' : value.toPrecision(3));
  const rows = results.flatMap(({ name, verdicts }) =>
    verdicts.map((v) => {
      const [mark, text] = v.passed ? ['pass', 'reached'] : v.isAim ? ['aim', 'aim missed'] : ['fail', 'missed'];
      const wanted = `${v.upper ? '≤' : '≥'} ${number(v.wanted)}`;
      const range = v.range === undefined ? '' : v.range.map(number).join(' – ');
      const words = [
        `<a href="#${name}">${name}</a>: ${escaped(v.text)}`,
        wanted,
        number(v.reached),
        range,
        number(v.best),
        number(v.cpu),
      ];
      return `<tr>${words.map((w) => `<td>${w}</td>`).join('')}<td class="${mark}">${text}</td></tr>`;
    }),
  );
  const heads = ['target', 'wanted', 'reached', 'range of rounds', 'best times', 'CPU time', ''];
  return `<table><tr>${heads.map((h) => `<th>${h}</th>`).join('')}</tr>${rows.join('')}</table>`;
}

function section({ name, title, cache, threads, bytes, reads, cells, machine }) {
  const ours = cells['posix-par']?.summary;
  const measured = Object.values(cells).filter((cell) => cell.summary !== undefined);
  measured.sort((a, b) => a.summary.ms - b.summary.ms);
  const rows = measured.map(({ name: cell, summary: { ms, min, max, cpuMs } }) => {
    const ratio = (value) => (ours === undefined ? '' : value.toFixed(2));
    const words = [
      escaped(cell),
      ms.toPrecision(4),
      min.toPrecision(4),
      max.toPrecision(4),
      (bytes / ms / 1e6).toFixed(2),
    ];
    words.push(cpuMs.toPrecision(4), ratio(ms / ours?.ms), ratio(cpuMs / ours?.cpuMs));
    return `<tr>${words.map((w) => `<td>${w}</td>`).join('')}</tr>`;
  });
  const heads = ['', 'median ms', 'min', 'max', 'GB/s', 'CPU ms', '× ours', 'CPU × ours'];
  const size = `${(bytes / 2 ** 20).toPrecision(4)} MiB in ${reads} read${reads === 1 ? '' : 's'}`;
  const facts = `${cache} page cache, ${threads} threads, ${size}`;
  const [before, after] = [machine.before, machine.after].map(({ busy }) => (100 * busy).toFixed(0));
  const load = `other programs used ${before} % of the cores before, ${after} % after`;
  return `<h2 id="${name}">${escaped(title)}</h2><p class="small">${facts}; ${load}</p>
<div class="chart" data-name="${name}"></div>
<table><tr>${heads.map((h) => `<th>${h}</th>`).join('')}</tr>${rows.join('')}</table>`;
}

/** Draws the charts; runs in the browser. */
function draw(report, Plot) {
  const colors = { ours: '#0969da', floor: '#8c959f', peer: '#bf8700', tool: '#d0d7de' };
  for (const element of document.querySelectorAll('.chart')) {
    const { cells } = report.results.find(({ name }) => name === element.dataset.name);
    const rows = Object.values(cells)
      .filter(({ summary }) => summary !== undefined)
      .map(({ name, kind, summary }) => ({ name, kind, ...summary }));
    const slowest = Math.max(...rows.map(({ ms }) => ms));
    const isWide = slowest > 20 * Math.min(...rows.map(({ ms }) => ms));
    // Bars must begin at zero, which a logarithmic axis does not have. So a logarithmic chart shows points.
    const mark = isWide
      ? Plot.dot(rows, { x: 'ms', y: 'name', r: 5, fill: ({ kind }) => colors[kind], sort: { y: 'x' } })
      : Plot.barX(rows, { x: 'ms', y: 'name', fill: ({ kind }) => colors[kind], sort: { y: 'x' } });
    element.append(
      Plot.plot({
        width: 920,
        height: 60 + 30 * rows.length,
        marginLeft: 130,
        x: { type: isWide ? 'log' : 'linear', grid: true, label: 'milliseconds (median; line: all rounds) →' },
        y: { label: null },
        marks: [mark, Plot.ruleY(rows, { x1: 'min', x2: 'max', y: 'name', stroke: '#1b1f24' })],
      }),
    );
  }
}

/** Writes the page of `report` to `path`. */
export function writePage(path, report) {
  const busy = Math.max(...report.results.flatMap(({ machine: { before, after } }) => [before.busy, after.busy]));
  const warning =
    busy > 0.05
      ? `<p class="warning">The machine was busy: other programs used up to ${(100 * busy).toFixed(0)} % of the cores.
Only ratios of CPU time are reliable.</p>`
      : '';
  const json = JSON.stringify(report).replaceAll('<', '\\u003c');
  const html = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>posix-par benchmarks</title>
<style>${style}</style></head><body><h1>posix-par compared with its peers</h1>
<p class="small">${machineText(report)}</p>${warning}
<p>Contenders alternate in each round, each in its own process.
Every result was checked against NumPy before the measurement.
"Reached" is the median over rounds of the ratio within a round.</p>
${verdictTable(report.results)}${report.results.map(section).join('\n')}
<script>${inlined('d3', 'd3.min.js')}</script><script>${inlined('@observablehq/plot', 'plot.umd.min.js')}</script>
<script>(${draw.toString()})(${json}, Plot);</script></body></html>
`;
  writeFileSync(path, html);
}
