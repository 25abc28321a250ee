/**
 * Copies stored chunks of one array to the files of another array, and waits for the end.
 * @module
 */
import { abortError, throwIfAborted, watchForHang } from '../core/abort.js';
import { writeStatWord, writeStatWords } from '../core/generated/write.js';
import { binding, isNativeError, type NativeError } from '../native/binding.js';
import { toError, toWriteError } from '../native/native-error.js';
import { turn } from '../native/turn.js';
import { exitEarly } from './exit-early.js';
import { settingWords, type WriteSettings } from './submit-write.js';
import type { WirePlan } from './wire.js';

/** Which chunks are copied. */
export interface ChunkCopyRequest {
  /** Plan that reads the chunks, and plan that writes them: one layer each, with the same chunks. */
  readonly from: WirePlan;
  readonly to: WirePlan;
  readonly settings: WriteSettings;
  /** If the chunks of the plans are whole shard files, the size of a shard index in bytes; otherwise null. */
  readonly shardIndexBytes: number | null;
  /** Directory of all files that are written. */
  readonly directory: string;
}

/** Result of {@link submitCopy}. */
export interface ChunkCopyStats {
  /** Number of chunks (or shards) that were copied. */
  readonly copied: number;
  /** Number of chunks (or shards) that the source does not contain. */
  readonly absent: number;
  readonly bytesWritten: number;
}

const abortMessage = 'The conversion was aborted';

/**
 * Copies chunks on the pool's threads. The promise settles when no thread changes a file any more, except after an
 * abort while a system call hangs.
 * @param onHang called if a system call hangs after an abort.
 * @throws {WriteError} if a system call of the target fails; {ReadError} if one of the source fails, or if the source
 *   has changed. @throws {UnsupportedError} if a chunk must be decoded. @throws {CodecError} if a chunk is too large.
 * @throws {AbortError}
 */
export async function submitCopy(
  { from, to, settings, shardIndexBytes, directory }: ChunkCopyRequest,
  signal: AbortSignal | undefined,
  onHang: () => void,
): Promise<ChunkCopyStats> {
  throwIfAborted(signal, abortMessage);
  const native = binding();
  const words = new Float64Array(writeStatWords);
  const error = await new Promise<NativeError | null>((resolve, reject) => {
    const ticket = native.copy_chunks(
      to.words,
      to.tables,
      to.strings,
      to.handles,
      from.words,
      from.tables,
      from.strings,
      from.handles,
      settingWords(settings),
      shardIndexBytes ?? -1,
      words,
      (outcome) => {
        unwatch();
        turn.run(() => resolve(outcome));
      },
    );
    if (isNativeError(ticket)) {
      resolve(ticket);
      return;
    }
    const abandon = (): void => {
      if (!native.abandon(ticket, null)) return;
      exitEarly();
      unwatch();
      onHang();
      reject(abortError(signal, abortMessage));
    };
    const unwatch = watchForHang(signal, () => native.cancel(ticket), abandon);
  });
  if (error === null) {
    return {
      copied: words[writeStatWord.chunksDone] ?? 0,
      absent: words[writeStatWord.chunksOmitted] ?? 0,
      bytesWritten: words[writeStatWord.bytesWritten] ?? 0,
    };
  }
  if (error.kind === 'cancelled' && signal !== undefined) throw abortError(signal, abortMessage);
  throw error.path === directory || error.path.startsWith(`${directory}/`) ? toWriteError(error) : toError(error);
}
