import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    benchmark: { include: ['benchmarks/**/*.bench.ts'] },
    // The native addon belongs to a process: workers of a thread pool would share its threads and caches.
    pool: 'forks',
    setupFiles: ['test/support/announce-file.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    expect: { requireAssertions: true },
  },
});
