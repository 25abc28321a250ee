/**
 * posix-par/bench: measures how fast storage can be read, and what limits it.
 * @module
 * @example
 * import { benchStorage } from 'posix-par/bench';
 * const { verdicts } = await benchStorage('volume.npy');
 */
export { type BenchReport, benchStorage } from './bench.js';
export type {
  Access,
  AccessMethod,
  Cell,
  Coverage,
  DeviceUse,
  Latency,
  Machine,
  Measurement,
  Order,
  Skipped,
  SystemLoad,
  TimeSplit,
} from './cell.js';
export type { BenchOptions, BenchProgress } from './options.js';
export type { Question, Verdict } from './verdict/verdict.js';
