/**
 * Stores the changed chunks of a cache.
 * @module
 */
import { writeStatWords } from '../core/generated/write.js';
import { binding, type NativeHandle } from '../native/binding.js';
import { toWriteError } from '../native/native-error.js';
import { turn } from '../native/turn.js';

/**
 * Stores the changed chunks of `cache` on the pool's threads, with the durability that the writes requested. Chunks
 * that cannot be stored stay in the cache.
 * @param ranges lowest and highest coordinate of the chunks (or shards) along each dimension; null: all chunks.
 * @throws {WriteError} of the first file that cannot be written. The others are written all the same.
 */
export async function flushChunks(
  cache: NativeHandle,
  ranges: readonly (readonly [low: number, high: number])[] | null,
): Promise<void> {
  const error = await new Promise<Parameters<Parameters<ReturnType<typeof binding>['flush_chunks']>[3]>[0]>(
    (resolve) => {
      binding().flush_chunks(
        cache,
        Float64Array.from((ranges ?? []).flat()),
        new Float64Array(writeStatWords),
        (outcome) => turn.run(() => resolve(outcome)),
      );
    },
  );
  if (error !== null) throw toWriteError(error);
}
