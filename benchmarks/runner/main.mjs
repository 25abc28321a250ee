/**
 * Runs benchmarks.
 *
 * Usage: npm run bench -- [--only TEXT[,TEXT]] [--contenders NAME[,NAME]] [--rounds N] [--wait-quiet MINUTES]
 * [--engines] [--compare CHECKOUT] [--out NAME] [--list] [--check] [--strict] [--large]
 *
 * Writes benchmarks/results/NAME.json and NAME.html (default NAME: latest).
 * - --engines compares `auto` with the other engines that use the page cache, in scenarios with cached data; no other
 *   libraries run.
 * - --compare CHECKOUT compares this build with the one in another checkout; both alternate in the same run.
 * - --large writes arrays of 1 GiB instead of 256 MiB (group `write`).
 * - --strict exits with an error if a target is missed or this library fails in a scenario.
 * - --check only compares the data of each contender with NumPy, and writes no results. A wrong contender is an error.
 */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { findBuild, meanLine, withBuild } from './builds.mjs';
import { withEngines } from './engines.mjs';
import { busyLimit, describeMachine, waitUntilQuiet } from './machine.mjs';
import { writePage } from './page.mjs';
import { benchmarks, cache } from './places.mjs';
import { checkScenario, runScenario } from './scenario.mjs';
import { cellTable, targetTable } from './table.mjs';

const { values: options } = parseArgs({
  options: {
    only: { type: 'string' },
    contenders: { type: 'string' },
    rounds: { type: 'string', default: '7' },
    'wait-quiet': { type: 'string', default: '0' },
    engines: { type: 'boolean', default: false },
    compare: { type: 'string' },
    out: { type: 'string', default: 'latest' },
    list: { type: 'boolean', default: false },
    check: { type: 'boolean', default: false },
    strict: { type: 'boolean', default: false },
    large: { type: 'boolean', default: false },
  },
});

if (options.large) process.env.POSIX_PAR_BENCH_LARGE = '1'; // Read by scenarios/shared/writes.mjs.

async function loadScenarios() {
  const folder = join(benchmarks, 'scenarios');
  const all = [];
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.mjs'))) {
    // A file exports one scenario, or a list of them for several sizes.
    const { default: given } = await import(join(folder, file));
    const defaults = { cache: 'warm', threads: 2, repeats: 1, targets: [], into: 'fresh', name: file.slice(0, -4) };
    for (const scenario of [given].flat()) all.push({ ...defaults, ...scenario });
  }
  return all.sort((a, b) => a.order - b.order);
}

const loaded = await loadScenarios();
/** Returns the scenarios with the contenders that the options select. */
function selectScenarios() {
  const isScenario = (scenario) => scenario !== null;
  if (options.engines) return loaded.map(withEngines).filter(isScenario);
  if (options.compare === undefined) return loaded;
  const entry = findBuild(options.compare);
  return loaded.map((scenario) => withBuild(scenario, entry)).filter(isScenario);
}

const all = selectScenarios();
/** Returns the scenarios whose name or group is `text`; if there are none, those whose name contains `text`. */
const named = (text) => {
  const exact = all.filter(({ name, group }) => name === text || group === text);
  return exact.length > 0 ? exact : all.filter(({ name }) => name.includes(text));
};
const wanted = new Set(options.only?.split(',').flatMap(named) ?? all);
const chosen = all.filter((scenario) => wanted.has(scenario));
if (options.list) {
  for (const { name, group, title } of chosen) console.log(`${name.padEnd(22)} ${group.padEnd(8)} ${title}`);
  process.exit(0);
}
if (chosen.length === 0) throw new Error(`Found no scenario for --only ${options.only}`);

const names = options.contenders?.split(',');
const contenders = (name) =>
  names === undefined ||
  options.compare !== undefined ||
  name.startsWith('posix-par') ||
  names.some((text) => name.includes(text));
mkdirSync(cache, { recursive: true });
if (options.check) {
  let wrong = 0;
  for (const scenario of chosen) {
    console.log(`${scenario.name}: ${scenario.title}`);
    wrong += await checkScenario(scenario, { contenders, log: console.log });
  }
  process.exit(wrong === 0 ? 0 : 1);
}
const machine = describeMachine(cache);
const results = [];
for (const scenario of chosen) {
  console.log(`\n${scenario.name}: ${scenario.title} (${scenario.cache}, ${scenario.threads} threads)`);
  const quiet = await waitUntilQuiet(Number(options['wait-quiet']));
  if (quiet.busy > busyLimit) {
    console.log(`  WARNING: other programs use ${(100 * quiet.busy).toFixed(0)} % of the cores; times are unreliable`);
  }
  const rounds = scenario.rounds ?? Number(options.rounds);
  const result = await runScenario(scenario, {
    rounds: Math.min(rounds, Number(options.rounds)),
    contenders,
    log: console.log,
  });
  results.push(result);
  console.log(cellTable(result).join('\n'));
}

console.log(`\n${targetTable(results).join('\n')}`);
if (options.compare !== undefined) console.log(`\n${meanLine(results)}`);
const busy = Math.max(...results.flatMap(({ machine: { before, after } }) => [before.busy, after.busy]));
if (busy > busyLimit) {
  console.log(
    `\nWARNING: other programs used up to ${(100 * busy).toFixed(0)} % of the cores: only the column cpu is reliable`,
  );
}
const report = {
  date: new Date().toISOString(),
  command: ['npm run bench', ...(process.argv.length > 2 ? ['--', ...process.argv.slice(2)] : [])].join(' '),
  machine,
  results,
};
const folder = join(benchmarks, 'results');
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, `${options.out}.json`), `${JSON.stringify(report, null, 1)}\n`);
writePage(join(folder, `${options.out}.html`), report);
console.log(`\nwritten: benchmarks/results/${options.out}.json and .html`);
const missed = results.flatMap(({ verdicts }) => verdicts).filter(({ passed, isAim }) => !passed && !isAim);
const broken = results.flatMap(({ cells }) => Object.values(cells)).filter(({ problem }) => problem !== undefined);
if (broken.length > 0) console.log(`failed contenders: ${broken.map(({ name }) => name).join(', ')}`);
process.exitCode = options.strict && (missed.length > 0 || broken.some(({ kind }) => kind === 'ours')) ? 1 : 0;
