/**
 * Runs a batch of cases of one campaign: child.js CAMPAIGN SEED FIRST COUNT SECONDS FOLDER. It stops after COUNT cases
 * or after SECONDS, whichever comes first (0: no time limit). The campaign gets the folder `files` below FOLDER.
 * @module
 */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { dropIdleFiles, idlePool, openDescriptors } from '../support/process-state.js';
import { CaseReport, caseRandom } from './campaign.js';
import { campaignOf } from './campaigns/index.js';
import { JournalWriter } from './journal.js';
import { reportedExitCode } from './runner.js';

const [name = '', seedText, firstText, countText, secondsText, folder = ''] = process.argv.slice(2);
const [seed, first, count, seconds] = [seedText, firstText, countText, secondsText].map(Number) as [
  number,
  number,
  number,
  number,
];
const campaign = campaignOf(name);
const files = join(folder, 'files');
fs.mkdirSync(files, { recursive: true });
const journal = new JournalWriter(folder, first);
const end = seconds > 0 ? Date.now() + 1000 * seconds : Number.POSITIVE_INFINITY;
let index = first;
let notes: string[] = [];
let kind: string | null = null;

const note = (what: string): void => {
  notes.push(what);
  journal.note(notes);
};

const setKind = (given: string): void => {
  kind = given;
};

// Reports errors that were not thrown by a call of a case, such as unhandled rejections. The current case has probably
// caused them.
const stray = (error: unknown): void => {
  const report = new CaseReport();
  report.failed(
    error instanceof Error && !('_tag' in error) ? error : new Error('unhandled', { cause: error }),
    'stray',
  );
  journal.end(index, report, notes, kind);
  process.exit(reportedExitCode);
};
process.on('uncaughtException', stray);
process.on('unhandledRejection', stray);

const run = await campaign.prepare({ folder: files, seed });
// Stops if the parent process has ended, because the result would not be used.
const parent = process.ppid;
for (; index < first + count && (index === first || Date.now() < end) && process.ppid === parent; index += 1) {
  journal.begin(index);
  const report = new CaseReport();
  notes = [];
  kind = null;
  const before = process.cpuUsage();
  try {
    await run({ index, random: caseRandom(seed, name, index), report, note, kind: setKind });
  } catch (error) {
    report.failed(error);
  }
  const { user, system } = process.cpuUsage(before);
  const usedMs = (user + system) / 1000;
  if (usedMs > campaign.caseCpuMs) report.slow(`${Math.round(usedMs)} ms of the processor`);
  journal.end(index, report, notes, kind);
}
// Checks the state of the process: files of closed arrays must be closed, and the pool must be idle.
await idlePool();
await dropIdleFiles();
// On a busy machine, an aborted operation may need seconds to close its files.
for (let tries = 0; tries < 1500 && openDescriptors(files).length > 0; tries += 1) {
  await new Promise((resolve) => setTimeout(resolve, 10));
  await dropIdleFiles();
}
const left = openDescriptors(files);
if (left.length > 0) {
  journal.find({
    verdict: 'wrong',
    index: -1,
    notes: [],
    what: `files are still open: ${left.slice(0, 5).join(', ')}`,
  });
}
journal.done();
