/** The library as it was compiled last; POSIX_PAR_BENCH_LIBRARY names the index.js of another build. */
export const { allocate, configure, openArray } = await import(
  process.env.POSIX_PAR_BENCH_LIBRARY ?? '../../../dist/index.js'
);
