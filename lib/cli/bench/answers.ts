/**
 * Answers the questions of a benchmark. An answer begins with a measured number, if there is one.
 * @module
 */
import type { Access, BenchReport, Question, Verdict } from '../../bench/index.js';

/** Answer in one sentence. */
export interface Answer {
  readonly question: Question;
  /** Question as a sentence for people. */
  readonly title: string;
  /** Number with its unit, such as "1.5×"; empty if nothing was measured. */
  readonly number: string;
  /** Rest of the sentence. */
  readonly text: string;
}

const titles: Readonly<Record<Question, string>> = {
  'one file or many': 'Can one file be read in parallel as fast as many files?',
  'the knee': 'How many reads in parallel does this storage need?',
  'the page cache': 'How much faster is the page cache than the storage?',
};

/** Kinds of access in the order in which an answer prefers them: storage is of more interest than memory. */
const preferredAccess: readonly Access[] = ['direct', 'cold', 'cached'];

/**
 * Removes a leading "Undecided:" from the text of a verdict, because the text around it already says this. Capitalises
 * the rest.
 */
export function withoutAnswer(text: string): string {
  return text.replace(/^Undecided: (.)/, (_all, first: string) => first.toUpperCase());
}

const digits = (value: number): string => String(Number(value.toPrecision(2)));
const rate = (bytesPerSecond: number): string => `${digits(bytesPerSecond / 1e9)} GB/s`;

/**
 * Calls `find` for each kind of access in the preferred order. Returns the first decided verdict, else the first
 * undecided one; null if there is none.
 */
function preferred(find: (access: Access) => Verdict | undefined): { verdict: Verdict; access: Access } | null {
  const found = preferredAccess.flatMap((access) => {
    const verdict = find(access);
    return verdict === undefined ? [] : [{ verdict, access }];
  });
  return found.find(({ verdict }) => verdict.answer !== 'undecided') ?? found[0] ?? null;
}

/**
 * Returns the reason for an undecided verdict, without the numbers that the verdict compares. It begins in lower case,
 * because it is a part of a sentence.
 */
export function undecidedReason(text: string): string {
  const parts = withoutAnswer(text)
    .replace(/\.$/, '')
    .split(/, but | The numbers do not show why: /);
  // The text about the knee (judgeKnee) may contain a sentence about tail latency, which is not part of the reason.
  const reason = (parts.at(-1) ?? text).split('. ')[0] ?? text;
  return reason.replace(/^[A-Z](?=[a-z ])/, (first) => first.toLowerCase());
}

function answerOneFile({ verdicts, cells }: BenchReport): Omit<Answer, 'question' | 'title'> {
  const found = preferred((access) => verdicts.find(({ subject }) => subject === `one file, ${access}`));
  const ratio = found?.verdict.evidence['ratioToFileEach'];
  if (found === null || ratio === undefined) return { number: '', text: 'One file and many files were not compared.' };
  const { verdict, access } = found;
  const bestOf = (way: string): number =>
    Math.max(0, ...cells.filter((cell) => cell.way === way && cell.access === access).map((cell) => cell.throughput));
  const rates = `${access} reads, at best: ${rate(bestOf('pread'))} and ${rate(bestOf('file-each'))}`;
  const meaning: Readonly<Record<string, string>> = {
    'as fast as many files': 'one file can be read in parallel as fast as many',
    'slower on a shared descriptor': 'threads that share one descriptor are slower',
    'slower than many files': 'one file is slower than many',
  };
  const means = meaning[verdict.answer] ?? `the numbers do not decide, because ${undecidedReason(verdict.text)}`;
  return {
    number: `${digits(ratio)}×`,
    text: `the speed of one file per thread, at equal parallelism: ${means} (${rates}).`,
  };
}

function answerKnee({ verdicts, cells }: BenchReport): Omit<Answer, 'question' | 'title'> {
  const found = preferred((access) =>
    verdicts.find(({ question, subject }) => question === 'the knee' && subject === `pread, ${access}`),
  );
  if (found === null) return { number: '', text: 'The number of reads in parallel was not varied.' };
  const { verdict, access } = found;
  const series = cells.filter((cell) => cell.way === 'pread' && cell.access === access);
  const at = series.find(({ n }) => n === verdict.evidence['knee']);
  if (at !== undefined) {
    const cause = verdict.answer === 'undecided' ? 'the numbers do not tell why' : `cause: ${verdict.answer}`;
    const many = at.n === 1 ? 'read at a time reaches' : 'reads in parallel reach';
    const text = `${many} the highest throughput, ${rate(at.throughput)} (${access})`;
    return { number: String(at.n), text: `${text}; with more, only the latency grows (${cause}).` };
  }
  const last = series.reduce((a, b) => (b.n > a.n ? b : a));
  if (verdict.answer === 'no knee') {
    const reached = `${rate(last.throughput)} (${access})`;
    const text = `reads in parallel are not enough: the throughput still grows, to ${reached}.`;
    return { number: String(last.n), text };
  }
  const best = Math.max(...series.map(({ throughput }) => throughput));
  const reason = undecidedReason(verdict.text);
  const text = `at best (${access}), but the numbers do not decide where it is reached: ${reason}.`;
  return { number: rate(best), text };
}

function answerPageCache({ verdicts }: BenchReport): Omit<Answer, 'question' | 'title'> {
  const verdict = verdicts.find(({ subject }) => subject === 'cached against direct');
  const { cachedBest = 0, directBest = 0, ratio = Number.NaN } = verdict?.evidence ?? {};
  if (verdict === undefined || cachedBest === 0 || directBest === 0) {
    const measured = cachedBest > 0 ? 'cached' : directBest > 0 ? 'direct' : 'neither cached nor direct';
    return { number: '', text: `Memory and storage were not compared: only ${measured} reads were measured.` };
  }
  const rates = `${rate(cachedBest)} from memory, ${rate(directBest)} with direct reads`;
  const doubt = verdict.answer === 'undecided' ? `, but ${undecidedReason(verdict.text)}` : '';
  return { number: `${digits(ratio)}×`, text: `as fast: pread reaches ${rates}${doubt}.` };
}

/** Answers the three questions of a report. */
export function answerQuestions(report: BenchReport): Answer[] {
  return [
    { question: 'one file or many', ...answerOneFile(report) },
    { question: 'the knee', ...answerKnee(report) },
    { question: 'the page cache', ...answerPageCache(report) },
  ].map((answer) => ({ ...answer, title: titles[answer.question as Question] }) as Answer);
}

/** Undecided verdicts that have the same reason. */
export interface UndecidedGroup {
  readonly reason: string;
  readonly verdicts: readonly Verdict[];
}

/** Groups the undecided verdicts by their reasons. Reasons that differ only in numbers count as equal. */
export function groupUndecided(verdicts: readonly Verdict[]): UndecidedGroup[] {
  const groups = new Map<string, { reason: string; verdicts: Verdict[] }>();
  for (const verdict of verdicts) {
    if (verdict.answer !== 'undecided') continue;
    const reason = undecidedReason(verdict.text);
    const key = reason.replace(/[\d.,]+/g, '#');
    const group = groups.get(key) ?? { reason, verdicts: [] };
    group.verdicts.push(verdict);
    groups.set(key, group);
  }
  return [...groups.values()];
}
