/**
 * Runs an attack: several child processes run the cases of campaigns, until a time is over or a number of cases is
 * done.
 * @module
 */
import { type Campaign, type Verdict, verdicts } from './campaign.js';
import { addCounts, type Counts, type RecordedFinding } from './journal.js';
import { type Batch, type Limits, runBatch } from './runner.js';
import { createWorkFolder, removeStaleFolders, removeWorkFolder } from './work-folders.js';

/** Result of one campaign: numbers of cases by their outcome. */
export interface Score extends Record<Verdict, number> {
  tried: number;
  crashed: number;
  hung: number;
  memory: number;
  /** Wall-clock time of the campaign's child processes, in seconds. */
  seconds: number;
}

/** A finding, with the information to repeat it. */
export interface AttackFinding extends RecordedFinding {
  readonly campaign: string;
}

/** Settings of an attack. */
export interface AttackRequest {
  readonly campaigns: readonly Campaign[];
  readonly seed: number;
  /** Time in seconds after which the attack stops. If it is null, each campaign runs `cases` cases. */
  readonly seconds: number | null;
  /** Returns the number of cases of a campaign, if the time is not limited. */
  readonly cases: (campaign: Campaign) => number;
  /** Number of the first case. */
  readonly first: number;
  /** Number of child processes that run at the same time. */
  readonly jobs: number;
  readonly limits: Limits;
  /** Called as soon as there is a finding. */
  readonly onFinding: (finding: AttackFinding) => void;
}

/** The result of an attack. */
export interface AttackResult {
  readonly scores: ReadonlyMap<string, Score>;
  readonly findings: readonly AttackFinding[];
  /** Numbers of cases by kind and outcome, for each campaign whose cases have kinds. */
  readonly kinds: ReadonlyMap<string, ReadonlyMap<string, Counts>>;
  readonly seconds: number;
}

const batchSeconds = 30;

function newScore(): Score {
  const zeros = Object.fromEntries(verdicts.map((verdict) => [verdict, 0])) as Record<Verdict, number>;
  return { ...zeros, tried: 0, crashed: 0, hung: 0, memory: 0, seconds: 0 };
}

/** Adds the result of a batch. A case that ended the process counts as tried, and as crashed, hung or memory. */
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

/** Runs the attack. */
export async function attack(request: AttackRequest): Promise<AttackResult> {
  removeStaleFolders();
  const start = Date.now();
  const end = request.seconds === null ? Number.POSITIVE_INFINITY : start + 1000 * request.seconds;
  const scores = new Map(request.campaigns.map(({ name }) => [name, newScore()]));
  const next = new Map(request.campaigns.map(({ name }) => [name, request.first]));
  const running = new Map<string, number>();
  const kinds = new Map<string, Map<string, Record<Verdict, number>>>();
  const findings: AttackFinding[] = [];

  /** Returns the campaign that has had the least time relative to its weight; null if the attack must stop. */
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
      // If the time of a batch is over before its last case, the remaining cases are skipped.
      const score = scores.get(name);
      if (score !== undefined) score.seconds += done;
    }
  };

  /**
   * Runs `count` cases, or as many as the time allows. If a case ends its process, goes on with the next one. Returns
   * the elapsed seconds.
   */
  const runCases = async (campaign: Campaign, from: number, count: number): Promise<number> => {
    const began = Date.now();
    const score = scores.get(campaign.name);
    let first = from;
    while (first < from + count && score !== undefined) {
      const folder = createWorkFolder(campaign.onDisk === true);
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
        const ofCampaign = kinds.get(campaign.name) ?? new Map<string, Record<Verdict, number>>();
        for (const [kind, counts] of batch.kinds) addCounts(ofCampaign, kind, counts);
        if (ofCampaign.size > 0) kinds.set(campaign.name, ofCampaign);
        for (const finding of batch.findings) {
          const whole = { ...finding, campaign: campaign.name };
          findings.push(whole);
          request.onFinding(whole);
        }
        if (batch.end === 'done') break;
        first = Math.max(batch.progress.next, batch.progress.current + 1, first + 1);
      } finally {
        removeWorkFolder(folder);
      }
    }
    return (Date.now() - began) / 1000;
  };

  await Promise.all(Array.from({ length: request.jobs }, work));
  return { scores, findings, kinds, seconds: (Date.now() - start) / 1000 };
}

/** Returns true if there is no finding and no process ended unexpectedly. */
export function isClean({ scores, findings }: AttackResult): boolean {
  const bad = ['slow', 'foreign', 'wrong', 'crashed', 'hung', 'memory'] as const;
  return findings.length === 0 && [...scores.values()].every((score) => bad.every((kind) => score[kind] === 0));
}
