/**
 * posix-par: reads slices of large multidimensional arrays in parallel on native threads.
 * @module
 * @example
 * import { openArray, readSubset, slice } from 'posix-par';
 * const { data, shape } = await readSubset('volume.npy', [slice(0, 64), null, -1]);
 */

export type { AppendOptions, ResizeOptions } from './api/append.js';
export type { ArrayDescription, RecordFieldInfo } from './api/array-description.js';
export { ArrayHandle } from './api/array-handle.js';
export { attach, attachRecords, attachSequences, attachText } from './api/attach.js';
export type { AttributeType } from './api/attribute-types.js';
export type { BatchResult, CollectedBatch, ManyResult } from './api/batch-result.js';
export type { BlockOptions } from './api/block-options.js';
export type { Block } from './api/blocks.js';
export { type ChunkCache, type ChunkCacheOptions, type ChunkCacheUsage, createChunkCache } from './api/chunk-cache.js';
export { configure, type ProcessOptions } from './api/configure.js';
export { type ConvertOptions, type ConvertStats, convert } from './api/convert.js';
export { createArray } from './api/create.js';
export { describeArray } from './api/describe-array.js';
export type { DescribedArray } from './api/described-array.js';
export { type Diagnosis, diagnose } from './api/diagnose.js';
export type { Explanation, ManyExplanation } from './api/explain.js';
export type { WriteExplanation } from './api/explain-write.js';
export { type GroupArrayOptions, GroupHandle, type WalkEntry, type WalkOptions } from './api/group-handle.js';
export type { HistogramResult } from './api/histogram.js';
export { type AllocateOptions, allocate } from './api/memory.js';
export { type MemoryUsage, memoryUsage } from './api/memory-usage.js';
export type { AnySelection, NamedSelection } from './api/named-selection.js';
export type { NestedArray } from './api/nested-array.js';
export { openArray, openGroup, openRecords, openSequences, openText, readSubset } from './api/open.js';
export type {
  AbortOptions,
  AsStored,
  AsyncReadOptions,
  Coordinates,
  ExplainOptions,
  OnError,
  OpenOptions,
  Readahead,
  ReadManyOptions,
  ReadOptions,
  StorageOptions,
  StreamOptions,
  SubsetOptions,
  WritableOpenOptions,
} from './api/options.js';
export { PartialReduction, partialReduce } from './api/partial-reduction.js';
export type { BooleanMask, IndexList, PointLists } from './api/point-selection.js';
export { type ArraySelection, type ArraysResult, readMany } from './api/read-arrays.js';
export type { ElementFor, ReadResult, TypedReadResult } from './api/read-result.js';
export type { ArrayView, ReadableArray } from './api/readable-array.js';
export { RecordHandle, type RecordReadOptions } from './api/record-handle.js';
export type { NumberField, RecordResult, SequenceField, TextField } from './api/record-result.js';
export type {
  HistogramOptions,
  QuantileOptions,
  ReducedDType,
  ReduceOptions,
  Reduction,
} from './api/reduce-options.js';
export type { ResultPoolUsage } from './api/result-pool.js';
export type { EitherSign, MaskFor, NamedDType, Only, OptionValue, ResultDType } from './api/result-types.js';
export { type SavedIndexSummary, type SaveIndexOptions, saveIndex } from './api/save-index.js';
export { SequenceHandle, type SequenceReadOptions } from './api/sequence-handle.js';
export type { SequenceResult, SequenceValues } from './api/sequence-result.js';
export type { ArrayToken, SharedKind } from './api/share.js';
export type { BoxOf, FailedBox, StreamedBox } from './api/stream.js';
export { TextHandle, type TextReadOptions } from './api/text-handle.js';
export type { TextResult, Utf8Result } from './api/text-result.js';
export type { EnumConstant, TypeDescription, TypeField } from './api/type-description.js';
export { concat, type JoinOptions, stack, type VirtualArray } from './api/virtual-array.js';
export { WritableArrayHandle } from './api/writable-array.js';
export type { WriteArray, WriteData } from './api/write-data.js';
export type { CreateOptions, WriteOptions } from './api/write-options.js';
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
  WriteError,
  type WriteErrorDetails,
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
export type { Durability } from './core/generated/write.js';
export type { Utf8Text } from './core/utf8-text.js';
export type { Progress } from './exec/progress.js';
export type { ReadStats } from './exec/stats.js';
export type { WriteStats } from './exec/submit-write.js';
export type { VirtualSources } from './formats/descriptor.js';
export type { DomainBounds } from './formats/format.js';
export type { GroupEntry, GroupLink } from './formats/group.js';
export type { FormatOptions, Instant } from './formats/options.js';
export type { NewCodec } from './formats/zarr/write/codec-options.js';
export type { ByteRange } from './io/io.js';
export type { Coalescing } from './plan/extent-shape.js';
export { parseSelection, type Selection, type SelectionEntry, type Slice, slice } from './plan/selection.js';
export type { WriteEngineName } from './plan/write-engine.js';
