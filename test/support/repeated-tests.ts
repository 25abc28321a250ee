/**
 * Repetition of tests by `npm run attack -- --repeat-suites`, with the runner test/attack/repeat-runner.ts.
 * @module
 */

/** Environment variable with the number of times that each test runs. */
export const timesVariable = 'POSIX_PAR_REPEAT_TESTS';

/** Returns the factor for time limits of tests: repeated tests compete with other programs for the processors. */
export function timeScale(): number {
  return process.env[timesVariable] === undefined ? 1 : 10;
}
