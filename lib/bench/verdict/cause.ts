/**
 * Determines why latency grows when parallelism exceeds the knee. Compares how much time a call spends on a CPU,
 * waiting for a CPU and blocked, at the knee and beyond it, and uses other counters.
 * @module
 */
import type { Cell } from '../cell.js';
import { digits, maxOthersShare, ms, percent, undecided } from './verdict.js';

/** Causes that the rules can distinguish. */
export type Cause =
  | 'more runnable threads than cores'
  | 'processors that others use'
  | 'device saturated'
  | 'storage saturated'
  | 'shared-position lock'
  | 'page-cache misses'
  | 'processor time of the calls'
  | 'lock of the library'
  | 'queue of the library'
  | typeof undecided;

/** A cause with the numbers that support it. */
export interface Attribution {
  readonly cause: Cause;
  readonly because: string;
  readonly evidence: Readonly<Record<string, number>>;
}

/** Input of the rules. */
export interface CauseInput {
  /** Cell at the knee. */
  readonly knee: Cell;
  readonly beyond: Cell;
  readonly cores: number;
  /** Cell of `pread` at the parallelism of `beyond`; only for `read`. */
  readonly peer?: Cell | undefined;
}

/** Minimum share of the added time for which a component of the time (such as waiting for a CPU) is the cause. */
const minMainShare = 0.6;
/** Maximum share of bytes from storage for which storage is considered not involved. */
const maxShareWithoutStorage = 0.02;
/** Minimum share of bytes from storage for which storage is considered the only source. */
const minShareOfStorage = 0.9;

interface Growth {
  readonly onCpu: number;
  readonly runnable: number;
  readonly blocked: number;
  readonly total: number;
}

function computeGrowth(knee: Cell, beyond: Cell): Growth | null {
  const [before, after] = [knee.time, beyond.time];
  if (before === null || after === null) return null;
  if (before.runnable === null || after.runnable === null || before.blocked === null || after.blocked === null)
    return null;
  const grown = (a: number, b: number): number => Math.max(0, b - a);
  const onCpu = grown(before.onCpu, after.onCpu);
  const runnable = grown(before.runnable, after.runnable);
  const blocked = grown(before.blocked, after.blocked);
  return { onCpu, runnable, blocked, total: onCpu + runnable + blocked };
}

/** Returns the share of a cell's bytes that storage delivered; null if no counter reports it. */
export function storageShare(cell: Cell): number | null {
  if (cell.bytes === 0) return null;
  if (cell.deviceBytes !== null) return Math.min(1, cell.deviceBytes / cell.bytes);
  return cell.device === null ? null : Math.min(1, cell.device.bytesRead / cell.bytes);
}

type Rule = (input: CauseInput, growth: Growth, evidence: Record<string, number>) => Attribution;

const judgeRunnable: Rule = ({ knee, beyond, cores }, growth, evidence) => {
  const inCall = (beyond.time?.onCpu ?? 0) + (beyond.time?.runnable ?? 0);
  const wall = inCall + (beyond.time?.blocked ?? 0);
  const wantCpu = (inCall / wall) * beyond.n;
  Object.assign(evidence, { cores, threadsThatWantACpu: wantCpu });
  if (beyond.n <= cores) {
    const because =
      `${beyond.n} threads waited for a CPU although there are ${cores} cores: ` +
      'other processes or a CPU quota took the CPUs';
    return { cause: undecided, because, evidence };
  }
  const delayAtKnee = (knee.time?.runnable ?? 0) / Math.max(1e-9, knee.latency?.mean ?? 0);
  if (knee.n <= cores && delayAtKnee > maxOthersShare) {
    Object.assign(evidence, { waitForACpuAtTheKnee: delayAtKnee });
    const because =
      `even at ${knee.n} threads on ${cores} cores, a call spent ${percent(delayAtKnee)} of its time ` +
      'waiting for a CPU: other processes were busy';
    return { cause: undecided, because, evidence };
  }
  const because =
    `a call takes ${ms(growth.total)} longer at ${beyond.n} than at ${knee.n} threads, ` +
    `and ${ms(growth.runnable)} of this is waiting for a CPU; ` +
    `on average ${digits(wantCpu)} threads wanted one of ${cores} cores`;
  return { cause: 'more runnable threads than cores', because, evidence };
};

/** Checks if calls of `read` wait for each other at the shared position before they reach the device. */
function findPositionLock({ beyond, peer }: CauseInput, evidence: Record<string, number>): Attribution | null {
  if (beyond.way !== 'read' || peer?.time?.blocked == null || beyond.time?.blocked == null) return null;
  const share = storageShare(beyond);
  Object.assign(evidence, { blockedMs: beyond.time.blocked, blockedMsOfPread: peer.time.blocked });
  if (share !== null && share <= maxShareWithoutStorage) {
    if (beyond.time.blocked < 2 * peer.time.blocked) return null;
    const because =
      `a call is blocked for ${ms(beyond.time.blocked)} although storage delivered nothing; ` +
      `\`pread\` on the same descriptor, which does not use the file position, is blocked for ${ms(peer.time.blocked)}`;
    return { cause: 'shared-position lock', because, evidence };
  }
  const [depth, peerDepth] = [beyond.device?.queueDepth, peer.device?.queueDepth];
  if (depth === undefined || peerDepth === undefined || depth > 0.6 * peerDepth) return null;
  Object.assign(evidence, { queueDepth: depth, queueDepthOfPread: peerDepth });
  const because =
    `${beyond.n} threads kept only ${digits(depth)} requests in the device's queue ` +
    `while \`pread\` on the same descriptor keeps ${digits(peerDepth)}: ` +
    'the calls wait for each other before they reach the device';
  return { cause: 'shared-position lock', because, evidence };
}

/** Checks if threads of the HDF5 library, or reads of this library, wait although storage is idle. */
function findLibraryWait({ beyond, cores }: CauseInput, evidence: Record<string, number>): Attribution | null {
  const { onCpu, runnable, blocked } = beyond.time ?? { onCpu: 0, runnable: 0, blocked: 0 };
  const active = (beyond.n * (onCpu + (runnable ?? 0))) / (onCpu + (runnable ?? 0) + (blocked ?? 0));
  evidence['active'] = active;
  if (beyond.way === 'hdf5' && active < 1.5) {
    const because =
      `of ${beyond.n} threads, on average ${digits(active)} worked or wanted a CPU while the others were blocked, ` +
      'and storage was not read: the threads enter the library one at a time';
    return { cause: 'lock of the library', because, evidence };
  }
  if (beyond.way.startsWith('posix-par:') && active < Math.max(beyond.n, cores)) {
    const because =
      `of ${beyond.n} reads in flight, on average ${digits(active)} worked on ${cores} cores; ` +
      'the others were queued in this library, and did not wait for a CPU or for storage';
    return { cause: 'queue of the library', because, evidence };
  }
  return null;
}

const judgeBlocked: Rule = (input, growth, evidence) => {
  const { knee, beyond } = input;
  const lock = findPositionLock(input, evidence);
  if (lock !== null) return lock;
  const share = storageShare(beyond);
  if (share === null) {
    return { cause: undecided, because: 'the calls are blocked, and no counter tells if storage was read', evidence };
  }
  evidence['shareFromStorage'] = share;
  if (share <= maxShareWithoutStorage) {
    const library = findLibraryWait(input, evidence);
    if (library !== null) return library;
    return {
      cause: undecided,
      because: 'the calls are blocked although storage was not read; the counters do not tell by what',
      evidence,
    };
  }
  if (beyond.access === 'cached') {
    const because =
      `${percent(share)} of the bytes of "cached" reads came from storage, ` +
      `and ${ms(growth.blocked)} of the ${ms(growth.total)} added to a call is waiting for it`;
    return { cause: 'page-cache misses', because, evidence };
  }
  if (share < minShareOfStorage) {
    return {
      cause: undecided,
      because: `${percent(share)} of the bytes came from storage and the rest from memory: the two are mixed`,
      evidence,
    };
  }
  const flat = `throughput stays at ${digits(beyond.throughput / 1e9)} GB/s from ${knee.n} to ${beyond.n} in flight`;
  const [before, after] = [knee.device, beyond.device];
  if (before === null || after === null) {
    const because =
      `${flat}, ${ms(growth.blocked)} of the ${ms(growth.total)} added to a call is waiting for storage, ` +
      'and no block device is visible';
    return { cause: 'storage saturated', because, evidence };
  }
  Object.assign(evidence, { queueDepthAtTheKnee: before.queueDepth, queueDepth: after.queueDepth });
  const foreign = after.bytesRead / Math.max(1, beyond.deviceBytes ?? beyond.bytes);
  if (foreign > 1.3) {
    evidence['deviceReadsTimesOurs'] = foreign;
    return {
      cause: undecided,
      because:
        `others read from the device at the same time: its reads are ${digits(foreign)} ` +
        'times those of the benchmark',
      evidence,
    };
  }
  if (after.queueDepth < 1.2 * before.queueDepth) {
    const because =
      `the calls wait longer, but the device's queue stays at ${digits(after.queueDepth)} requests: ` +
      'they wait above the device, and the counters do not tell where';
    return { cause: undecided, because, evidence };
  }
  const because =
    `${flat} while the device's queue grows from ${digits(before.queueDepth)} to ` +
    `${digits(after.queueDepth)} requests: additional requests wait there`;
  return { cause: 'device saturated', because, evidence };
};

const judgeOnCpu: Rule = ({ knee, beyond }, _growth, evidence) => {
  const because =
    `a call takes ${ms(beyond.time?.onCpu ?? 0)} of processor time at ${beyond.n} threads ` +
    `and ${ms(knee.time?.onCpu ?? 0)} at ${knee.n}: ` +
    'memory bandwidth, a shared cache, hyper-threads or a spinning lock; these counters do not tell which';
  return { cause: 'processor time of the calls', because, evidence };
};

/** Determines why a call takes longer beyond the knee. If the numbers do not identify a cause, the result says why. */
export function attribute(input: CauseInput): Attribution {
  const { knee, beyond } = input;
  const growth = computeGrowth(knee, beyond);
  const evidence: Record<string, number> = { atN: knee.n, beyondN: beyond.n };
  if (growth === null) return { cause: undecided, because: 'the kernel does not report the time of threads', evidence };
  Object.assign(evidence, {
    addedOnCpuMs: growth.onCpu,
    addedRunnableMs: growth.runnable,
    addedBlockedMs: growth.blocked,
  });
  const others = Math.max(...[knee, beyond].map(({ surroundings: s }) => (s?.othersCpu ?? 0) + (s?.steal ?? 0)));
  evidence['othersCpu'] = others;
  const parts = [
    { share: growth.runnable / growth.total, rule: judgeRunnable, name: 'waiting for a CPU', isCpu: true },
    { share: growth.blocked / growth.total, rule: judgeBlocked, name: 'blocked', isCpu: false },
    { share: growth.onCpu / growth.total, rule: judgeOnCpu, name: 'on a CPU', isCpu: true },
  ].sort((a, b) => b.share - a.share);
  const [main, second] = parts;
  const before = knee.latency?.mean ?? 0;
  if (main === undefined || second === undefined || growth.total < 0.1 * before) {
    return { cause: undecided, because: `a call hardly takes longer at ${beyond.n} than at ${knee.n}`, evidence };
  }
  if (others > maxOthersShare && main.rule === judgeRunnable && beyond.n <= input.cores) {
    evidence['cores'] = input.cores;
    const because =
      `${beyond.n} threads could each use one of ${input.cores} cores, ` +
      `but other processes used ${percent(others)} of them, ` +
      `and ${ms(growth.runnable)} of the ${ms(growth.total)} added to a call is waiting for a CPU`;
    return { cause: 'processors that others use', because, evidence };
  }
  if (others > maxOthersShare && main.isCpu) {
    return {
      cause: undecided,
      because: `other processes used ${percent(others)} of the CPUs at the same time`,
      evidence,
    };
  }
  if (main.share < minMainShare) {
    const mix = `${percent(main.share)} ${main.name}, ${percent(second.share)} ${second.name}`;
    const because = `the added time is mixed: ${mix}`;
    return { cause: undecided, because, evidence };
  }
  return main.rule(input, growth, evidence);
}
