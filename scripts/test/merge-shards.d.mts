import type { Counts } from './counts.mjs';

export interface LogCounts extends Counts {
  readonly unfinished: number;
  readonly running: readonly string[];
}

export interface GoogleTestReport {
  readonly testsuites: readonly object[];
}

export function countLog(text: string): LogCounts;
export function mergeShards(
  shards: readonly { readonly report?: GoogleTestReport; readonly log?: string }[],
): GoogleTestReport | Counts;
