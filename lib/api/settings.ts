/**
 * Validates the options of callers and converts them to internal types.
 * @module
 */
import { isAbortSignal } from '../core/brands.js';
import { type DType, isComplex, isDType, realDTypes } from '../core/dtype.js';
import { type ExternalFiles, normalizePath } from '../core/external-files.js';
import {
  cachePolicies,
  consistencyKinds,
  engineNames,
  type Overflow,
  overflowModes,
  priorities,
} from '../core/generated/choices.js';
import { maxQueueDepth, maxThreads } from '../core/generated/limits.js';
import { type Durability, durabilityLevels } from '../core/generated/write.js';
import { checkKeys, expected, Fields, isRecord, OptionError, type UnknownRecord } from '../core/validate.js';
import type { ReadDefaults } from '../exec/wire.js';
import { formatOptionKeys } from '../formats/options.js';
import { formatNamed } from '../formats/registry.js';
import { absolutePath, checkedPath } from '../io/paths.js';
import type { NativeHandle } from '../native/binding.js';
import type { Coalescing } from '../plan/extent-shape.js';
import { type WriteEngineName, writeEngines } from '../plan/write-engine.js';
import { handleOf, isChunkCache } from './chunk-cache.js';
import {
  type AbortOptions,
  type AsyncReadOptions,
  asyncReadKeys,
  type OpenOptions,
  openKeys,
  type ReadManyOptions,
  type ReadOptions,
  type readKeys,
  type StorageOptions,
  type SubsetOptions,
  type WritableOpenOptions,
} from './options.js';

/** Default limits for merging byte runs; chosen by measurement (docs/adr). */
export const defaultCoalescing: Coalescing = { gapBytes: 4096, maxBytes: 1 << 20 };

/** Defaults of reads for which the caller sets no options. */
const noDefaults: ReadDefaults = {
  threads: 0,
  engine: 'auto',
  cache: 'keep',
  readahead: 'kernel',
  aheadBytes: 0,
  queueDepth: 0,
  consistency: 'check',
  priority: 'normal',
  coalescing: defaultCoalescing,
  chunkCache: null,
};

/** Validated options of opening an array. */
export interface OpenSettings {
  readonly format: string | null;
  readonly array: string | null;
  readonly field: string | null;
  readonly externalFiles: ExternalFiles;
  readonly defaults: ReadDefaults;
  readonly formatOptions: UnknownRecord;
}

/**
 * Checks the keys of a read's options, and those values that no later step checks.
 * @throws {TypeError} naming the option.
 */
export function checkReadOptions(options: ReadOptions | undefined, known: Omit<typeof readKeys, 'mask'>): void {
  if (options === undefined) return;
  if (typeof options === 'number') {
    throw new OptionError(
      `Expected an object for \`options\`, received ${options}: write the selection as one list, such as [0, 10]`,
    );
  }
  checkKeys(options, known);
  const { scaled, coordinates } = options;
  if (scaled !== undefined && typeof scaled !== 'boolean') throw expected('true or false', 'options.scaled', scaled);
  if (coordinates !== undefined) Fields.ofOptions(options).oneOf('coordinates', ['positions', 'domain']);
  const { signal, onProgress, onError } = options as ReadManyOptions;
  if (onError !== undefined) Fields.ofOptions(options).oneOf('onError', ['throw', 'collect']);
  checkSignal(signal);
  if (onProgress !== undefined && typeof onProgress !== 'function') {
    throw expected('a function', 'options.onProgress', onProgress);
  }
}

/**
 * Checks that `signal` is an AbortSignal or absent.
 * @throws {TypeError} if it is something else.
 */
export function checkSignal(signal: unknown): void {
  if (signal !== undefined && !isAbortSignal(signal)) {
    throw expected('an AbortSignal', 'options.signal', signal);
  }
}

/**
 * Returns the signal of a call that has no other options.
 * @throws {TypeError} naming the option.
 */
export function parseSignal(options: AbortOptions | undefined): AbortSignal | undefined {
  if (options === undefined) return undefined;
  checkKeys(options, { signal: true });
  checkSignal(options.signal);
  return options.signal;
}

/** Throws if options of opening contain an option of reads, and says where it belongs. */
function checkMisplaced(options: unknown): void {
  if (!isRecord(options)) return;
  const key = Object.keys(options).find((name) => Object.hasOwn(asyncReadKeys, name) && !Object.hasOwn(openKeys, name));
  if (key !== undefined)
    throw new OptionError(`\`options.${key}\` is an option of reads: write read(selection, { ${key}: … })`);
}

/**
 * Validates the options with which an array or group is opened.
 * @throws {TypeError} naming the option.
 */
export function openSettings(options: OpenOptions = {}): OpenSettings {
  if (typeof options === 'string') {
    throw new OptionError(
      `Expected an object for \`options\`, received '${options}': name an array as { array: '…' }, or in the path after #`,
    );
  }
  checkMisplaced(options);
  checkKeys(options, openKeys);
  checkSignal(options.signal);
  if (options.mode !== undefined) Fields.ofOptions(options).oneOf('mode', ['r', 'r+']);
  const formatOptions: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(options)) {
    if (Object.hasOwn(formatOptionKeys, key) && value !== undefined) formatOptions[key] = value;
  }
  const saved = formatOptions['savedIndex'];
  // Resolves the path now, because it may be used later, after the current directory has changed.
  if (typeof saved === 'string' && saved !== 'auto' && saved !== 'none')
    formatOptions['savedIndex'] = absolutePath(saved);
  const format = optionalString(options.format, 'options.format');
  if (format !== null) formatNamed(format);
  return {
    format,
    array: optionalString(options.array, 'options.array'),
    field: optionalString(options.field, 'options.field'),
    externalFiles: externalFiles(options.externalFiles),
    defaults: { ...readDefaults(options, noDefaults), chunkCache: cacheHandle(options.chunkCache) },
    formatOptions,
  };
}

/** Returns the native object of a chunk cache; null if none is given. @throws {TypeError} @throws {ClosedError} */
function cacheHandle(given: unknown): NativeHandle | null {
  if (given === undefined) return null;
  if (!isChunkCache(given)) throw expected('a chunk cache (see createChunkCache)', 'options.chunkCache', given);
  return handleOf(given);
}

/** Validated options of opening an array for writing. */
export interface WritableSettings {
  /** Options with which the array is opened for reading. */
  readonly reading: OpenOptions;
  readonly lock: 'exclusive' | 'none';
  readonly durability: Durability;
  readonly writeEngine: WriteEngineName;
  readonly writeBackBytes: number;
}

/**
 * Validates the options that {@link OpenOptions} lacks, and separates them from the options of reading.
 * @throws {TypeError} naming the option.
 */
export function writableSettings({
  mode: _,
  lock,
  durability,
  writeEngine,
  writeBackBytes,
  ...reading
}: WritableOpenOptions): WritableSettings {
  const fields = Fields.ofOptions({ lock, durability, writeEngine, writeBackBytes });
  if (typeof reading.externalFiles === 'object') {
    throw new OptionError("`options.externalFiles.roots` is not supported with `options.mode` 'r+'");
  }
  return {
    reading,
    lock: fields.oneOf('lock', ['exclusive', 'none'], 'exclusive'),
    durability: fields.oneOf('durability', durabilityLevels, 'full'),
    writeEngine: fields.oneOf('writeEngine', writeEngines, 'auto'),
    writeBackBytes: fields.integer('writeBackBytes', 0, 0),
  };
}

/** Validates the option `externalFiles`. Its roots become absolute paths. @throws {TypeError} naming the option. */
function externalFiles(given: unknown): ExternalFiles {
  if (given === undefined) return 'same-directory';
  if (given === 'none' || given === 'same-directory' || given === 'any') return given;
  const name = 'options.externalFiles';
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw expected("'none', 'same-directory', 'any' or { roots: [...] }", name, given);
  }
  checkKeys(given, { roots: true }, name);
  const { roots } = given as { readonly roots?: unknown };
  if (!Array.isArray(roots) || roots.length === 0) throw expected('a list of directories', `${name}.roots`, roots);
  return { roots: roots.map((root, i) => normalizePath(absolutePath(checkedPath(root, `${name}.roots[${i}]`)))) };
}

/** Returns a string, or null if the option is not given. @throws {TypeError} naming the option. */
export function optionalString(value: unknown, name: string): string | null {
  if (value === undefined || value === null) return null;
  if (typeof value !== 'string') throw expected('a string', name, value);
  return value;
}

/**
 * Splits the options of `readSubset` into options of opening and options of reading. `engine`, `threads` and similar
 * options become defaults of the open array.
 * @throws {TypeError} for an unknown key.
 */
export function splitOptions(options: SubsetOptions = {}): { open: OpenOptions; read: AsyncReadOptions } {
  checkKeys(options, { ...openKeys, ...asyncReadKeys });
  const open: Record<string, unknown> = {};
  const read: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(options)) {
    if (Object.hasOwn(openKeys, key)) open[key] = value;
    if (!Object.hasOwn(openKeys, key) || key === 'signal') read[key] = value;
  }
  return { open, read };
}

/**
 * Returns the values of `options`; options that are not given have the values of `base`.
 * @throws {TypeError} naming the option.
 */
export function readDefaults(
  options: StorageOptions & Pick<ReadOptions, 'threads' | 'coalesce' | 'priority'>,
  base: ReadDefaults,
): ReadDefaults {
  const fields = Fields.ofOptions(options);
  const { threads, engine, cache, queueDepth, consistency, coalesce, priority } = options;
  return {
    threads: threads === undefined ? base.threads : fields.integer('threads', 1, undefined, maxThreads),
    engine: engine === undefined ? base.engine : fields.oneOf('engine', engineNames),
    cache: cache === undefined ? base.cache : fields.oneOf('cache', cachePolicies),
    ...readahead(options.readahead, base),
    queueDepth: queueDepth === undefined ? base.queueDepth : fields.integer('queueDepth', 1, undefined, maxQueueDepth),
    consistency: consistency === undefined ? base.consistency : fields.oneOf('consistency', consistencyKinds),
    priority: priority === undefined ? base.priority : fields.oneOf('priority', priorities),
    coalescing: coalesce === undefined ? base.coalescing : coalescing(coalesce, base.coalescing),
    chunkCache: base.chunkCache,
  };
}

function readahead(
  given: StorageOptions['readahead'],
  base: ReadDefaults,
): Pick<ReadDefaults, 'readahead' | 'aheadBytes'> {
  if (given === undefined) return { readahead: base.readahead, aheadBytes: base.aheadBytes };
  if (given === 'none' || given === 'sequential' || given === 'random') return { readahead: given, aheadBytes: 0 };
  if (typeof given === 'number' && Number.isSafeInteger(given) && given >= 0) {
    return { readahead: 'bytes', aheadBytes: given };
  }
  throw expected("'none', 'sequential', 'random' or a number of bytes", 'options.readahead', given);
}

function coalescing(given: Partial<Coalescing>, base: Coalescing): Coalescing {
  checkKeys(given, base, 'options.coalesce');
  const merged = { ...base, ...given };
  for (const key of ['gapBytes', 'maxBytes'] as const) {
    if (!Number.isSafeInteger(merged[key]) || merged[key] < 0) {
      throw expected('a non-negative integer', `options.coalesce.${key}`, merged[key]);
    }
  }
  return merged;
}

/**
 * Returns the element type of the result.
 * @throws {TypeError} if `as` is not a real type, or if the array is complex and must be converted or scaled.
 */
export function resultType(options: ReadOptions | undefined, stored: DType, scaled: boolean): DType {
  const as: unknown = options?.as;
  const complex = isComplex(stored);
  if (as !== undefined) {
    if (!isDType(as) || isComplex(as)) throw expected(`one of ${realDTypes.join(', ')}`, 'options.as', as);
    if (complex) throw new OptionError('`options.as` is not supported for complex arrays');
    return as;
  }
  if (scaled && complex) throw new OptionError('`options.scaled` is not supported for complex arrays');
  return scaled ? 'float64' : stored;
}

/** Returns the overflow mode. @throws {TypeError} if the option is not one of the modes. */
export function overflowMode(options: ReadOptions | undefined): Overflow {
  return options?.overflow === undefined ? 'error' : Fields.ofOptions(options).oneOf('overflow', overflowModes);
}
