/**
 * What callers may say when they open and read, and its validation.
 * @module
 */
import { type DType, isDType, type RealDType } from '../core/dtype.js';
import { expected } from '../core/validate.js';
import type { Progress } from '../exec/submit.js';
import { cachePolicies, engineNames, overflowModes, type readaheadKinds } from '../exec/wire.js';
import type { Coalescing } from '../plan/spans.js';

/** How bytes are fetched, and what stays behind. */
export interface StorageOptions {
  /**
   * `auto` decides by what is in the page cache and by the shape of the selection. `pread`: blocking reads on threads. `mmap`: gathered
   * from a mapping. `direct`: O_DIRECT, past the page cache, on threads. `uring`, `uring-direct`: io_uring, through and past the page
   * cache, many extents under way from few threads. What can't be had is replaced by what can, and `stats.engineReason` says so.
   */
  readonly engine?: (typeof engineNames)[number];
  /**
   * What the read leaves in the page cache: `keep` (default) all of it; `drop` nothing that was not there before; `dontcache` the
   * same by the kernel (RWF_DONTCACHE, Linux 6.14; where that is refused, as `drop`).
   */
  readonly cache?: (typeof cachePolicies)[number];
  /**
   * What the kernel reads ahead. Default: what it thinks best. `none` and `random` switch it off, `sequential` doubles its window; a
   * number of bytes is asked for after each piece.
   */
  readonly readahead?: 'none' | 'sequential' | 'random' | number;
  /** Extents under way at once, for io_uring. Default 64. */
  readonly queueDepth?: number;
}

/** How an array is opened. Options of a format (raw's `dtype`, `shape`, ...) stand beside these. */
export interface OpenOptions extends StorageOptions {
  /** The format's name; default: recognised from the content. */
  readonly format?: string;
  /** Which array of a file or store that holds several, such as `/g/temperature`. */
  readonly array?: string;
  /** At most this many threads for a read of this array. Default and upper bound: the threads of the process. */
  readonly threads?: number;
  /** Byte runs with gaps of at most `gapBytes` are read together, up to `maxBytes`. Defaults: docs/performance.md. */
  readonly coalesce?: Partial<Coalescing>;
  /** Options of the format, such as raw's `dtype` and `shape`. */
  readonly [formatOption: string]: unknown;
}

/** What the integers of a selection mean. */
export const coordinateNames = ['positions', 'domain'] as const;

/** How a selection is read. */
export interface ReadOptions extends StorageOptions {
  /** Convert to this type while reading. */
  readonly as?: RealDType;
  /** What happens to a value that `as` can't hold, the fill value of absent chunks included. Default `error`. */
  readonly overflow?: (typeof overflowModes)[number];
  /** Apply the format's linear scaling (`value * slope + intercept`); the result is float64 unless `as` says otherwise. */
  readonly scaled?: boolean;
  /**
   * `cf`: apply what the attributes say by the CF conventions (`scale_factor`, `add_offset`, `_FillValue`, `missing_value`,
   * `valid_min`, `valid_max`, `valid_range`, `_Unsigned`); what is missing is NaN. The type of the result is the one that
   * xarray chooses, unless `as` names another float type. See docs/formats/cf.md. Default: none.
   */
  readonly decode?: 'cf';
  /** Give `mask` too: 1 where an element is missing (the same attributes). Without `decode` the values stay as stored. Of a
   * nullable attribute of TileDB: 1 where it is null. */
  readonly mask?: boolean;
  /**
   * What integers of the selection mean: `positions` count from 0 (default); `domain`: coordinates within the array's `domain`,
   * inclusive `start`, exclusive `stop`, bigints where a number is not exact; negative ones do not count from the end.
   */
  readonly coordinates?: (typeof coordinateNames)[number];
  readonly threads?: number;
  readonly coalesce?: Partial<Coalescing>;
}

/** How a selection is read without blocking. */
export interface AsyncReadOptions extends ReadOptions {
  /** Aborting drops what is queued; the read settles with an AbortError when what is running has stopped. */
  readonly signal?: AbortSignal;
  /** Called at most every 100 ms, and once at the end. */
  readonly onProgress?: (progress: Progress) => void;
}

/** The keys of {@link OpenOptions} that are not a format's. */
const ownOpenKeys: readonly string[] = [
  'format',
  'array',
  'threads',
  'engine',
  'coalesce',
  'cache',
  'readahead',
  'queueDepth',
];

/** Limits of merged reads unless the caller says otherwise; chosen by measurement (docs/adr). */
export const defaultCoalescing: Coalescing = { gapBytes: 4096, maxBytes: 1 << 20 };

/** Validated options of reads. */
export interface ReadDefaults {
  readonly threads: number;
  readonly engine: (typeof engineNames)[number];
  readonly cache: (typeof cachePolicies)[number];
  readonly readahead: (typeof readaheadKinds)[number];
  readonly aheadBytes: number;
  readonly queueDepth: number;
  readonly coalescing: Coalescing;
}

/** The keys of {@link ReadOptions}, and those that a read has which does not block. */
const readKeys: ReadonlySet<string> = new Set([
  'as',
  'overflow',
  'scaled',
  'decode',
  'mask',
  'coordinates',
  'engine',
  'cache',
  'readahead',
  'queueDepth',
  'threads',
  'coalesce',
]);
const asyncReadKeys: ReadonlySet<string> = new Set([...readKeys, 'signal', 'onProgress']);

/** Whether a read returns before it has ended. */
export type ReadMode = 'blocking' | 'not blocking';

/**
 * Checks what is said of one read, as far as it is not checked where it is used. A key that means nothing is refused:
 * it is a slip that would change the result.
 * @throws {TypeError} naming the option.
 */
export function checkReadOptions(options: ReadOptions | AsyncReadOptions | undefined, mode: ReadMode): void {
  if (options === undefined) return;
  if (typeof options !== 'object' || options === null) throw expected('an object', 'options', options);
  const known = mode === 'blocking' ? readKeys : asyncReadKeys;
  for (const key of Object.keys(options)) {
    if (!known.has(key)) throw new TypeError(`Expected one of ${[...known].join(', ')}, received \`options.${key}\``);
  }
  if (options.scaled !== undefined && typeof options.scaled !== 'boolean') {
    throw expected('true or false', 'options.scaled', options.scaled);
  }
  const { coordinates } = options;
  if (coordinates !== undefined && !coordinateNames.includes(coordinates)) {
    throw expected(`one of ${coordinateNames.join(', ')}`, 'options.coordinates', coordinates);
  }
  const { signal, onProgress } = options as AsyncReadOptions;
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw expected('an AbortSignal', 'options.signal', signal);
  }
  if (onProgress !== undefined && typeof onProgress !== 'function') {
    throw expected('a function', 'options.onProgress', onProgress);
  }
}

/** Options in the form in which they are used. */
export interface OpenSettings {
  readonly format: string | null;
  readonly array: string | null;
  readonly defaults: ReadDefaults;
  readonly formatOptions: Readonly<Record<string, unknown>>;
}

/**
 * Checks the options of an open.
 * @throws {TypeError} naming the option.
 */
export function openSettings(options: OpenOptions | undefined): OpenSettings {
  if (options !== undefined && (typeof options !== 'object' || options === null)) {
    throw expected('an object', 'options', options);
  }
  const given = options ?? {};
  const formatOptions: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(given)) {
    if (!ownOpenKeys.includes(key) && value !== undefined) formatOptions[key] = value;
  }
  const base: ReadDefaults = {
    threads: 0,
    engine: 'auto',
    cache: 'keep',
    readahead: 'kernel',
    aheadBytes: 0,
    queueDepth: 0,
    coalescing: defaultCoalescing,
  };
  return {
    format: optionalString(given.format, 'options.format'),
    array: optionalString(given.array, 'options.array'),
    defaults: readDefaults(given, base),
    formatOptions,
  };
}

function optionalString(value: unknown, name: string): string | null {
  if (value === undefined || value === null) return null;
  if (typeof value !== 'string') throw expected('a string', name, value);
  return value;
}

/** `base` with what `options` says. */
export function readDefaults(
  options: StorageOptions & Pick<ReadOptions, 'threads' | 'coalesce'>,
  base: ReadDefaults,
): ReadDefaults {
  const { threads, engine, coalesce, cache, queueDepth } = options;
  if (threads !== undefined && (!Number.isInteger(threads) || threads < 1 || threads > 4096)) {
    throw expected('an integer from 1 to 4096', 'options.threads', threads);
  }
  if (engine !== undefined && !engineNames.includes(engine)) {
    throw expected(`one of ${engineNames.join(', ')}`, 'options.engine', engine);
  }
  if (cache !== undefined && !cachePolicies.includes(cache)) {
    throw expected(`one of ${cachePolicies.join(', ')}`, 'options.cache', cache);
  }
  if (queueDepth !== undefined && (!Number.isInteger(queueDepth) || queueDepth < 1 || queueDepth > 4096)) {
    throw expected('an integer from 1 to 4096', 'options.queueDepth', queueDepth);
  }
  return {
    threads: threads ?? base.threads,
    engine: engine ?? base.engine,
    cache: cache ?? base.cache,
    ...readahead(options.readahead, base),
    queueDepth: queueDepth ?? base.queueDepth,
    coalescing: coalesce === undefined ? base.coalescing : coalescing(coalesce, base.coalescing),
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
  if (typeof given !== 'object' || given === null) throw expected('an object', 'options.coalesce', given);
  for (const key of Object.keys(given)) {
    if (key !== 'gapBytes' && key !== 'maxBytes') {
      throw new TypeError(`Expected gapBytes or maxBytes, received \`options.coalesce.${key}\``);
    }
  }
  const merged = { ...base, ...given };
  for (const key of ['gapBytes', 'maxBytes'] as const) {
    if (!Number.isSafeInteger(merged[key]) || merged[key] < 0) {
      throw expected('a whole number of bytes', `options.coalesce.${key}`, merged[key]);
    }
  }
  return merged;
}

/**
 * The type of the result.
 * @throws {TypeError} when `as` is no real type, or the array is complex.
 */
export function resultType(options: ReadOptions | undefined, stored: DType, scaled: boolean): DType {
  const as: unknown = options?.as;
  const complex = stored === 'complex64' || stored === 'complex128';
  if (as !== undefined) {
    if (!isDType(as) || as === 'complex64' || as === 'complex128') throw expected('a real dtype', 'options.as', as);
    if (complex) throw expected('no conversion of a complex array', 'options.as', as);
    return as;
  }
  return scaled ? 'float64' : stored;
}

/** @throws {TypeError} when it is none of the modes. */
export function overflowMode(options: ReadOptions | undefined): (typeof overflowModes)[number] {
  const mode = options?.overflow ?? 'error';
  if (!overflowModes.includes(mode)) throw expected(`one of ${overflowModes.join(', ')}`, 'options.overflow', mode);
  return mode;
}
