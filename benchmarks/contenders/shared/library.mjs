/** The library as it was compiled last; POSIX_PAR_BENCH_LIBRARY names the index.js of another build. */
const entry = new URL(process.env.POSIX_PAR_BENCH_LIBRARY ?? '../../../dist/index.js', import.meta.url);

export const { allocate, configure, openArray } = await import(entry);

/** Closes the files that the addon keeps open unused, with their mappings: it does so when a process has no descriptors left. */
export async function closeUnusedFiles() {
  const { binding } = await import(new URL('native/binding.js', entry));
  const noneLeft = { op: 'open', action: 'error', value: 24, path: '/proc/self', skip: 0, times: 1 };
  binding().set_faults([noneLeft]);
  binding().release(binding().open_directory('/proc/self', null));
  binding().set_faults([]);
}
