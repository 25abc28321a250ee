/** The most recent build of the library. Set POSIX_PAR_BENCH_LIBRARY to use the index.js of another build. */
const entry = new URL(process.env.POSIX_PAR_BENCH_LIBRARY ?? '../../../dist/index.js', import.meta.url);

export const { allocate, configure, openArray } = await import(entry);

/**
 * Closes the unused files that the addon keeps open, and their mappings. Simulates EMFILE, because the addon closes
 * them if a process runs out of descriptors.
 */
export async function closeUnusedFiles() {
  const { binding } = await import(new URL('native/binding.js', entry));
  const noneLeft = { op: 'open', action: 'error', value: 24, path: '/proc/self', skip: 0, times: 1 };
  binding().set_faults([noneLeft]);
  binding().release(binding().open_directory('/proc/self', null));
  binding().set_faults([]);
}
