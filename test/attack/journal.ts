/**
 * Files by which a child process reports to its parent. A record of fixed size is written before and after each case by
 * one system call, so that it survives a crash. Findings are in a second file, one JSON document per line. A third file
 * has one line per case with its kind and verdict.
 * @module
 */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { type CaseReport, type Finding, type Verdict, verdicts } from './campaign.js';

/** Number of cases by outcome. */
export type Counts = Readonly<Record<Verdict, number>>;

/** The state of a child. */
export interface Progress extends Counts {
  /** Number of the case that is running or ran last; -1 before the first case. */
  readonly current: number;
  /** Number of the first case that has not ended. */
  readonly next: number;
  /** True if all cases of the batch have ended and the state of the process was checked. */
  readonly isDone: boolean;
}

/** A finding and its case. */
export interface RecordedFinding extends Finding {
  readonly index: number;
  readonly notes: readonly string[];
}

const fields = ['current', 'next', 'done', 'refused', 'read', 'slow', 'foreign', 'wrong'] as const;

/** Writes the files by which a child process reports. */
export class JournalWriter {
  readonly #record: number;
  readonly #findings: number;
  readonly #kinds: number;
  readonly #notes: string;
  readonly #values = new Float64Array(fields.length);

  constructor(folder: string, first: number) {
    this.#record = fs.openSync(join(folder, 'journal'), 'w');
    this.#findings = fs.openSync(join(folder, 'findings'), 'a');
    this.#kinds = fs.openSync(join(folder, 'kinds'), 'a');
    this.#notes = join(folder, 'notes');
    this.#set('current', -1);
    this.#set('next', first);
    this.#write();
  }

  begin(index: number): void {
    this.#set('current', index);
    this.#write();
  }

  /** @param kind kind of the case; null if it has none. */
  end(index: number, report: CaseReport, notes: readonly string[], kind: string | null): void {
    if (kind !== null) fs.writeSync(this.#kinds, `${report.verdict} ${kind}\n`);
    for (const finding of report.findings) {
      const line: RecordedFinding = { ...finding, index, notes };
      fs.writeSync(this.#findings, `${JSON.stringify(line)}\n`);
    }
    this.#set('next', index + 1);
    const at = fields.indexOf(report.verdict);
    this.#values[at] = (this.#values[at] ?? 0) + 1;
    this.#write();
  }

  /** Records what the running test case does, in case it kills the process. */
  note(notes: readonly string[]): void {
    fs.writeFileSync(this.#notes, JSON.stringify(notes));
  }

  /** Writes a finding about the whole process. */
  find(finding: RecordedFinding): void {
    fs.writeSync(this.#findings, `${JSON.stringify(finding)}\n`);
  }

  done(): void {
    this.#set('done', 1);
    this.#write();
  }

  #set(field: (typeof fields)[number], value: number): void {
    this.#values[fields.indexOf(field)] = value;
  }

  #write(): void {
    fs.writeSync(this.#record, this.#values, 0, this.#values.byteLength, 0);
  }
}

/** Returns the state that the child in `folder` has reported. */
export function readJournal(folder: string, first: number): Progress {
  const values = new Float64Array(fields.length);
  values[0] = -1;
  values[1] = first;
  try {
    const bytes = fs.readFileSync(join(folder, 'journal'));
    if (bytes.length === values.byteLength) new Uint8Array(values.buffer).set(bytes);
  } catch {
    // The child has not written the record yet.
  }
  const value = (field: (typeof fields)[number]): number => values[fields.indexOf(field)] ?? 0;
  return {
    current: value('current'),
    next: value('next'),
    isDone: value('done') === 1,
    refused: value('refused'),
    read: value('read'),
    slow: value('slow'),
    foreign: value('foreign'),
    wrong: value('wrong'),
  };
}

/** Returns the recorded steps of the last case of the child in `folder`. */
export function readNotes(folder: string): readonly string[] {
  try {
    return JSON.parse(fs.readFileSync(join(folder, 'notes'), 'utf8')) as string[];
  } catch {
    return []; // The child has not begun, or it ended while it wrote the file.
  }
}

/** Returns the findings of the child in `folder`. */
export function readFindings(folder: string): readonly RecordedFinding[] {
  const path = join(folder, 'findings');
  if (!fs.existsSync(path)) return [];
  return fs
    .readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line.endsWith('}'))
    .map((line) => JSON.parse(line) as RecordedFinding);
}

/** Returns the number of cases by kind and outcome of the child in `folder`. */
export function readKinds(folder: string): ReadonlyMap<string, Counts> {
  const path = join(folder, 'kinds');
  const kinds = new Map<string, Record<Verdict, number>>();
  if (!fs.existsSync(path)) return kinds;
  for (const line of fs.readFileSync(path, 'utf8').split('\n')) {
    const space = line.indexOf(' ');
    const verdict = verdicts.find((name) => name === line.slice(0, space));
    if (verdict !== undefined) addCounts(kinds, line.slice(space + 1), { ...noCounts, [verdict]: 1 });
  }
  return kinds;
}

const noCounts = Object.fromEntries(verdicts.map((verdict) => [verdict, 0])) as Counts;

/** Adds `counts` to the counts of `kind`. */
export function addCounts(kinds: Map<string, Record<Verdict, number>>, kind: string, counts: Counts): void {
  const sum = kinds.get(kind) ?? { ...noCounts };
  for (const verdict of verdicts) sum[verdict] += counts[verdict];
  kinds.set(kind, sum);
}
