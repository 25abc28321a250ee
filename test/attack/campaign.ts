/**
 * What an attack consists of: campaigns of numbered cases. A case depends only on the seed, the campaign and its
 * number, so any of them can be repeated alone.
 * @module
 */
import { inspect } from 'node:util';
import { isPosixParError } from '../../lib/core/errors.js';
import { Random } from '../support/random.js';

/**
 * How a case ended, as far as the case itself can tell. Later entries outweigh earlier ones: `read` if every call gave
 * data, `refused` if one failed with an error of this library.
 */
export const verdicts = ['read', 'refused', 'slow', 'foreign', 'wrong'] as const;

/** One of {@link verdicts}. */
export type Verdict = (typeof verdicts)[number];

/** Something that must not happen. */
export interface Finding {
  readonly verdict: Verdict;
  readonly what: string;
}

/** Collects how the steps of one case ended. */
export class CaseReport {
  readonly findings: Finding[] = [];
  #verdict: Verdict | null = null;

  /** The worst that was reported; `read` if nothing was. */
  get verdict(): Verdict {
    return this.#verdict ?? 'read';
  }

  /** Something was read. */
  read(): void {
    this.#raise('read');
  }

  /** What was asked for did not happen, in a documented way. */
  refused(): void {
    this.#raise('refused');
  }

  /** A call failed: with an error of this library, or with a foreign one, which is a finding. */
  failed(error: unknown, context = ''): void {
    if (isPosixParError(error)) this.#raise('refused');
    else this.#find('foreign', `${context}${context === '' ? '' : ': '}${inspect(error, { depth: 3 })}`);
  }

  /** Data, or the state afterwards, is not what it must be. */
  wrong(what: string): void {
    this.#find('wrong', what);
  }

  /** The case used far more processor time than its size explains. */
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

/** What a case gets. */
export interface Case {
  readonly index: number;
  /** Random choices of this case alone. */
  readonly random: Random;
  readonly report: CaseReport;
  /** Notes what the case does; printed if it ends badly. */
  note(what: string): void;
}

/** What a campaign gets before its first case, once per process. */
export interface Setup {
  /** An empty folder for its files, removed afterwards. */
  readonly folder: string;
  readonly seed: number;
}

/** Runs one case. */
export type RunCase = (test: Case) => Promise<void>;

/** A kind of attack. */
export interface Campaign {
  readonly name: string;
  /** What is attacked, for the table. */
  readonly what: string;
  /** Its share of the time, relative to the others. */
  readonly weight: number;
  /** Cases of the short version. */
  readonly quickCases: number;
  /** Cases of one child process. */
  readonly batchCases: number;
  /** Processor time that one case may use, in milliseconds. */
  readonly caseCpuMs: number;
  /** True if the files should be on a disk: in memory, the attacked path does not exist. */
  readonly onDisk?: boolean;
  /** Why the campaign cannot run on this machine; null if it can. */
  missing(): string | null;
  /** Prepares the folder and returns what runs the cases. */
  prepare(setup: Setup): Promise<RunCase>;
}

/** The random choices of one case. */
export function caseRandom(seed: number, campaign: string, index: number): Random {
  let hash = 2166136261;
  for (const character of `${seed}/${campaign}/${index}`) {
    hash = Math.imul(hash ^ character.charCodeAt(0), 16777619);
  }
  const random = new Random(hash);
  random.next(); // Neighbouring hashes begin alike.
  return random;
}
