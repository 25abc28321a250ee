// Writes one page of charts into docs/measured for each benchmarks/results/*.json.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const target = join(root, 'docs', 'measured');
const source = join(root, 'benchmarks', 'results');

const median = (values) => {
  const sorted = values.toSorted === undefined ? [...values].sort((a, b) => a - b) : values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};
const escaped = (text) => String(text).replace(/[&<>{}"]/g, (c) => `&#${c.charCodeAt(0)};`);
const time = (ms) =>
  ms >= 1000
    ? `${(ms / 1000).toPrecision(3)} s`
    : ms >= 1
      ? `${ms.toPrecision(3)} ms`
      : `${(ms * 1000).toPrecision(3)} µs`;

/** Returns a chart: bars of medians, with whiskers from the fastest to the slowest round. */
function plot(cells) {
  const rows = Object.values(cells)
    .map(({ title, kind, rounds }) => ({ title, kind, times: (rounds ?? []).map(({ ms }) => median(ms)) }))
    .filter(({ times }) => times.length > 0)
    .map((row) => ({ ...row, middle: median(row.times), low: Math.min(...row.times), high: Math.max(...row.times) }))
    .sort((a, b) => a.middle - b.middle);
  if (rows.length === 0) return null;
  const [label, room, row] = [220, 380, 26];
  const scale = room / Math.max(...rows.map(({ high }) => high));
  const bars = rows.map(({ title, kind, middle, low, high }, i) => {
    const y = i * row + 4;
    const color =
      kind === 'ours' ? 'var(--vp-c-brand-1)' : kind === 'floor' ? 'var(--vp-c-text-3)' : 'var(--vp-c-gray-1)';
    return [
      `<text x="${label - 8}" y="${y + 14}" text-anchor="end">${escaped(title)}</text>`,
      `<rect x="${label}" y="${y}" width="${(middle * scale).toFixed(1)}" height="${row - 8}" fill="${color}" />`,
      `<path d="M${label + low * scale},${y + 9}H${label + high * scale}" stroke="currentColor" />`,
      `<text x="${(label + high * scale + 6).toFixed(1)}" y="${y + 14}">${time(middle)}</text>`,
    ].join('');
  });
  const height = rows.length * row + 8;
  const attributes = `viewBox="0 0 700 ${height}" width="100%" role="img" style="font-size:13px;fill:currentColor"`;
  return `<svg ${attributes}>${bars.join('')}</svg>`;
}

function pageOf(name, { date, command, machine, results }) {
  const lines = [
    `# Benchmark charts: ${escaped(name)}`,
    '',
    [
      `${escaped(date)}, \`${command}\`. ${machine.cores} cores`,
      `(${escaped(machine.cpu)}${machine.isVirtual ? ', virtual' : ''}), ${machine.memoryGiB} GiB,`,
      `Linux ${escaped(machine.kernel)}, ${escaped(machine.fileSystem?.type ?? 'unknown file system')},`,
      `Node ${escaped(machine.node)};`,
      `revision ${escaped(machine.revision)}${machine.isModified ? ' with changes' : ''}.`,
    ].join(' '),
    '',
    'Bars are the medians of the rounds, lines reach from the fastest round to the slowest. Shorter is better.',
    '',
  ];
  for (const result of results) {
    const drawn = plot(result.cells ?? {});
    if (drawn === null) continue;
    lines.push(
      `## ${escaped(result.title)}`,
      '',
      `Page cache ${escaped(result.cache)}, ${result.threads} threads.`,
      '',
      drawn,
      '',
    );
  }
  return lines.join('\n');
}

mkdirSync(target, { recursive: true });
const names = readdirSync(source)
  .filter((name) => name.endsWith('.json'))
  .sort();
const listed = [];
for (const file of names) {
  const data = JSON.parse(readFileSync(join(source, file), 'utf8'));
  if (!Array.isArray(data.results) || data.machine === undefined) continue; // Not a benchmark result.
  const name = file.replace(/\.json$/, '');
  writeFileSync(join(target, `${name}.md`), pageOf(name, data));
  listed.push(`- [${escaped(name)}](./${name}): ${escaped(data.date)}, ${data.results.length} cases`);
}
const intro =
  'These charts show the results in `benchmarks/results`; `npm run bench` adds more. ' +
  '[Performance](../performance) explains them.';
writeFileSync(
  join(target, 'index.md'),
  ['# Benchmark charts', '', intro, '', ...(listed.length === 0 ? ['There are no results.'] : listed), ''].join('\n'),
);
