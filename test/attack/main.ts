/**
 * The command: `npm run attack -- --minutes 60 --seed 7`.
 * @module
 */

import * as fs from 'node:fs';
import * as os from 'node:os';
import { Command, InvalidArgumentError } from '@commander-js/extra-typings';
import { type AttackFinding, type AttackResult, attack, isClean } from './attack.js';
import type { Campaign } from './campaign.js';
import { campaignOf, campaigns } from './campaigns/index.js';
import { type Contention, contentions, repeatSuites } from './repeat.js';
import { defaultLimits, endWithChildren } from './runner.js';
import { attackTable, kindsTable, withTable } from './table.js';

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
    try {
      campaignOf(name);
    } catch (error) {
      throw new InvalidArgumentError(error instanceof Error ? error.message : String(error));
    }
  }
  return [...before, ...text.split(',')];
}

function contentionKinds(text: string): Contention[] {
  return text.split(',').map((name) => {
    const kind = contentions.find((known) => known === name);
    if (kind === undefined) throw new InvalidArgumentError(`Expected some of ${contentions.join(', ')}.`);
    return kind;
  });
}

const command = new Command('attack')
  .description(
    'Attack the library with hostile files, changing files, hostile requests, failing system calls and sudden ends.',
  )
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
  .option(
    '--jobs <n>',
    'child processes at the same time; runs of suites at the same time, by default 1',
    positive,
    os.availableParallelism(),
  )
  .option('--findings <n>', 'print at most so many findings', whole, 40)
  .option('--hang-seconds <n>', 'processor time of a case that is hung', positive, defaultLimits.hangCpuSeconds)
  .option('--memory-mib <n>', 'memory of a child process', positive, defaultLimits.memoryMib)
  .option('--json <file>', 'write the counts into a file')
  .option('--write-docs', 'write the table into docs/reliability.md')
  .option(
    '--repeat-suites <n>',
    'instead, run the fault and lifecycle suites so many times while the processor is busy',
    positive,
  )
  .option('--each <n>', 'with --repeat-suites: run each test so many times in one process', positive, 1)
  .option('--contention <kinds>', `with --repeat-suites: some of ${contentions.join(', ')}`, contentionKinds, [
    ...contentions,
  ])
  .option('--list', 'list the campaigns')
  .parse();
const options = command.opts();

function print(finding: AttackFinding, seed: number): void {
  const { campaign, index, verdict, what, notes } = finding;
  const repeat =
    index < 0 ? 'the end of the batch' : `npm run attack -- --seed ${seed} --only ${campaign} --case ${index}`;
  console.log(`\n${verdict.toUpperCase()} in ${repeat}\n  ${[...notes, what].join('\n  ')}`);
}

/** Returns the document that `--json` writes. */
function jsonOf(seed: number, result: AttackResult): object {
  const kinds = [...result.kinds].map(([campaign, counts]) => [campaign, Object.fromEntries(counts)]);
  return { seed, ...result, scores: Object.fromEntries(result.scores), kinds: Object.fromEntries(kinds) };
}

async function main(): Promise<number> {
  if (options.list === true) {
    for (const { name, what, quickCases, missing } of campaigns)
      console.log(`${name.padEnd(10)} ${what} (${quickCases} cases in the short version)${missing() ?? ''}`);
    return 0;
  }
  if (options.repeatSuites !== undefined) {
    const jobs = command.getOptionValueSource('jobs') === 'cli' ? options.jobs : 1;
    const repetition = { times: options.repeatSuites, each: options.each, jobs, kinds: options.contention };
    const isCleanRun = await repeatSuites(repetition, (run, { contention, passed, failures, seconds }) => {
      console.log(
        `run ${run + 1}, ${contention}: ${passed} passed, ${failures.length} failed, ${seconds.toFixed(0)} s`,
      );
      for (const failure of failures) console.log(`  FAIL ${failure}`);
    });
    return isCleanRun ? 0 : 1;
  }
  const seed = options.seed ?? Math.floor(Math.random() * 2 ** 31);
  const wanted = options.only === undefined ? campaigns : options.only.map(campaignOf);
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
    limits: { ...defaultLimits, hangCpuSeconds: options.hangSeconds, memoryMib: options.memoryMib },
    onFinding(finding) {
      shown += 1;
      if (shown <= options.findings) print(finding, seed);
    },
  });
  const table = attackTable(usable, result);
  const byKind = kindsTable(result);
  if (byKind !== null) console.log(`\n${byKind}`);
  console.log(`\n${table}\n\nseed ${seed}, ${result.seconds.toFixed(0)} s, ${result.findings.length} findings`);
  if (options.json !== undefined) fs.writeFileSync(options.json, JSON.stringify(jsonOf(seed, result)));
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

endWithChildren();
process.exitCode = await main();
