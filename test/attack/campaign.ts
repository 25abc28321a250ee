/**
 * Campaigns, which consist of numbered cases. A case depends only on the seed, the campaign and its number, so each
 * case can be repeated alone.
 * @module
 */
import { inspect } from 'node:util';
import { isPosixParError } from '../../lib/core/errors.js';
import { Random } from '../support/random.js';

/**
 * Outcomes that a case can report, from the best to the worst; the worst outcome of its steps counts. `read`: every
 * call returned data. `refused`: a call failed with an error of this library. `slow`: the case used too much processor
 * time. `foreign`: a call failed with an error that is not of this library. `wrong`: data, or the state after a call,
 * was wrong.
 */
export const verdicts = ['read', 'refused', 'slow', 'foreign', 'wrong'] as const;

/** One of {@link verdicts}. */
export type Verdict = (typeof verdicts)[number];

/** A result of a case that shows a bug. */
export interface Finding {
  readonly verdict: Verdict;
  readonly what: string;
}

/** Collects the outcomes of the steps of one case. */
export class CaseReport {
  readonly findings: Finding[] = [];
  #verdict: Verdict | null = null;

  /** Worst outcome that was reported; `read` if there was none. */
  get verdict(): Verdict {
    return this.#verdict ?? 'read';
  }

  /** Reports that data was read. */
  read(): void {
    this.#raise('read');
  }

  /** Reports that a request was rejected in a documented way. */
  refused(): void {
    this.#raise('refused');
  }

  /** Reports that a call failed. If the error does not belong to this library, it is a finding. */
  failed(error: unknown, context = ''): void {
    if (isPosixParError(error)) this.#raise('refused');
    else this.#find('foreign', `${context}${context === '' ? '' : ': '}${inspect(error, { depth: 3 })}`);
  }

  /** Reports that data, or the state after a call, is wrong. */
  wrong(what: string): void {
    this.#find('wrong', what);
  }

  /** Reports that the case used far more processor time than its size explains. */
  slow(what: string): void {
    this.#find('slow', what);
  }

  #find(verdict: Verdict, what: string): void {
    this.findings.push({ verdict, what });
    this.#raise(verdict);
  }

  #raise(verdict: Verdict): void {
    if (this.#verdict === null || verdicts.indexOf(verdict) > verdicts.indexOf(this.#verdict)) this.#verdict = verdict;
  }
}

/** The running case, as RunCase gets it. */
export interface Case {
  readonly index: number;
  /** Random numbers of this case. */
  readonly random: Random;
  readonly report: CaseReport;
  /** Records a step of the case. The steps are printed if the case fails. */
  note(what: string): void;
  /** Sets the kind of the case, such as the format of the attacked file. Cases are also counted by kind. */
  kind(name: string): void;
}

/** Argument of Campaign.prepare(), which each process calls once before its first case. */
export interface Setup {
  /** Empty folder for the files of the campaign; it is removed afterwards. */
  readonly folder: string;
  readonly seed: number;
}

/** Runs one case. */
export type RunCase = (test: Case) => Promise<void>;

/** A kind of attack. */
export interface Campaign {
  readonly name: string;
  /** Description of the attacked feature, for the table. */
  readonly what: string;
  /** Share of the time, relative to the other campaigns. */
  readonly weight: number;
  /** Number of cases in the short version. */
  readonly quickCases: number;
  /** Number of cases per child process. */
  readonly batchCases: number;
  /** Maximum processor time of one case, in milliseconds. */
  readonly caseCpuMs: number;
  /** True if the files must be on a disk, because the attacked code does not run for files in memory. */
  readonly onDisk?: boolean;
  /** Returns the reason why the campaign cannot run on this machine; null if it can. */
  missing(): string | null;
  /** Prepares the folder and returns the function that runs a case. */
  prepare(setup: Setup): Promise<RunCase>;
}

/** Returns the random numbers of one case. */
export function caseRandom(seed: number, campaign: string, index: number): Random {
  let hash = 2166136261;
  for (const character of `${seed}/${campaign}/${index}`) {
    hash = Math.imul(hash ^ character.charCodeAt(0), 16777619);
  }
  const random = new Random(hash);
  random.next(); // Skipped, because similar hashes have similar first numbers.
  return random;
}
