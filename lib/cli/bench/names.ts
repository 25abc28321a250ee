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
