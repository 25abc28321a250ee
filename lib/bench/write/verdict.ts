/**
 * Judges measurements of parallel writes: do writes to one file exclude each other, is one file as fast as many, where
 * do writes wait, and what costs throughput. Rules are pure functions from measured numbers to an answer.
 * @module
 */
import { probeSyncs } from '../../core/generated/names.js';
import { median } from '../rounds.js';
import { findDisturbance, ratios, scaling } from '../verdict/compare.js';
import { best, digits, measureNoise, percent, rate, undecided } from '../verdict/verdict.js';
import type { FileState, WriteAccess, WriteCell, WriteMeasurement, WriteMethod, WriteSync } from './cell.js';
import { type WaitKind, waitKinds } from './waits.js';

/** Question that a verdict answers. */
export type WriteQuestion = 'exclusion' | 'one file or many' | 'waits' | 'costs';

/** Answer of a rule to a question. */
export interface WriteVerdict {
  readonly question: WriteQuestion;
  /** Subject of the verdict, such as `overwriting, direct`. */
  readonly subject: string;
  /** Answer as a keyword for programs; `undecided` if the numbers do not decide. */
  readonly answer: string;
  /** Answer as text for people. */
  readonly text: string;
  /** Numbers that the rule used. */
  readonly evidence: Readonly<Record<string, number>>;
}

/** Properties that all cells of a series share. */
export interface SeriesKey {
  readonly state: FileState;
  readonly access: WriteAccess;
  readonly sync: WriteSync;
}

const activities: Readonly<Record<FileState, string>> = {
  written: 'overwriting',
  preallocated: 'writing into preallocated space',
  growing: 'growing',
  sparse: 'filling holes',
};
const syncTexts: Readonly<Record<WriteSync, string>> = {
  none: '',
  end: ', fdatasync at the end',
  each: ', fdatasync after each write',
};

/** Names a series, such as `overwriting, direct`. */
export function describeSeries({ state, access, sync }: SeriesKey): string {
  return `${activities[state]}, ${access}${syncTexts[sync]}`;
}

/** Returns the cells of one method, in ascending order of parallelism. */
export function selectWrites(cells: readonly WriteCell[], method: WriteMethod, key: SeriesKey): WriteCell[] {
  return cells
    .filter((cell) => cell.method === method && cell.state === key.state)
    .filter(({ access, sync }) => access === key.access && sync === key.sync)
    .sort((a, b) => a.n - b.n);
}

/** Minimum number of samples of wait channels. With fewer samples, a rule does not decide. */
const minSamples = 50;

/** Average activity of threads that write, over all samples of the cells with several threads. */
interface Activity {
  readonly samples: number;
  /**
   * Number of threads that waited for the file's lock, divided by n - 1. With an exclusive lock, n - 1 of n threads
   * wait, so the quotient is 1.
   */
  readonly locked: number;
  /** Number of threads that waited for the storage at the same time. */
  readonly inStorage: number;
}

/** Returns the average activity in a series; null if there are too few samples. */
function activityOf(series: readonly WriteCell[]): Activity | null {
  const several = series.flatMap(({ n, waits }) => (n < 2 || waits === null ? [] : [{ n, waits }]));
  const samples = several.reduce((sum, { waits }) => sum + waits.samples, 0);
  if (samples < minSamples) return null;
  const mean = (pick: (cell: (typeof several)[number]) => number): number =>
    several.reduce((sum, cell) => sum + pick(cell) * cell.waits.samples, 0) / samples;
  return {
    samples,
    locked: mean(({ n, waits }) => (waits.shares['file lock'] * n) / (n - 1)),
    inStorage: mean(({ n, waits }) => waits.shares.storage * n),
  };
}

/**
 * Minimum of `locked` for writes that exclude each other. It is far below 1, because a thread that waits for the lock
 * may also spin on a CPU, and then does not sleep in a wait channel.
 */
const minLocked = 0.15;
/** Minimum ratio of `locked` with one file to `locked` with one file per thread, which is the control. */
const minOverControl = 3;
/** Maximum of `locked` for writes that run at the same time. */
const maxLockedIfShared = 0.05;
/**
 * Minimum average number of threads that wait for the storage at the same time, and minimum scaling, of writes that do
 * not exclude each other. One of them is sufficient.
 */
const minOverlap = 1.3;

/** Judges if writes to one file exclude each other, from the share of threads that wait for the file's lock. */
export function judgeExclusion(cells: readonly WriteCell[], key: SeriesKey): WriteVerdict | null {
  const [one, each] = [selectWrites(cells, 'threads', key), selectWrites(cells, 'file-each', key)];
  if (!one.some(({ n }) => n > 1)) return null;
  const question = 'exclusion';
  const subject = describeSeries(key);
  const [found, control] = [activityOf(one), activityOf(each)];
  const [scales, eachScales] = [scaling(one), scaling(each)];
  const evidence = {
    locked: found?.locked ?? Number.NaN,
    lockedWithFileEach: control?.locked ?? Number.NaN,
    inStorage: found?.inStorage ?? Number.NaN,
    samples: found?.samples ?? 0,
    oneFileScales: scales,
    fileEachScales: eachScales,
  };
  const answerWith = (answer: string, text: string): WriteVerdict => ({ question, subject, answer, text, evidence });
  if (found === null) {
    return answerWith(undecided, 'Undecided: there are too few samples of the functions in which the threads waited.');
  }
  const hidden = hiddenWaits(one);
  if (hidden !== null) return answerWith(undecided, `Undecided: ${hidden}.`);
  const waited = `of the threads that an exclusive lock would stop, ${percent(found.locked)} waited for a lock of the file`;
  const inStorage = `${digits(found.inStorage)} threads were waiting for the storage on average`;
  if (found.locked >= minLocked) {
    if (control === null) {
      return answerWith(undecided, `Undecided: ${waited}, but one file per thread was not measured for comparison.`);
    }
    const compared = `${waited}; with one file per thread, ${percent(control.locked)}`;
    if (found.locked < minOverControl * control.locked) {
      return answerWith(undecided, `Undecided: ${compared}, so the lock is not only that of one file.`);
    }
    const name = topChannel(one, 'file lock');
    return answerWith(
      'exclude each other',
      `Writes to one file exclude each other: ${compared}. They waited in ${name}.`,
    );
  }
  if (found.locked <= maxLockedIfShared) {
    const overlaps = found.inStorage >= minOverlap ? inStorage : null;
    const scaled = scales >= minOverlap ? `throughput scales to ${digits(scales)} times one thread` : null;
    const signs = [overlaps, scaled].filter((sign) => sign !== null);
    if (signs.length > 0) {
      return answerWith(
        'run at the same time',
        `Writes to one file run at the same time: ${waited}; ${signs.join('; ')}.`,
      );
    }
    const text = `Undecided: ${waited}, but nothing shows that writes overlapped either: ${inStorage}.`;
    return answerWith(undecided, text);
  }
  return answerWith(
    undecided,
    `Undecided: ${waited}: too many for writes that run at the same time, too few for writes that exclude each other.`,
  );
}

/** Returns the name of the kernel function in which threads most often waited, among waits of one kind. */
function topChannel(series: readonly WriteCell[], kind: WaitKind): string {
  const weights = new Map<string, number>();
  for (const { waits } of series) {
    for (const channel of waits?.channels ?? []) {
      if (channel.kind !== kind) continue;
      weights.set(channel.name, (weights.get(channel.name) ?? 0) + channel.share * (waits?.samples ?? 0));
    }
  }
  return [...weights].sort((a, b) => b[1] - a[1])[0]?.[0] ?? 'an unknown function';
}

/**
 * Returns the reason why wait channels cannot be trusted: no sample shows a wait, although the threads were blocked for
 * most of the time. Null if they can be trusted.
 */
function hiddenWaits(series: readonly WriteCell[]): string | null {
  const measured = series.flatMap(({ waits, time, latency }) =>
    waits === null || time === null || time.blocked === null || latency === null
      ? []
      : [{ none: waits.shares.none, blocked: time.blocked / latency.mean }],
  );
  const blocked = median(measured.map((cell) => cell.blocked));
  const none = median(measured.map((cell) => cell.none));
  return none > 0.99 && blocked > 0.3
    ? `the threads were blocked for ${percent(blocked)} of a call, but the kernel does not tell where`
    : null;
}

/** Minimum ratio of two throughputs that count as equal. */
const minEqualRatio = 0.9;

/** Judges if writes to one file are as fast as writes to one file per thread. */
export function judgeOneFile(cells: readonly WriteCell[], key: SeriesKey): WriteVerdict | null {
  const [one, each] = [selectWrites(cells, 'threads', key), selectWrites(cells, 'file-each', key)];
  const pairs = ratios(one, each);
  if (pairs.length === 0) return null;
  const ratio = median(pairs.map((pair) => pair.ratio));
  const noise = Math.max(measureNoise(one), measureNoise(each));
  const [scales, eachScales] = [scaling(one), scaling(each)];
  const common = {
    question: 'one file or many',
    subject: describeSeries(key),
    evidence: { ratioToFileEach: ratio, oneFileScales: scales, fileEachScales: eachScales, noise },
  } as const;
  const numbers =
    `one file reaches ${rate(best(one))}, one file per thread ${rate(best(each))}; ` +
    `at equal parallelism the ratio is ${digits(ratio)} (median)`;
  const why = findDisturbance(key.access, one, each);
  if (why !== null) return { ...common, answer: undecided, text: `Undecided: ${numbers}, but ${why}.` };
  const growth = `One file scales to ${digits(scales)} times one thread, many files to ${digits(eachScales)}`;
  if (ratio >= minEqualRatio) {
    const text = `One file can be written as fast as many files: ${numbers}. ${growth}.`;
    return { ...common, answer: 'as fast as many files', text };
  }
  if (ratio < 1 - noise && pairs.every((pair) => pair.ratio < minEqualRatio)) {
    const excludes = judgeExclusion(cells, key)?.answer === 'exclude each other';
    const cause = excludes
      ? ' Cause: the writes exclude each other.'
      : ' The wait channels do not show a lock as cause.';
    const text = `One file is slower than many: ${numbers}. ${growth}.${cause}`;
    return { ...common, answer: excludes ? 'slower, because of the lock' : 'slower than many files', text };
  }
  const listed = pairs.map((pair) => `${digits(pair.ratio)} at ${pair.n}`).join(', ');
  const text = `Undecided: ${numbers}, but it is ${listed}, and the rounds of a cell differ by ±${percent(noise)}.`;
  return { ...common, answer: undecided, text };
}

const waitTexts: Readonly<Record<WaitKind, string>> = {
  none: 'on a processor, or waiting for one',
  'file lock': 'for a lock of the file',
  storage: 'for the storage',
  'dirty limit': 'because too many pages were dirty',
  journal: 'for the journal of the file system',
  other: 'in other functions of the kernel',
};

/** Minimum share of the samples that makes a kind of wait the main one. */
const minMainShare = 0.6;

/** Names the main kind of wait of a series at the highest parallelism. */
export function judgeWaits(cells: readonly WriteCell[], key: SeriesKey): WriteVerdict | null {
  const series = selectWrites(cells, 'threads', key);
  const last = series.at(-1);
  if (last === undefined || last.n < 2) return null;
  const common = { question: 'waits', subject: describeSeries(key) } as const;
  const { waits, n } = last;
  const hidden = hiddenWaits(series);
  if (waits === null || waits.samples < minSamples || hidden !== null) {
    const reason = hidden ?? 'there are too few samples of the functions in which the threads waited';
    return { ...common, answer: undecided, text: `Undecided: ${reason}.`, evidence: { samples: waits?.samples ?? 0 } };
  }
  const evidence = { samples: waits.samples, ...waits.shares };
  const parts = waitKinds
    .filter((kind) => waits.shares[kind] >= 0.02)
    .sort((a, b) => waits.shares[b] - waits.shares[a])
    .map((kind) => `${percent(waits.shares[kind])} ${waitTexts[kind]}`);
  const functions = waits.channels
    .filter(({ kind, share }) => kind !== 'none' && share >= 0.02)
    .slice(0, 3)
    .map(({ name, share }) => `${name} ${percent(share)}`);
  const list = functions.length === 0 ? '' : ` Functions: ${functions.join(', ')}.`;
  const main = waitKinds.find((kind) => waits.shares[kind] >= minMainShare);
  const answer = main === undefined ? 'mixed' : main === 'none' ? 'processor' : main;
  return { ...common, answer, text: `With ${n} threads, the time went ${parts.join('; ')}.${list}`, evidence };
}

/** Judges the throughput of `series` relative to `base`, at each parallelism above 1 that both have. */
function compare(
  subject: string,
  series: readonly WriteCell[],
  base: readonly WriteCell[],
  baseName: string,
): WriteVerdict | null {
  const pairs = ratios(series, base);
  if (pairs.length === 0) return null;
  const ratio = median(pairs.map((pair) => pair.ratio));
  const noise = Math.max(measureNoise(series), measureNoise(base));
  const [scales, baseScales] = [scaling(series), scaling(base)];
  const evidence = { ratio, noise, scales, baseScales };
  const numbers = `${digits(ratio)} times the throughput of ${baseName} at equal parallelism (median)`;
  const growth = `it scales to ${digits(scales)} times one thread, the other to ${digits(baseScales)}`;
  const why = findDisturbance(series[0]?.access ?? 'buffered', series, base);
  const common = { question: 'costs', subject, evidence } as const;
  if (why !== null) return { ...common, answer: undecided, text: `Undecided: ${numbers}, but ${why}.` };
  const tolerance = Math.max(0.15, noise);
  const answer = ratio < 1 - tolerance ? 'slower' : ratio > 1 + tolerance ? 'faster' : 'as fast';
  return { ...common, answer, text: `${numbers}; ${growth}.` };
}

function keysOf(cells: readonly WriteCell[]): SeriesKey[] {
  const keys = new Map<string, SeriesKey>();
  for (const { state, access, sync } of cells) keys.set(`${state} ${access} ${sync}`, { state, access, sync });
  return [...keys.values()];
}

/**
 * True if no series of the same state and access calls fdatasync less often. Verdicts that do not depend on fdatasync
 * are given only for such a series, because they would be the same for the others.
 */
function isFirstSync({ state, access, sync }: SeriesKey, keys: readonly SeriesKey[]): boolean {
  const same = keys.filter((key) => key.state === state && key.access === access);
  return probeSyncs.find((one) => same.some((key) => key.sync === one)) === sync;
}

const toolNames: Readonly<Record<'processes' | 'hdf5' | 'fio' | 'dd', string>> = {
  processes: 'one process per write',
  hdf5: 'the HDF5 library (h5py, threads)',
  fio: 'fio',
  dd: 'dd (its time includes the start of the processes)',
};

/**
 * Judges what costs throughput. Compares a series of threads with up to three series that differ in one property: they
 * overwrite blocks, do not call fdatasync, or use the page cache. Also compares other methods with the series.
 */
function judgeCosts(cells: readonly WriteCell[], key: SeriesKey): (WriteVerdict | null)[] {
  const series = selectWrites(cells, 'threads', key);
  const subject = describeSeries(key);
  const verdicts: (WriteVerdict | null)[] = [];
  if (key.state !== 'written') {
    const base = selectWrites(cells, 'threads', { ...key, state: 'written' });
    verdicts.push(compare(`${subject}, against overwriting`, series, base, 'overwriting'));
  }
  if (key.sync !== 'none') {
    const base = selectWrites(cells, 'threads', { ...key, sync: 'none' });
    verdicts.push(compare(`${subject}, against no fdatasync`, series, base, 'the same without fdatasync'));
  }
  if (key.access === 'direct') {
    const base = selectWrites(cells, 'threads', { ...key, access: 'buffered' });
    verdicts.push(compare(`${subject}, against buffered`, series, base, 'buffered writes'));
  }
  for (const method of ['processes', 'hdf5', 'fio', 'dd'] as const) {
    const name = toolNames[method];
    verdicts.push(compare(`${name}, ${subject}`, selectWrites(cells, method, key), series, 'threads'));
  }
  return verdicts;
}

/** Derives all verdicts from the cells of a measurement, in the order of the questions. */
export function judgeWrites({ cells }: Pick<WriteMeasurement, 'cells'>): WriteVerdict[] {
  const keys = keysOf(cells);
  const verdicts = [
    ...keys.filter((key) => isFirstSync(key, keys)).map((key) => judgeExclusion(cells, key)),
    ...keys.map((key) => judgeOneFile(cells, key)),
    ...keys.map((key) => judgeWaits(cells, key)),
    ...keys.flatMap((key) => judgeCosts(cells, key)),
  ];
  return verdicts.filter((verdict) => verdict !== null);
}
