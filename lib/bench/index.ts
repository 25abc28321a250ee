/**
 * posix-par/bench: measures how fast storage can be read and written, and what limits it.
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
export { benchWrites, type WriteBenchReport } from './write/bench.js';
export type {
  FileState,
  SkippedWrite,
  WriteAccess,
  WriteCell,
  WriteMeasurement,
  WriteMethod,
  WriteSpot,
  WriteSync,
} from './write/cell.js';
export type { WriteBenchOptions } from './write/options.js';
export type { WriteQuestion, WriteVerdict } from './write/verdict.js';
export type { WaitKind, Waits } from './write/waits.js';
