/**
 * Derives all verdicts from a measurement.
 * @module
 */
import type { Access, AccessMethod, Cell, Measurement } from '../cell.js';
import { attribute } from './cause.js';
import { findKnee, findTailLeap, littlesLaw } from './knee.js';
import { judgeAccess, judgePageCache } from './page-cache.js';
import { judgeAgainstPread, judgePositionWait, judgeSharedPosition, judgeSingleFile } from './single-file.js';
import { at, digits, measureNoise, ms, rate, selectSeries, undecided, type Verdict } from './verdict.js';

const question = 'the knee';

/** Returns the verdict on the knee of one series and its cause; null if the series was not measured. */
export function judgeKnee(cells: readonly Cell[], way: AccessMethod, access: Access, cores: number): Verdict | null {
  const series = selectSeries(cells, way, access);
  if (series.length === 0) return null;
  const subject = `${way}, ${access}`;
  const leap = findTailLeap(series);
  const tail =
    leap === null
      ? ''
      : ` The 99th percentile leaps from ${ms(leap.from.latency?.p99 ?? Number.NaN)} at ${leap.from.n} ` +
        `to ${ms(leap.to.latency?.p99 ?? Number.NaN)} at ${leap.to.n}.`;
  const knee = findKnee(series);
  const evidence: Record<string, number> = { noise: measureNoise(series) };
  if (leap !== null) Object.assign(evidence, { tailLeapsAt: leap.to.n, tailLeapsBy: leap.factor });
  const law = littlesLaw(series);
  if (law !== null) Object.assign(evidence, { unloadedMs: law.unloadedMs, littleCrossing: law.crossing });
  if (knee.kind === 'unclear') {
    return { question, subject, answer: undecided, text: `Undecided: ${knee.reason}.${tail}`, evidence };
  }
  if (knee.kind === 'none') {
    const text =
      `No knee up to ${knee.upTo}: throughput still grows and reaches ` +
      `${rate(series.at(-1)?.throughput ?? 0)}.${tail}`;
    return { question, subject, answer: 'no knee', text, evidence };
  }
  const kneeCell = at(series, knee.n);
  const later = series.filter(({ n }) => n > knee.n);
  const mean = kneeCell?.latency?.mean ?? 0;
  // Chooses a cell at which latency has clearly grown, because a small growth may be noise.
  const beyond = later.find(({ latency }) => (latency?.mean ?? 0) >= 2 * mean) ?? later.at(-1);
  if (kneeCell === undefined || beyond === undefined) {
    return { question, subject, answer: undecided, text: 'Undecided: nothing was measured beyond the knee.', evidence };
  }
  const peer = way === 'read' ? at(selectSeries(cells, 'pread', access), beyond.n) : undefined;
  const { cause, because, evidence: numbers } = attribute({ knee: kneeCell, beyond, cores, peer });
  Object.assign(evidence, { knee: knee.n }, numbers);
  const start = `The knee is at ${knee.n}: beyond it throughput stays near ${rate(kneeCell.throughput)}${
    beyond.latency === null ? '' : ` and a call takes ${ms(beyond.latency.mean)} at ${beyond.n} instead of ${ms(mean)}`
  }.`;
  const why = cause === undecided ? `The numbers do not show why: ${because}.` : `Cause: ${cause}; ${because}.`;
  return { question, subject, answer: cause, text: `${start}${tail} ${why}`, evidence };
}

/** Compares `pread` on a descriptor per thread with a reference tool that has the same access and parallelism. */
function judgeAgainstTool(cells: readonly Cell[], tool: 'fio' | 'dd', access: Access): Verdict | null {
  const way = 'pread-own';
  const pairs = selectSeries(cells, way, access).flatMap((cell) => {
    const other = at(selectSeries(cells, tool, access), cell.n);
    return other === undefined ? [] : [cell.throughput / other.throughput];
  });
  if (pairs.length === 0) return null;
  const [least, most] = [Math.min(...pairs), Math.max(...pairs)];
  const start = tool === 'dd' ? ' (its time includes starting the processes)' : '';
  const text =
    `pread with a descriptor per thread reaches ${digits(least)} to ${digits(most)} times the throughput of ${tool} ` +
    `with the same file, block size and parallelism${start}.`;
  return {
    question: 'one file or many',
    subject: `${way} against ${tool}, ${access}`,
    answer: 'a ratio',
    text,
    evidence: { least, most },
  };
}

/** Derives all verdicts from the cells of a measurement, in the order of the questions. */
export function judge(measurement: Pick<Measurement, 'cells' | 'machine'>): Verdict[] {
  const { cells, machine } = measurement;
  const accesses = (['cached', 'direct', 'cold'] as const).filter((access) =>
    cells.some((cell) => cell.access === access),
  );
  const others = [...new Set(cells.map(({ way }) => way))].filter((way) => way.startsWith('posix-par:'));
  const verdicts: (Verdict | null)[] = [];
  for (const access of accesses) {
    verdicts.push(judgeSingleFile(cells, access));
    verdicts.push(judgeSharedPosition(cells, access), judgePositionWait(cells, access));
    verdicts.push(judgeAgainstPread(cells, 'hdf5', access, 'The HDF5 library (h5py, threads)'));
    verdicts.push(judgeAgainstPread(cells, 'processes', access, 'One process per read'));
    for (const way of others)
      verdicts.push(judgeAgainstPread(cells, way, access, `posix-par, engine ${way.slice(10)}`));
    for (const tool of ['fio', 'dd'] as const) verdicts.push(judgeAgainstTool(cells, tool, access));
  }
  for (const access of accesses) {
    for (const way of ['pread', 'read', 'hdf5', ...others] as const)
      verdicts.push(judgeKnee(cells, way, access, machine.cores));
  }
  for (const access of accesses) verdicts.push(judgeAccess(cells, access));
  verdicts.push(judgePageCache(cells, machine.isVirtual));
  return verdicts.filter((verdict) => verdict !== null);
}
