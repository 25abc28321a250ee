/**
 * Judges if one file is as fast as many files, and how a shared file position, libraries and processes affect
 * throughput.
 * @module
 */
import type { Access, AccessMethod, Cell } from '../cell.js';
import { median } from '../rounds.js';
import { findDisturbance, ratios, scaling } from './compare.js';
import { at, best, digits, measureNoise, ms, rate, selectSeries, undecided, type Verdict } from './verdict.js';

const question = 'one file or many';

/** Judges if one file can be read in parallel as fast as many files. */
export function judgeSingleFile(cells: readonly Cell[], access: Access): Verdict {
  const subject = `one file, ${access}`;
  const [one, own, many] = (['pread', 'pread-own', 'file-each'] as const).map((way) =>
    selectSeries(cells, way, access),
  );
  const shared = ratios(one ?? [], many ?? []);
  const separate = ratios(own ?? [], many ?? []);
  if (one === undefined || many === undefined || shared.length === 0) {
    return {
      question,
      subject,
      answer: undecided,
      text: 'One file and many files were not both measured.',
      evidence: {},
    };
  }
  const [ratio, ownRatio] = [shared, separate].map((list) => median(list.map((entry) => entry.ratio)));
  const [oneScales, manyScale] = [scaling(one), scaling(many)];
  const noise = Math.max(measureNoise(one), measureNoise(many));
  const evidence = {
    ratioToFileEach: ratio ?? Number.NaN,
    ratioOfOwnDescriptors: ownRatio ?? Number.NaN,
    oneFileScales: oneScales,
    fileEachScales: manyScale,
    noise,
  };
  const sides =
    `one file reaches ${rate(best(one))}, one file per thread ${rate(best(many))}; ` +
    `at equal parallelism the ratio is ${digits(ratio ?? 0)} (median)`;
  const flat =
    manyScale < 1.2
      ? ` Neither scales beyond ${digits(Math.max(oneScales, manyScale))} times one thread: the file is not the ` +
        `bottleneck.`
      : ` One file scales to ${digits(oneScales)} times one thread, many files to ${digits(manyScale)}.`;
  const tolerance = Math.max(0.1, noise);
  const why = findDisturbance(access, one, many);
  if (why !== null) {
    const text = `Undecided: ${sides}, but ${why}.`;
    return { question, subject, answer: undecided, text, evidence };
  }
  if ((ratio ?? 0) >= 1 - tolerance) {
    const text = `A single file can be read in parallel as fast as many files: ${sides}.${flat}`;
    return { question, subject, answer: 'as fast as many files', text, evidence };
  }
  if (shared.every((entry) => entry.ratio < 1 - tolerance)) {
    const isDescriptor = (ownRatio ?? 0) >= 1 - tolerance;
    const what = isDescriptor
      ? `Threads that share one descriptor are slower; with one descriptor per thread the ratio is ` +
        `${digits(ownRatio ?? 0)}`
      : 'A single file is slower than many';
    const answer = isDescriptor ? 'slower on a shared descriptor' : 'slower than many files';
    return { question, subject, answer, text: `${what}: ${sides}.${flat}`, evidence };
  }
  const listed = shared.map((entry) => `${digits(entry.ratio)} at ${entry.n}`).join(', ');
  return {
    question,
    subject,
    answer: undecided,
    text: `Undecided: ${sides}, but the ratio depends on the parallelism (${listed}).`,
    evidence,
  };
}

const totalOf = (
  series: readonly Cell[],
  key: 'delivered' | 'twice' | 'lost' | 'unknown' | 'distinctBlocks' | 'blocks',
) => series.reduce((sum, { coverage }) => sum + (coverage?.[key] ?? 0), 0);

/**
 * Judges if `read()` at a shared position delivered each block exactly once. The control (a position without a lock)
 * shows that this check detects errors.
 */
export function judgeSharedPosition(cells: readonly Cell[], access: Access): Verdict {
  const subject = `read() at a shared position, ${access}`;
  const series = selectSeries(cells, 'read', access).filter(({ n, coverage }) => n > 1 && coverage !== null);
  const control = selectSeries(cells, 'unlocked', access).filter(({ n }) => n > 1);
  const [delivered, twice, lost, unknown] = (['delivered', 'twice', 'lost', 'unknown'] as const).map((key) =>
    totalOf(series, key),
  ) as [number, number, number, number];
  const controlTwice = totalOf(control, 'twice');
  const evidence = { delivered, twice, lost, unknown, controlDelivered: totalOf(control, 'delivered'), controlTwice };
  if (delivered === 0) {
    return { question, subject, answer: undecided, text: 'read() was not measured with several threads.', evidence };
  }
  const told = `${digits(delivered)} blocks were delivered`;
  if (twice + lost + unknown > 0) {
    const text =
      `The shared position is not protected: of ${digits(delivered)} delivered blocks, ` +
      `${digits(twice)} were delivered twice, ${digits(lost)} were lost and ${digits(unknown)} hold bytes of ` +
      `more than one block.`;
    return { question, subject, answer: 'ranges twice or lost', text, evidence };
  }
  if (totalOf(series, 'distinctBlocks') === 0) {
    const text = 'Undecided: all blocks of the file are equal, so duplicates and losses cannot be detected.';
    return { question, subject, answer: undecided, text, evidence };
  }
  if (controlTwice === 0) {
    const text =
      `Undecided: ${told}, with no duplicate and no loss, but the control, a position without a lock, ` +
      'shows none either: the threads hardly collided.';
    return { question, subject, answer: undecided, text, evidence };
  }
  const text =
    `${told}, with no duplicate and no loss; the control, a position without a lock, ` +
    `delivered ${digits(controlTwice)} of ${digits(evidence.controlDelivered)} twice. ` +
    'A thread can only tell from the content which range it received.';
  return { question, subject, answer: 'each range once', text, evidence };
}

/**
 * Judges if calls at a shared position wait for each other, from the time in which they are blocked or from the
 * device's queue.
 */
export function judgePositionWait(cells: readonly Cell[], access: Access): Verdict {
  const subject = `waiting for the position, ${access}`;
  const [series, free] = (['read', 'pread'] as const).map((way) => selectSeries(cells, way, access)) as [
    Cell[],
    Cell[],
  ];
  const pairs = series.flatMap((cell) => {
    const other = at(free, cell.n);
    return cell.n < 2 || other === undefined || cell.time === null || other.time === null ? [] : [{ cell, other }];
  });
  if (pairs.length === 0) {
    const text = 'Undecided: read() and pread() were not both measured.';
    return { question, subject, answer: undecided, text, evidence: {} };
  }
  const middle = (pick: (cell: Cell) => number): [ofRead: number, ofPread: number] => [
    median(pairs.map(({ cell }) => pick(cell))),
    median(pairs.map(({ other }) => pick(other))),
  ];
  const ratio = median(pairs.map(({ cell, other }) => cell.throughput / other.throughput));
  const [mean] = middle((cell) => cell.latency?.mean ?? 0);
  const [blocked, blockedFree] = middle((cell) => cell.time?.blocked ?? 0);
  const [onCpu, onCpuFree] = middle((cell) => cell.time?.onCpu ?? 0);
  const [waits, waitsFree] = middle((cell) => cell.switches?.voluntary ?? 0);
  const [depth, depthFree] = middle((cell) => cell.device?.queueDepth ?? Number.NaN);
  const evidence = { ratioToPread: ratio, blocked, blockedFree, onCpu, onCpuFree, waits, waitsFree, depth, depthFree };
  const bothBlocked = `a call is blocked for ${ms(blocked)}, and for ${ms(blockedFree)} with pread()`;
  const bothDepths = `${digits(depth)} requests are in the device's queue, and ${digits(depthFree)} with pread()`;
  const cost = `throughput is ${digits(ratio)} times that with pread() (medians over parallelism)`;
  const signs = [
    access === 'direct' && depth < 0.6 * depthFree ? bothDepths : null,
    access !== 'direct' && blocked > 2 * blockedFree && blocked - blockedFree > 0.1 * mean ? bothBlocked : null,
    access !== 'direct' && onCpu > 1.3 * onCpuFree
      ? `a call takes ${ms(onCpu)} of CPU time, and ${ms(onCpuFree)} with pread(): it spins on a lock`
      : null,
  ].filter((sign) => sign !== null);
  const why = findDisturbance(access, series, free);
  if (why !== null) {
    const text = `Undecided: ${access === 'direct' ? bothDepths : bothBlocked}; ${cost}, but ${why}.`;
    return { question, subject, answer: undecided, text, evidence };
  }
  if (signs.length === 0) {
    const seen = access === 'direct' ? bothDepths : bothBlocked;
    const text = `Undecided: no waiting for the position can be detected: ${seen}; ${cost}.`;
    return { question, subject, answer: undecided, text, evidence };
  }
  const isCostly = ratio < 1 - Math.max(measureNoise(series), measureNoise(free), 0.1);
  const text = isCostly
    ? `The calls wait for each other: ${signs.join('; ')}; ${cost}.`
    : `The calls wait for each other, but throughput is not affected, because something else limits it: ` +
      `${signs.join('; ')}; ${cost}.`;
  const answer = isCostly ? 'the calls wait for each other' : 'the calls wait at no cost';
  return { question, subject, answer, text, evidence };
}

/** Compares the throughput of a method with `pread` on one descriptor. */
export function judgeAgainstPread(
  cells: readonly Cell[],
  way: AccessMethod,
  access: Access,
  name: string,
): Verdict | null {
  const [series, base] = [selectSeries(cells, way, access), selectSeries(cells, 'pread', access)];
  const pairs = ratios(series, base);
  if (pairs.length === 0) return null;
  const subject = `${name}, ${access}`;
  const ratio = median(pairs.map((pair) => pair.ratio));
  const [scales, baseScales] = [scaling(series), scaling(base)];
  const noise = Math.max(measureNoise(series), measureNoise(base));
  const evidence = { ratioToPread: ratio, scales, preadScales: baseScales, noise };
  const relative = `${digits(ratio)} times pread() by threads at equal parallelism (median)`;
  const numbers = `${rate(best(series))} at best, ${relative}`;
  const why = findDisturbance(access, series, base);
  if (why !== null) {
    return { question, subject, answer: undecided, text: `Undecided: ${name}: ${numbers}, but ${why}.`, evidence };
  }
  const tolerance = Math.max(0.15, noise);
  const slower = ratio < 1 - tolerance;
  const answer = slower ? 'slower than pread' : ratio > 1 + tolerance ? 'faster than pread' : 'as fast as pread';
  if (slower && scales < 1.25 && baseScales >= 1.4) {
    const text =
      `${name} does not read in parallel: ${digits(scales)} times one thread at best, ` +
      `while pread() on the same bytes scales to ${digits(baseScales)}; ${numbers}.`;
    return { question, subject, answer: 'does not scale', text, evidence };
  }
  return {
    question,
    subject,
    answer,
    text: `${name}: ${numbers}; it scales to ${digits(scales)} times one thread, pread() to ${digits(baseScales)}.`,
    evidence,
  };
}
