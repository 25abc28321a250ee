/** Counts of tests. `note` describes what did not finish. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly note?: string;
}

/** Counts the results that scripts/test/progress.mjs wrote. @throws {Error} if the run did not begin. */
export function countProgress(text: string): Counts;
/** Describes the failed tests and the errors outside of tests, one text each, from what progress.mjs wrote. */
export function describeFailures(text: string): string[];

export function countGoogleTest(report: { readonly testsuites: readonly object[] }): Counts;
