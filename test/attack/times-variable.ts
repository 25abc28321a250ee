/**
 * Names the environment variable that makes vitest use repeat-runner.ts.
 * @module
 */

/** Environment variable with the number of times that each test runs. */
export const timesVariable = 'POSIX_PAR_REPEAT_TESTS';
