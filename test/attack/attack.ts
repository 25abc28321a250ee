/**
 * An attack: campaigns run in turn, in several children at once, for a time or a number of cases.
 * @module
 */
import * as fs from 'node:fs';
import * as os from 'node:os';
import { join } from 'node:path';
import { type Campaign, type Verdict, verdicts } from './campaign.js';
import type { RecordedFinding } from './journal.js';
import { type Batch, type Limits, runBatch } from './runner.js';

/** What was found by one campaign. */
export interface Score extends Record<Verdict, number> {
  tried: number;
  crashed: number;
  hung: number;
  memory: number;
  /** Wall-clock time of its children, in seconds. */
  seconds: number;
}

/** A finding, with what repeats it. */
export interface AttackFinding extends RecordedFinding {
  readonly campaign: string;
}

/** What an attack is. */
export interface AttackRequest {
  readonly campaigns: readonly Campaign[];
  readonly seed: number;
  /** Stops after so many seconds; null: when each campaign has run `cases` cases. */
  readonly seconds: number | null;
  /** Cases of a campaign, if the time is not limited. */
  readonly cases: (campaign: Campaign) => number;
  /** The number of the first case. */
  readonly first: number;
  /** Children at once. */
  readonly jobs: number;
  readonly limits: Limits;
  /** Called for each finding, at once. */
  readonly onFinding: (finding: AttackFinding) => void;
}

/** The result of an attack. */
export interface AttackResult {
  readonly scores: ReadonlyMap<string, Score>;
  readonly findings: readonly AttackFinding[];
  readonly seconds: number;
}

const batchSeconds = 30;

function newScore(): Score {
  const zeros = Object.fromEntries(verdicts.map((verdict) => [verdict, 0])) as Record<Verdict, number>;
  return { ...zeros, tried: 0, crashed: 0, hung: 0, memory: 0, seconds: 0 };
}

/** Adds what a batch did. A case that ended the process counts as tried, and as what it did to it. */
function add(score: Score, { progress, end, findings }: Batch): void {
  for (const verdict of verdicts) {
    score[verdict] += progress[verdict];
    score.tried += progress[verdict];
  }
  score.wrong += findings.filter(({ index, verdict }) => index === -1 && verdict === 'wrong').length;
  if (end === 'done' || end === 'reported') return;
  if (progress.current >= progress.next) score.tried += 1;
  score[end] += 1;
}

/** A folder in memory, or on a disk. */
function workFolder(onDisk: boolean): string {
  const parent = !onDisk && fs.existsSync('/dev/shm') ? '/dev/shm' : os.tmpdir();
  return fs.mkdtempSync(join(parent, 'posix-par-attack-'));
}

/** Runs the attack. */
export async function attack(request: AttackRequest): Promise<AttackResult> {
  const start = Date.now();
  const end = request.seconds === null ? Number.POSITIVE_INFINITY : start + 1000 * request.seconds;
  const scores = new Map(request.campaigns.map(({ name }) => [name, newScore()]));
  const next = new Map(request.campaigns.map(({ name }) => [name, request.first]));
  const running = new Map<string, number>();
  const findings: AttackFinding[] = [];

  /** The campaign that is furthest behind its share; null if there is nothing to do. */
  const choose = (): Campaign | null => {
    if (Date.now() >= end) return null;
    let best: Campaign | null = null;
    let least = Number.POSITIVE_INFINITY;
    for (const campaign of request.campaigns) {
      const left = request.first + request.cases(campaign) - (next.get(campaign.name) ?? 0);
      if (request.seconds === null && left <= 0) continue;
      const busy = (running.get(campaign.name) ?? 0) * batchSeconds;
      const used = ((scores.get(campaign.name)?.seconds ?? 0) + busy) / campaign.weight;
      if (used < least) [best, least] = [campaign, used];
    }
    return best;
  };

  const work = async (): Promise<void> => {
    for (let campaign = choose(); campaign !== null; campaign = choose()) {
      const { name, batchCases } = campaign;
      const first = next.get(name) ?? 0;
      const left = request.first + request.cases(campaign) - first;
      const count = request.seconds === null ? Math.min(batchCases, left) : batchCases;
      next.set(name, first + count);
      running.set(name, (running.get(name) ?? 0) + 1);
      const done = await runCases(campaign, first, count);
      running.set(name, (running.get(name) ?? 0) - 1);
      // Cases of a batch that ended early because of the time are not repeated: their numbers are left out.
      const score = scores.get(name);
      if (score !== undefined) score.seconds += done;
    }
  };

  /**
   * Runs cases until `count` have run or the time is over, also past those that end the process. Returns the seconds.
   */
  const runCases = async (campaign: Campaign, from: number, count: number): Promise<number> => {
    const began = Date.now();
    const score = scores.get(campaign.name);
    let first = from;
    while (first < from + count && score !== undefined) {
      const folder = workFolder(campaign.onDisk === true);
      const seconds =
        request.seconds === null ? 0 : Math.max(1, Math.min(batchSeconds, Math.ceil((end - Date.now()) / 1000)));
      try {
        const batch = await runBatch({
          campaign,
          seed: request.seed,
          first,
          count: from + count - first,
          seconds,
          folder,
          limits: request.limits,
        });
        add(score, batch);
        for (const finding of batch.findings) {
          const whole = { ...finding, campaign: campaign.name };
          findings.push(whole);
          request.onFinding(whole);
        }
        if (batch.end === 'done') break;
        first = Math.max(batch.progress.next, batch.progress.current + 1, first + 1);
      } finally {
        fs.rmSync(folder, { recursive: true, force: true });
      }
    }
    return (Date.now() - began) / 1000;
  };

  await Promise.all(Array.from({ length: request.jobs }, work));
  return { scores, findings, seconds: (Date.now() - start) / 1000 };
}

/** True if nothing happened that must not. */
export function isClean({ scores, findings }: AttackResult): boolean {
  const bad = ['slow', 'foreign', 'wrong', 'crashed', 'hung', 'memory'] as const;
  return findings.length === 0 && [...scores.values()].every((score) => bad.every((kind) => score[kind] === 0));
}
