import { defineConfig } from 'vitest/config';
import { timeScale, timesVariable } from './test/support/repeated-tests.js';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    benchmark: { include: ['benchmarks/**/*.bench.ts'] },
    // The native addon belongs to a process: workers of a thread pool would share its threads and caches.
    pool: 'forks',
    // `npm run attack -- --repeat-suites` repeats each test in the process of its file.
    ...(process.env[timesVariable] === undefined ? {} : { runner: 'test/attack/repeat-runner.ts' }),
    setupFiles: ['test/support/announce-file.ts'],
    // Overwrites the memory of results before each read, so that elements that a read does not write are noticed.
    env: { POSIX_PAR_POISON_RESULTS: '1' },
    testTimeout: 60_000 * timeScale(),
    hookTimeout: 120_000 * timeScale(),
    expect: { requireAssertions: true },
  },
});
