/**
 * Why latency grows beyond the knee: where the added time of a call went, and what else was seen there.
 * @module
 */
import type { Cell } from '../cell.js';
import { digits, mostOthers, ms, percent, undecided } from './verdict.js';

/** The causes that the rules can tell apart. */
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

/** A cause with the numbers behind it. */
export interface Attribution {
  readonly cause: Cause;
  readonly because: string;
  readonly evidence: Readonly<Record<string, number>>;
}

/** What the rules look at. */
export interface CauseInput {
  /** The cell at the knee, and one beyond it. */
  readonly knee: Cell;
  readonly beyond: Cell;
  readonly cores: number;
  /** For `read`: the cell of `pread` at the parallelism of `beyond`. */
  readonly peer?: Cell | undefined;
}

/** A part of the growth is its cause when it is at least this share of it. */
const mainShare = 0.6;
/** Below this share of the bytes storage was not part of it; above the other it was all of it. */
const noStorage = 0.02;
const allStorage = 0.9;

interface Growth {
  readonly onCpu: number;
  readonly runnable: number;
  readonly blocked: number;
  readonly total: number;
}

function growthOf(knee: Cell, beyond: Cell): Growth | null {
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

/** Share of a cell's bytes that storage delivered; null where neither account is kept. */
export function storageShare(cell: Cell): number | null {
  if (cell.bytes === 0) return null;
  if (cell.deviceBytes !== null) return Math.min(1, cell.deviceBytes / cell.bytes);
  return cell.device === null ? null : Math.min(1, cell.device.bytesRead / cell.bytes);
}

type Rule = (input: CauseInput, growth: Growth, evidence: Record<string, number>) => Attribution;

const whenRunnable: Rule = ({ knee, beyond, cores }, growth, evidence) => {
  const inCall = (beyond.time?.onCpu ?? 0) + (beyond.time?.runnable ?? 0);
  const wall = inCall + (beyond.time?.blocked ?? 0);
  const wantCpu = (inCall / wall) * beyond.n;
  Object.assign(evidence, { cores, threadsThatWantACpu: wantCpu });
  if (beyond.n <= cores) {
    const because = `the threads waited for a CPU although ${beyond.n} of them had ${cores} cores: something else, or a quota, held the CPUs`;
    return { cause: undecided, because, evidence };
  }
  const delayAtKnee = (knee.time?.runnable ?? 0) / Math.max(1e-9, knee.latency?.mean ?? 0);
  if (knee.n <= cores && delayAtKnee > mostOthers) {
    Object.assign(evidence, { waitForACpuAtTheKnee: delayAtKnee });
    const because = `already at ${knee.n} threads on ${cores} cores ${percent(delayAtKnee)} of a call was waiting for a CPU: others were busy`;
    return { cause: undecided, because, evidence };
  }
  const because =
    `of ${ms(growth.total)} that a call takes longer at ${beyond.n} than at ${knee.n} threads, ${ms(growth.runnable)} is waiting for a CPU, ` +
    `runnable; ${digits(wantCpu)} threads wanted one of ${cores} cores at any time`;
  return { cause: 'more runnable threads than cores', because, evidence };
};

/** `read` at one position: its calls wait for each other, above the device. */
function positionLock({ beyond, peer }: CauseInput, evidence: Record<string, number>): Attribution | null {
  if (beyond.way !== 'read' || peer?.time?.blocked == null || beyond.time?.blocked == null) return null;
  const share = storageShare(beyond);
  Object.assign(evidence, { blockedMs: beyond.time.blocked, blockedMsOfPread: peer.time.blocked });
  if (share !== null && share <= noStorage) {
    if (beyond.time.blocked < 2 * peer.time.blocked) return null;
    const because =
      `a call is blocked for ${ms(beyond.time.blocked)} though storage delivered nothing; \`pread\` on the same descriptor, ` +
      `which takes no position, is blocked for ${ms(peer.time.blocked)}`;
    return { cause: 'shared-position lock', because, evidence };
  }
  const [depth, peerDepth] = [beyond.device?.queueDepth, peer.device?.queueDepth];
  if (depth === undefined || peerDepth === undefined || depth > 0.6 * peerDepth) return null;
  Object.assign(evidence, { queueDepth: depth, queueDepthOfPread: peerDepth });
  const because =
    `${beyond.n} threads kept only ${digits(depth)} requests in the device's queue where \`pread\` on the same descriptor keeps ` +
    `${digits(peerDepth)}: the calls wait for each other before they reach the device`;
  return { cause: 'shared-position lock', because, evidence };
}

/** Threads of the HDF5 library, and reads of this one, that wait though storage has nothing to do. */
function insideLibrary({ beyond, cores }: CauseInput, evidence: Record<string, number>): Attribution | null {
  const { onCpu, runnable, blocked } = beyond.time ?? { onCpu: 0, runnable: 0, blocked: 0 };
  const active = (beyond.n * (onCpu + (runnable ?? 0))) / (onCpu + (runnable ?? 0) + (blocked ?? 0));
  evidence['active'] = active;
  if (beyond.way === 'hdf5' && active < 1.5) {
    const because = `of ${beyond.n} threads ${digits(active)} worked or wanted a CPU at any time while the others were blocked, and storage was not read: they enter the library one at a time`;
    return { cause: 'lock of the library', because, evidence };
  }
  if (beyond.way.startsWith('posix-par:') && active < Math.max(beyond.n, cores)) {
    const because = `of ${beyond.n} reads in flight ${digits(active)} worked at any time on ${cores} cores, the others waited their turn in this library and not for a CPU or for storage`;
    return { cause: 'queue of the library', because, evidence };
  }
  return null;
}

const whenBlocked: Rule = (input, growth, evidence) => {
  const { knee, beyond } = input;
  const lock = positionLock(input, evidence);
  if (lock !== null) return lock;
  const share = storageShare(beyond);
  if (share === null) {
    return { cause: undecided, because: 'the calls are blocked, and nothing tells whether storage was read', evidence };
  }
  evidence['shareFromStorage'] = share;
  if (share <= noStorage) {
    const library = insideLibrary(input, evidence);
    if (library !== null) return library;
    return {
      cause: undecided,
      because: 'the calls are blocked though storage was not read; the counters do not say on what',
      evidence,
    };
  }
  if (beyond.access === 'cached') {
    const because = `${percent(share)} of the bytes of "cached" reads came from storage, and ${ms(growth.blocked)} of the ${ms(growth.total)} added to a call is waiting for it`;
    return { cause: 'page-cache misses', because, evidence };
  }
  if (share < allStorage) {
    return {
      cause: undecided,
      because: `${percent(share)} of the bytes came from storage and the rest from memory: two things are mixed`,
      evidence,
    };
  }
  const flat = `throughput stays at ${digits(beyond.throughput / 1e9)} GB/s from ${knee.n} to ${beyond.n} in flight`;
  const [before, after] = [knee.device, beyond.device];
  if (before === null || after === null) {
    const because = `${flat}, ${ms(growth.blocked)} of the ${ms(growth.total)} added to a call is waiting for storage, and no block device is visible`;
    return { cause: 'storage saturated', because, evidence };
  }
  Object.assign(evidence, { queueDepthAtTheKnee: before.queueDepth, queueDepth: after.queueDepth });
  const foreign = after.bytesRead / Math.max(1, beyond.deviceBytes ?? beyond.bytes);
  if (foreign > 1.3) {
    evidence['deviceReadsTimesOurs'] = foreign;
    return {
      cause: undecided,
      because: `others read from the device meanwhile: ${digits(foreign)} times what the benchmark did`,
      evidence,
    };
  }
  if (after.queueDepth < 1.2 * before.queueDepth) {
    const because = `the calls wait longer, and yet the device's queue stays at ${digits(after.queueDepth)} requests: they wait above the device, and the counters do not say where`;
    return { cause: undecided, because, evidence };
  }
  const because = `${flat} while the device's queue grows from ${digits(before.queueDepth)} to ${digits(after.queueDepth)} requests: what is added waits there`;
  return { cause: 'device saturated', because, evidence };
};

const whenOnCpu: Rule = ({ knee, beyond }, _growth, evidence) => {
  const because =
    `a call takes ${ms(beyond.time?.onCpu ?? 0)} of processor time at ${beyond.n} threads and ${ms(knee.time?.onCpu ?? 0)} at ${knee.n}: ` +
    'memory bandwidth, a shared cache, hyper-threads or a spinning lock; these counters do not tell which';
  return { cause: 'processor time of the calls', because, evidence };
};

/** Names the cause of what a call takes longer beyond the knee, or says why the numbers do not decide. */
export function attribute(input: CauseInput): Attribution {
  const { knee, beyond } = input;
  const growth = growthOf(knee, beyond);
  const evidence: Record<string, number> = { atN: knee.n, beyondN: beyond.n };
  if (growth === null)
    return { cause: undecided, because: 'the kernel does not account for the time of threads here', evidence };
  Object.assign(evidence, {
    addedOnCpuMs: growth.onCpu,
    addedRunnableMs: growth.runnable,
    addedBlockedMs: growth.blocked,
  });
  const others = Math.max(...[knee, beyond].map(({ surroundings: s }) => (s?.othersCpu ?? 0) + (s?.steal ?? 0)));
  evidence['othersCpu'] = others;
  const parts = [
    { share: growth.runnable / growth.total, rule: whenRunnable, name: 'waiting for a CPU', isOfCpu: true },
    { share: growth.blocked / growth.total, rule: whenBlocked, name: 'blocked', isOfCpu: false },
    { share: growth.onCpu / growth.total, rule: whenOnCpu, name: 'on a CPU', isOfCpu: true },
  ].sort((a, b) => b.share - a.share);
  const [main, second] = parts;
  const before = knee.latency?.mean ?? 0;
  if (main === undefined || second === undefined || growth.total < 0.1 * before) {
    return { cause: undecided, because: `a call hardly takes longer at ${beyond.n} than at ${knee.n}`, evidence };
  }
  if (others > mostOthers && main.rule === whenRunnable && beyond.n <= input.cores) {
    evidence['cores'] = input.cores;
    const because =
      `${beyond.n} threads would have a core each of ${input.cores}, but others used ${percent(others)} of them, and ` +
      `${ms(growth.runnable)} of the ${ms(growth.total)} added to a call is waiting for a CPU`;
    return { cause: 'processors that others use', because, evidence };
  }
  if (others > mostOthers && main.isOfCpu) {
    return { cause: undecided, because: `others used ${percent(others)} of the processors meanwhile`, evidence };
  }
  if (main.share < mainShare) {
    const because = `the added time is mixed: ${percent(main.share)} ${main.name}, ${percent(second.share)} ${second.name}`;
    return { cause: undecided, because, evidence };
  }
  return main.rule(input, growth, evidence);
}
