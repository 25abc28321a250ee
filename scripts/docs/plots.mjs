// Writes one page of charts into docs/measured for each benchmarks/results/*.json.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { drawChart, escaped, timesOf } from './charts.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const target = join(root, 'docs', 'measured');
const source = join(root, 'benchmarks', 'results');

function pageOf(name, { date, command, machine, results }) {
  const lines = [
    '---',
    "prev: { text: 'Benchmark charts', link: '/measured/' }",
    'next: false',
    '---',
    `# Benchmark charts: ${escaped(name)}`,
    '',
    [
      `${escaped(date.slice(0, 10))}, \`${command}\`. ${machine.cores} cores`,
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
    const rows = timesOf(result.cells).map((row) => ({ ...row, name: row.title }));
    if (rows.length === 0) continue;
    lines.push(
      `## ${escaped(result.title)}`,
      '',
      `Page cache ${escaped(result.cache)}, ${result.threads} threads.`,
      '',
      drawChart([{ rows }]),
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
  const count = data.results.length;
  listed.push(
    `- [${escaped(name)}](./${name}): ${escaped(data.date.slice(0, 10))}, ${count} case${count === 1 ? '' : 's'}`,
  );
}
const intro =
  'These charts show the results in `benchmarks/results`; `npm run bench` adds more. ' +
  '[Performance](../performance) explains them.';
writeFileSync(
  join(target, 'index.md'),
  ['# Benchmark charts', '', intro, '', ...(listed.length === 0 ? ['There are no results.'] : listed), ''].join('\n'),
);
