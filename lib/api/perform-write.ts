/**
 * Performs one write of an array.
 * @module
 */
import { fillWords } from '../core/fill.js';
import type { Durability } from '../core/generated/write.js';
import type { Resources } from '../exec/resources.js';
import { submitWrite, type WriteStats } from '../exec/submit-write.js';
import { encodePlan, type ReadDefaults } from '../exec/wire.js';
import type { ArrayDescriptor } from '../formats/format.js';
import { runAsync } from '../io/driver.js';
import { nativeAsyncBackend } from '../io/native-backend.js';
import { openDirectory } from '../io/native-open.js';
import type { Hyperslab } from '../plan/hyperslab.js';
import type { ElementConversion } from '../plan/output.js';
import type { WriteBack } from './write-back.js';
import type { WriteSource } from './write-data.js';
import type { WriteEngineSelector } from './write-engine.js';
import type { WriteOptions } from './write-options.js';
import { planWrite } from './write-plan.js';

/** Open files of an array, and settings of all of its writes. */
export interface WriteEnvironment {
  readonly resources: Resources;
  readonly defaults: ReadDefaults;
  /** Durability of each write; `none` also if only `flush` and `close` make the data durable (a new file). */
  readonly writeDurability: Durability;
  readonly engines: WriteEngineSelector;
  /** Chunks that are stored later; null if each write stores its chunks. */
  readonly writeBack: WriteBack | null;
  /** True if chunks that contain only the fill value are not stored. */
  readonly omitsFill: boolean;
}

/** One write. */
export interface WriteRequest {
  readonly slab: Hyperslab;
  readonly source: WriteSource;
  readonly options: WriteOptions | undefined;
  /** Called if the write is abandoned, because a system call hangs after an abort. */
  readonly onAbandoned: () => void;
}

/** Plans and performs a write. Throws as `WritableArrayHandle.write`. */
export async function performWrite(
  { resources, defaults, writeDurability, omitsFill, engines, writeBack }: WriteEnvironment,
  descriptor: ArrayDescriptor,
  { slab, source, options, onAbandoned }: WriteRequest,
): Promise<WriteStats> {
  const { fillValue, dtype } = descriptor;
  const { signal, onProgress, overflow = 'error' } = options ?? {};
  const conversion: ElementConversion = {
    out: source.type,
    overflow,
    scaling: null,
    decoding: null,
    fill: { type: source.type, words: fillWords(null, source.type.name) },
  };
  const request = { slab, conversion, coalescing: defaults.coalescing };
  const written = await runAsync(planWrite(descriptor, request), nativeAsyncBackend, signal);
  const { plan, shards } = written;
  for (const path of resources.missingDirectories(plan)) {
    resources.keepDirectory(path, await openDirectory(path, null, { signal, closing: undefined }));
  }
  const bytesTotal = source.memory.byteLength;
  return await submitWrite(
    encodePlan(plan, resources, defaults, false),
    source.memory,
    {
      durability: writeDurability,
      dtype,
      fillValue,
      omitsFill,
      shards,
      engine: engines.choose(written),
      cache: writeBack?.cache ?? null,
    },
    { signal, onProgress, bytesTotal, chunksTotal: plan.chunkCount, onAbandoned },
  );
}
