/**
 * Entry point of the build that is measured. POSIX_PAR_BENCH_LIBRARY may contain the URL of the `index.js` of another
 * build.
 */
const entry = new URL(process.env.POSIX_PAR_BENCH_LIBRARY ?? '../../../dist/index.js', import.meta.url);

export const { allocate, configure, convert, createArray, createChunkCache, openArray, openText, saveIndex } =
  await import(entry);

/**
 * Makes the addon close the unused files that it keeps open, and their mappings. Simulates the error EMFILE (no file
 * descriptors left) for this, because the addon then closes unused files.
 */
export async function closeUnusedFiles() {
  const { binding } = await import(new URL('native/binding.js', entry));
  const native = binding();
  const noneLeft = { op: 'open', action: 'error', value: 24, path: '/proc/self', skip: 0, times: 1 };
  native.set_faults([noneLeft]);
  native.release(openDirectory(native, '/proc/self'));
  native.set_faults([]);
}

/** Opens a directory. Also works with older builds (option `--compare`), whose `open_directory` takes only the path. */
function openDirectory(native, path) {
  try {
    return native.open_directory(path, null);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return native.open_directory(path);
  }
}
