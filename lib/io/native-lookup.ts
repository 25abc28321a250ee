/**
 * Performs lookups of the addon on the I/O lane of its thread pool, or on the calling thread.
 * @module
 */
import { abortError, onAbort, onStall, throwIfAborted } from '../core/abort.js';
import { ReadError } from '../core/errors.js';
import { answerWordCount, answerWords, fileKinds, type LookupKindName, lookupKinds } from '../core/generated/lookup.js';
import {
  binding,
  isNativeError,
  type NativeBinding,
  type NativeError,
  type NativeHandle,
  type NativeLookupDetails,
} from '../native/binding.js';
import { toError } from '../native/native-error.js';
import { turn } from '../native/turn.js';
import type { HeapMemory } from './heap-values.js';
import type { FileInfo } from './io.js';

/** One call of the addon's `lookup` (see binding-types.ts for the fields). */
export interface Lookup {
  readonly kind: LookupKindName;
  readonly subject: readonly string[] | NativeHandle;
  /** Offsets, one per item. */
  readonly offsets: readonly number[];
  /**
   * Buffers for the results, one per item. The size of each is the number of bytes to read. For `heap`, a list of
   * buffers per item ({@link HeapMemory}).
   */
  readonly memory: readonly (Uint8Array | Float64Array)[] | readonly HeapMemory[];
}

/** Memory of one item that reads no bytes. */
export const noBytes: readonly Uint8Array[] = [new Uint8Array(0)];

/** Returns the lookup of the state of a path. */
export function statLookup(path: string): Lookup {
  return { kind: 'stat', subject: [path], offsets: [0], memory: noBytes };
}

/**
 * Answer for one item: the state of the file, and the number of bytes that were read. Null if nothing exists at the
 * path.
 */
export type LookupAnswer = { readonly info: FileInfo; readonly bytes: number } | null;

/** Answers of a lookup, in the order of its items. */
export interface LookupAnswers {
  readonly items: readonly LookupAnswer[];
  readonly details: NativeLookupDetails;
}

function answersOf(words: Float64Array, details: NativeLookupDetails): LookupAnswers {
  const items = Array.from({ length: words.length / answerWordCount }, (_, i) => {
    const word = (name: keyof typeof answerWords): number => words[i * answerWordCount + answerWords[name]] ?? 0;
    if (word('absent') === 1) return null;
    const info: FileInfo = {
      kind: fileKinds[word('kind')] ?? 'other',
      size: word('size'),
      mtimeMs: word('mtimeMs'),
      ino: word('inode'),
      dev: word('device'),
    };
    return { info, bytes: word('bytes') };
  });
  return { items, details };
}

type Callback = (error: NativeError | null, details: NativeLookupDetails) => void;

function call(
  { kind, subject, offsets, memory }: Lookup,
  words: Float64Array,
  roots: NativeHandle | null,
  callback: Callback | null,
): ReturnType<NativeBinding['lookup']> {
  if (Array.isArray(subject)) for (const path of subject as readonly string[]) checkPath(path);
  const kindNumber = lookupKinds.indexOf(kind);
  return binding().lookup(kindNumber, subject, Float64Array.from(offsets), memory, words, roots, callback);
}

function checkPath(path: string): void {
  // The system call would ignore everything from the NUL on.
  if (path.includes('\0'))
    throw new ReadError(`Cannot read ${path}: it contains a NUL character`, { code: 'EINVAL', errno: 22, path });
}

/** Signals that can end a lookup while the system has not answered. */
export interface LookupEnds {
  /** When aborted, ends the lookup immediately. */
  readonly signal: AbortSignal | undefined;
  /** When aborted, ends the lookup if it hangs. */
  readonly closing: AbortSignal | undefined;
}

/** Maximum number of bytes that a lookup reads on the JavaScript thread. This takes less than 0.3 ms. */
export const maxCachedBytes = 2 << 20;

/**
 * Performs a lookup of the kind `stat` or `slice` on this thread, in this turn of the event loop or the next one, if
 * its answer is in memory and no system call can wait. Returns null if {@link lookUp} must perform it. That is also the
 * case if a path does not exist, or if a file was modified while it was read.
 * @param roots as for {@link lookUp}.
 */
export async function lookUpCached(lookup: Lookup, roots: NativeHandle | null): Promise<LookupAnswers | null> {
  const { kind, subject, offsets, memory } = lookup;
  if (kind !== 'stat' && kind !== 'slice') return null;
  let bytes = 0;
  const views: (Uint8Array | Float64Array)[] = [];
  for (const view of memory) {
    if (!('byteLength' in view)) return null;
    bytes += view.byteLength;
    views.push(view);
  }
  if (bytes > maxCachedBytes) return null;
  if (Array.isArray(subject)) for (const path of subject as readonly string[]) checkPath(path);
  if (turn.isOver()) await turn.next();
  const words = new Float64Array(memory.length * answerWordCount);
  const kindNumber = lookupKinds.indexOf(kind);
  const positions = Float64Array.from(offsets);
  const outcome = binding().lookup_without_waiting(kindNumber, subject, positions, views, words, roots);
  if (isNativeError(outcome)) throw toError(outcome);
  return outcome === true ? answersOf(words, undefined) : null;
}

/**
 * Performs a lookup without blocking. If its answer is in memory, performs it on this thread ({@link lookUpCached}),
 * otherwise on the I/O lane.
 * @param roots if given, paths must be below these directories.
 * @throws {AbortError} if one of the signals ends the lookup, even if the file system does not respond.
 * @throws {ReadError} naming the path. @throws {ExternalFileError} for a path outside the roots.
 */
export async function lookUp(
  lookup: Lookup,
  roots: NativeHandle | null,
  { signal, closing }: LookupEnds,
): Promise<LookupAnswers> {
  throwIfAborted(signal);
  const cached = await lookUpCached(lookup, roots);
  if (cached !== null) return cached;
  throwIfAborted(signal);
  const words = new Float64Array(lookup.memory.length * answerWordCount);
  const [error, details] = await new Promise<Parameters<Callback>>((resolve, reject) => {
    const unwatch: (() => void)[] = [];
    const end = (): void => {
      for (const one of unwatch) one();
    };
    const ticket = call(lookup, words, roots, (...outcome) => {
      end();
      turn.run(() => resolve(outcome));
    });
    const giveUp = (of: AbortSignal | undefined) => (): void => {
      end();
      if (typeof ticket === 'number' && binding().abandon(ticket, null)) reject(abortError(of));
    };
    // A lookup is one operation, so its progress stays 0 until it ends.
    unwatch.push(
      onAbort(signal, giveUp(signal)),
      onStall(closing, () => 0, giveUp(closing)),
    );
  });
  if (error === null) return answersOf(words, details);
  // The error is created here and not in the callback, so that its stack trace contains the waiting callers.
  const failure = toError(error);
  Error.captureStackTrace(failure, lookUp);
  throw failure;
}

/** Works like {@link lookUp}, but on the calling thread. */
export function lookUpSync(lookup: Lookup, roots: NativeHandle | null): LookupAnswers {
  const words = new Float64Array(lookup.memory.length * answerWordCount);
  const outcome = call(lookup, words, roots, null);
  if (isNativeError(outcome)) throw toError(outcome);
  return answersOf(words, typeof outcome === 'number' ? undefined : outcome);
}

/**
 * Returns the state of the file or directory at `path`; null if it does not exist. Parameters and errors are those of
 * {@link lookUp}.
 */
export async function statNative(path: string, roots: NativeHandle | null, ends: LookupEnds): Promise<FileInfo | null> {
  const { items } = await lookUp(statLookup(path), roots, ends);
  return items[0]?.info ?? null;
}
