/**
 * Readable names of the access methods of a benchmark. The JSON of a report contains the short names (`AccessMethod`).
 * The page of a report, which runs in a browser, uses this module, so this module imports nothing.
 * @module
 */

const names: Readonly<Record<string, string>> = {
  read: 'read(), one shared position',
  unlocked: 'read(), position without a lock',
  pread: 'pread, one descriptor',
  'pread-own': 'pread, one descriptor per thread',
  'file-each': 'pread, one file per thread',
  processes: 'pread, one process per read',
  hdf5: 'HDF5 library (h5py)',
  'posix-par:auto': 'posix-par',
  fio: 'fio',
  dd: 'dd, one process per read',
};

/** Returns the name of a method, such as "pread, one descriptor". */
export function methodName(way: string): string {
  return names[way] ?? way.replace(/^posix-par:/, 'posix-par, engine ');
}

/** Replaces the short name of the method at the start of a subject, such as `pread, direct`, by the readable name. */
export function subjectName(subject: string): string {
  return subject.replace(/^[a-z0-9:-]+(?=, | against )/, (way) => methodName(way));
}

/** Measurements of one method that were skipped for one reason. */
interface SkippedMethod {
  /** Name of the method, kind of access, and parallelisms, such as "pread, one descriptor, cached ×2, ×4". */
  readonly name: string;
  readonly reason: string;
}

/** Merges skipped measurements of the same method, access and reason. A parallelism of null means all. */
export function mergeSkipped(
  skipped: readonly {
    readonly way: string;
    readonly access: string;
    readonly n: number | null;
    readonly reason: string;
  }[],
): SkippedMethod[] {
  const merged = new Map<string, { readonly name: string; readonly reason: string; readonly counts: number[] }>();
  for (const { way, access, n, reason } of skipped) {
    const name = `${methodName(way)}, ${access}`;
    const key = JSON.stringify([name, reason]);
    const entry = merged.get(key) ?? { name, reason, counts: [] };
    if (n !== null) entry.counts.push(n);
    merged.set(key, entry);
  }
  return Array.from(merged.values(), ({ name, reason, counts }) => ({
    name: counts.length === 0 ? name : `${name} ${counts.map((n) => `×${n}`).join(', ')}`,
    reason,
  }));
}

/** Formats a number of rounds. */
export function roundsText(rounds: number): string {
  return rounds === 1 ? '1 round' : `${rounds} rounds`;
}
