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

/**
 * Performs a lookup without blocking.
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
