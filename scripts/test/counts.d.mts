/** Counts of tests; `note` says what did not finish. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly note?: string;
}

/** @throws {Error} if the run did not begin. */
export function countProgress(text: string): Counts;
export function countGoogleTest(report: { readonly testsuites: readonly object[] }): Counts;
