/**
 * The command: `npm run attack -- --minutes 60 --seed 7`.
 * @module
 */

import * as fs from 'node:fs';
import * as os from 'node:os';
import { Command, InvalidArgumentError } from '@commander-js/extra-typings';
import { type AttackFinding, attack, isClean } from './attack.js';
import type { Campaign } from './campaign.js';
import { campaigns } from './campaigns/index.js';
import { defaultLimits } from './runner.js';
import { attackTable, withTable } from './table.js';

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError('Expected a positive number.');
  return value;
}

function whole(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) throw new InvalidArgumentError('Expected a whole number.');
  return value;
}

function names(text: string, before: readonly string[] = []): string[] {
  for (const name of text.split(',')) {
    if (!campaigns.some((campaign) => campaign.name === name))
      throw new InvalidArgumentError(`Expected ${campaigns.map((campaign) => campaign.name).join(', ')}.`);
  }
  return [...before, ...text.split(',')];
}

const command = new Command('attack')
  .description('Attack the library with hostile files, changing files, failing system calls and sudden ends.')
  .option(
    '--minutes <n>',
    'how long; without it, a fixed number of cases per campaign runs (about two minutes)',
    positive,
  )
  .option('--seed <n>', 'chooses the cases', whole)
  .option('--only <campaigns>', 'names, separated by commas', names)
  .option('--case <n>', 'run only this case of each campaign', whole)
  .option('--cases <n>', 'run so many cases of each campaign', positive)
  .option('--first <n>', 'the number of the first case', whole)
  .option('--jobs <n>', 'child processes at once', positive, os.availableParallelism())
  .option('--findings <n>', 'print at most so many findings', whole, 40)
  .option('--write-docs', 'write the table into docs/reliability.md')
  .option('--list', 'list the campaigns')
  .parse();
const options = command.opts();

function print(finding: AttackFinding, seed: number): void {
  const { campaign, index, verdict, what, notes } = finding;
  const repeat =
    index < 0 ? 'the end of the batch' : `npm run attack -- --seed ${seed} --only ${campaign} --case ${index}`;
  console.log(`\n${verdict.toUpperCase()} in ${repeat}\n  ${[...notes, what].join('\n  ')}`);
}

async function main(): Promise<number> {
  if (options.list === true) {
    for (const { name, what, quickCases, missing } of campaigns)
      console.log(`${name.padEnd(10)} ${what} (${quickCases} cases in the short version)${missing() ?? ''}`);
    return 0;
  }
  const seed = options.seed ?? Math.floor(Math.random() * 2 ** 31);
  const wanted = campaigns.filter(({ name }) => options.only === undefined || options.only.includes(name));
  const usable = wanted.filter(({ missing }) => missing() === null);
  for (const { name, missing } of wanted) if (missing() !== null) console.log(`SKIP ${name}: ${missing()}`);
  const one = options.case;
  const cases = (campaign: Campaign): number => (one === undefined ? (options.cases ?? campaign.quickCases) : 1);
  console.log(`seed ${seed}`);
  let shown = 0;
  const result = await attack({
    campaigns: usable,
    seed,
    seconds: options.minutes === undefined ? null : 60 * options.minutes,
    cases,
    first: one ?? options.first ?? 0,
    jobs: options.jobs,
    limits: defaultLimits,
    onFinding(finding) {
      shown += 1;
      if (shown <= options.findings) print(finding, seed);
    },
  });
  const table = attackTable(usable, result);
  console.log(`\n${table}\n\nseed ${seed}, ${result.seconds.toFixed(0)} s, ${result.findings.length} findings`);
  if (options.writeDocs === true) {
    const page = 'docs/reliability.md';
    const run = {
      command: `npm run attack -- ${process.argv.slice(2).join(' ')}`,
      date: new Date().toISOString().slice(0, 10),
      seed,
      seconds: result.seconds,
      machine: `${os.availableParallelism()} cores, Linux ${os.release().split('-')[0]}, Node ${process.versions.node}`,
    };
    fs.writeFileSync(page, withTable(fs.readFileSync(page, 'utf8'), table, run));
  }
  return isClean(result) ? 0 : 1;
}

process.exitCode = await main();
