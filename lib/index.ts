/**
 * posix-par: reads slices of large multidimensional arrays in parallel on native threads.
 * @module
 * @example
 * import { openArray, readSubset, slice } from 'posix-par';
 * const { data, shape } = await readSubset('volume.npy', [slice(0, 64), null, -1]);
 */
export { ArrayHandle } from './api/array-handle.js';
export type { BatchResult } from './api/batch-result.js';
export { configure, type ProcessOptions } from './api/configure.js';
export { type Diagnosis, diagnose } from './api/diagnose.js';
export type { Explanation } from './api/explain.js';
export { GroupHandle, type WalkOptions } from './api/group-handle.js';
export { type AllocateOptions, allocate } from './api/memory.js';
export type { AnySelection, NamedSelection } from './api/named-selection.js';
export { openArray, openGroup, readSubset } from './api/open.js';
export type {
  AbortOptions,
  AsStored,
  AsyncReadOptions,
  Coordinates,
  ExplainOptions,
  OpenOptions,
  Readahead,
  ReadManyOptions,
  ReadOptions,
  StorageOptions,
  SubsetOptions,
} from './api/options.js';
export type { ElementFor, ReadResult, TypedReadResult } from './api/read-result.js';
export type { EitherSign, NamedDType, Only, OptionValue, ResultDType } from './api/result-types.js';
export { type SavedIndexSummary, type SaveIndexOptions, saveIndex } from './api/save-index.js';
export type {
  ByteOrder,
  DataFor,
  DType,
  DTypeKind,
  DTypesByKind,
  RealDType,
  TypedArray,
  ViewFor,
} from './core/dtype.js';
export {
  AbortError,
  type Choice,
  ChoiceError,
  ClosedError,
  CodecError,
  ConversionError,
  type ErrorByTag,
  type ErrorLocation,
  type ErrorTag,
  ExternalFileError,
  type ExternalFileErrorDetails,
  FormatError,
  isPosixParError,
  type MemoryLimitDetails,
  MemoryLimitError,
  PosixParError,
  ReadError,
  type ReadErrorDetails,
  SelectionError,
  UnsupportedError,
} from './core/errors.js';
export type { ExternalFiles } from './core/external-files.js';
export type { FillValue } from './core/fill.js';
export {
  type CachePolicy,
  type Consistency,
  cachePolicies,
  consistencyKinds,
  type Engine,
  engineNames,
  type Overflow,
  type Priority,
  priorities,
} from './core/generated/choices.js';
export type { ReadStats } from './exec/stats.js';
export type { Progress } from './exec/submit.js';
export type { DomainBounds } from './formats/format.js';
export type { GroupEntry, GroupLink } from './formats/group.js';
export type { FormatOptions, Instant } from './formats/options.js';
export type { ByteRange } from './io/io.js';
export type { Coalescing } from './plan/extent-shape.js';
export { parseSelection, type Selection, type SelectionEntry, type Slice, slice } from './plan/selection.js';
