/**
 * Copies an array into a new array of another format, in bounded memory.
 * @module
 */
import { dirname } from 'node:path';
import { abortError } from '../core/abort.js';
import { type DType, dtypeInfo, isComplex } from '../core/dtype.js';
import { isPosixParError, WriteError } from '../core/errors.js';
import type { Overflow } from '../core/generated/choices.js';
import { expected, Fields } from '../core/validate.js';
import { performSteps } from '../exec/file-steps.js';
import type { Progress } from '../exec/progress.js';
import { resolveTarget } from '../files/output-file.js';
import { jsonText } from '../formats/json-text.js';
import { writableFormat } from '../formats/registry.js';
import { absolutePath, checkedPath } from '../io/paths.js';
import type { Slice } from '../plan/selection.js';
import type { ArrayHandle } from './array-handle.js';
import { withCaller } from './caller-stack.js';
import { ConversionLog, type ConversionParameters, identifySource, readBootId } from './conversion-log.js';
import { blocksInFlight, blocksOf, forEachBlock } from './convert-blocks.js';
import { completeSidecar, createKept } from './create.js';
import { openArray } from './open.js';
import { openedParts } from './opened-parts.js';
import type { OpenOptions } from './options.js';
import { BlockTransfer, type Copying, noTransfer, signalOf } from './transfer-blocks.js';
import type { WritableArrayHandle } from './writable-array.js';
import type { CreateOptions } from './write-options.js';
import { toWriteError } from './write-target.js';

/** Options of {@link convert}. The options of `createArray` describe the new array. */
export interface ConvertOptions extends Omit<CreateOptions, 'shape' | 'dtype'> {
  /** Type of the elements of the new array. Default: the type of the source. */
  readonly dtype?: DType;
  /** Treatment of values that the new type cannot represent. Default `error`. */
  readonly overflow?: Overflow;
  /** Options with which the source is opened. */
  readonly source?: OpenOptions;
  /**
   * Maximum number of bytes of elements in memory at a time, but at least two chunks (or shards) of the new array.
   * Default 256 MiB.
   */
  readonly memoryBudgetBytes?: number;
  /** True to read both arrays again and compare them, before the new array gets its name. Default false. */
  readonly verify?: boolean;
  /**
   * True to keep the data of an aborted, failed or killed conversion next to the target, and to complete it when the
   * same conversion is called again. A log next to the target names the source, the options and the complete blocks.
   * Default false.
   */
  readonly resume?: boolean;
  /** Called after each block is copied and, with `verify`, after each block is compared. */
  readonly onProgress?: (progress: Progress) => void;
}

/** Result of {@link convert}. */
export interface ConvertStats {
  /** Number of bytes of all elements in the type of the source, without compression. */
  readonly bytes: number;
  /** Bytes that this call passed to the file system. */
  readonly bytesWritten: number;
  /** Number of blocks in which the array was copied. */
  readonly blocks: number;
  /** Number of these blocks that an earlier call with `resume` had copied. */
  readonly blocksResumed: number;
  /**
   * `copy`: the stored chunks were copied without decoding them. `decode`: the elements were read, converted and
   * encoded. `both`: the chunks of some blocks were copied. `none`: there was no block to copy.
   */
  readonly method: 'copy' | 'decode' | 'both' | 'none';
  /** Reason for the method, such as the first difference between the storage of the source and of the new array. */
  readonly methodReason: string;
  readonly elapsedMs: number;
}

const defaultBudgetBytes = 256 * 2 ** 20;
/** Number of copies of a block that are in memory while they are compared. */
const copiesCompared = 2;

/**
 * Copies an array into a new array: its elements and, if the format stores them, its attributes, dimension names and
 * (if the element type stays the same) fill value. The new array appears under its name when it is complete.
 *
 * If both arrays store their chunks in the same way, the stored chunks are copied without decoding them. They must have
 * the same type, byte order, chunk shape, element order, codecs with their settings, and fill value; `method` of the
 * result tells whether this was the case. Damaged chunks are then copied as they are, unless `verify` is set.
 * @param source path of the array, as for `openArray`.
 * @param target path of the new array, as for `createArray`.
 * @throws as `openArray`, `ArrayHandle.read`, `createArray` and `WritableArrayHandle.write`.
 * @throws {WriteError} with code `EBADMSG` if `verify` finds a difference; with `resume`, `ECANCELED` if an earlier
 *   conversion had another source or other options, `EAGAIN` if another conversion into the target is running.
 * @example await convert('run.h5#/g/temperature', 'run.zarr', { chunkShape: [64, 128, 128], verify: true })
 */
export function convert(
  source: string | URL,
  target: string | URL,
  options: ConvertOptions = {},
): Promise<ConvertStats> {
  return withCaller(copy(source, target, options));
}

async function copy(source: string | URL, target: string | URL, options: ConvertOptions): Promise<ConvertStats> {
  const startedMs = performance.now();
  const { verify = false, resume = false, source: opening } = options;
  if (typeof verify !== 'boolean') throw expected('true or false', 'options.verify', verify);
  if (typeof resume !== 'boolean') throw expected('true or false', 'options.resume', resume);
  const settings: Settings = {
    ...options,
    verify,
    startedMs,
    budget: Fields.ofOptions(options).integer('memoryBudgetBytes', 1, defaultBudgetBytes),
  };
  await using from = await openArray(source, opening);
  if (!resume) return await copyBlocks(from, target, settings, null);
  const place = await finalPath(target);
  const log = await ConversionLog.open(place, await parametersOf(from, settings));
  try {
    if (log.state === 'published') {
      const sidecar = await completeSidecar(place, creationOf(from, target, settings));
      // The log and the data of a replaced store must not be removed before the new name is durable.
      if (options.durability !== 'none') await performSteps([{ kind: 'syncDirectory', path: dirname(place) }]);
      const blocks = log.done.size;
      const bytes = from.size * dtypeInfo(from.dtype).size;
      try {
        if (verify) await comparePublished(from, place, settings, { log, bytes });
      } catch (error) {
        // The target may be another file, which this sidecar does not describe.
        if (sidecar !== null) await performSteps([{ kind: 'remove', path: sidecar }]);
        throw error;
      }
      await log.remove();
      const elapsedMs = performance.now() - startedMs;
      return { bytes, bytesWritten: 0, blocks, blocksResumed: blocks, ...noTransfer, elapsedMs };
    }
    const stats = await copyBlocks(from, target, settings, log);
    await log.remove();
    return stats;
  } catch (error) {
    if (log.isEmpty) await log.remove();
    throw error;
  } finally {
    await log.close();
  }
}

/**
 * Compares the source with the array that an earlier call has completed.
 * @throws {WriteError} EBADMSG if they differ. The log is then removed, so that the next call starts again.
 */
async function comparePublished(
  from: ArrayHandle,
  place: string,
  settings: Settings,
  { log, bytes }: { readonly log: ConversionLog; readonly bytes: number },
): Promise<void> {
  const { overflow = 'error', budget, signal, format, array, onProgress } = settings;
  const { name } = writableFormat(format, place);
  await using to = await openArray(place, { format: name, ...(array === undefined ? {} : { array }) });
  const blocks = blocksOf(from, to, Math.floor(budget / copiesCompared), dtypeInfo(to.dtype).size);
  const copied = log.done.size;
  const chunksTotal = copied + blocks.count;
  let chunksDone = copied;
  try {
    if (`${to.shape}` !== `${from.shape}`) throw differs(to.path, `in its shape [${to.shape.join(', ')}]`);
    await forEachBlock(blocks, 1, noBlocks, async (block) => {
      await compare({ from, to, overflow, signal }, block);
      chunksDone += 1;
      onProgress?.({ bytesDone: (bytes * chunksDone) / chunksTotal, bytesTotal: bytes, chunksDone, chunksTotal });
    });
  } catch (error) {
    if (isDifference(error)) await log.remove();
    throw error;
  }
  if (signal?.aborted === true) throw abortError(signal, 'The conversion was aborted');
}

/** Options of a conversion, with defaults. */
interface Settings extends ConvertOptions {
  readonly verify: boolean;
  readonly budget: number;
  /** Value of `performance.now()` at the start of the call. */
  readonly startedMs: number;
}

const noBlocks: ReadonlySet<number> = new Set();

/** Copies all blocks that the log does not contain, and gives the new array its name. */
async function copyBlocks(
  from: ArrayHandle,
  target: string | URL,
  settings: Settings,
  log: ConversionLog | null,
): Promise<ConvertStats> {
  const { overflow = 'error', verify, budget, onProgress, startedMs, signal } = settings;
  const kept = log === null ? null : { path: log.dataPath, exists: log.state === 'begun', identity: log.dataIdentity };
  await using to = await createKept(target, creationOf(from, target, settings), kept);
  const copying: Copying = { from, to, overflow, signal };
  const blocks = blocksOf(from, to, Math.floor(budget / blocksInFlight));
  const bytes = from.size * dtypeInfo(from.dtype).size;
  const resumed = log?.done ?? noBlocks;
  const transfer = new BlockTransfer(copying);
  const compared = verify ? blocksOf(from, to, Math.floor(budget / copiesCompared), dtypeInfo(to.dtype).size) : null;
  const steps = blocks.count + (compared?.count ?? 0);
  let done = resumed.size;
  const report = (): void => {
    done += 1;
    onProgress?.({ bytesDone: (bytes * done) / steps, bytesTotal: bytes, chunksDone: done, chunksTotal: steps });
  };
  try {
    await log?.begin(blocks.shape, blocks.count);
    await transfer.begin();
    await forEachBlock(blocks, blocksInFlight, resumed, async (block, index) => {
      await transfer.run(block);
      if (log !== null) {
        // The data must be as durable as the options require before the log says that the block is complete.
        await to.flush();
        await log.record(index);
      }
      report();
    });
    if (compared !== null) {
      // Only one block at a time, because each needs memory for two copies. They are read at the same time.
      await forEachBlock(compared, 1, noBlocks, async (block) => {
        await compare(copying, block);
        report();
      });
    }
    if (signal?.aborted === true) throw abortError(signal, 'The conversion was aborted');
  } catch (error) {
    await to.discard();
    // A copy that differs from the source must not be resumed.
    if (isDifference(error)) await log?.remove();
    throw error;
  }
  await to.close();
  const elapsedMs = performance.now() - startedMs;
  const { bytesWritten } = transfer;
  return { bytes, bytesWritten, blocks: blocks.count, blocksResumed: resumed.size, ...transfer.method, elapsedMs };
}

/** Returns the options with which the new array is created. */
function creationOf(from: ArrayHandle, target: string | URL, settings: Settings): CreateOptions {
  const { dtype = from.dtype } = settings;
  const {
    overflow: _overflow,
    source: _source,
    memoryBudgetBytes: _budgetBytes,
    verify: _verify,
    resume: _resume,
    onProgress: _onProgress,
    budget: _budget,
    startedMs: _startedMs,
    ...rest
  } = settings;
  return { ...inherited(from, dtype, rest, target), ...rest, shape: from.shape, dtype };
}

/** Returns the path at which the new array will be, without symbolic links. */
async function finalPath(target: string | URL): Promise<string> {
  const path = absolutePath(checkedPath(target));
  try {
    return await resolveTarget(path);
  } catch (error) {
    throw toWriteError(error, path);
  }
}

/** Returns the properties that must be the same when the conversion is resumed. */
async function parametersOf(from: ArrayHandle, settings: Settings): Promise<ConversionParameters> {
  const { dtype = from.dtype, durability = 'full', overflow = 'error', budget, source } = settings;
  const { format, order, byteOrder, attributes, dimensionNames, zarrFormat, array, chunkShape } = settings;
  const { shardShape, codecs, fillValue, tilePath, edgeTiles } = settings;
  const layout = { format, order, byteOrder, attributes, dimensionNames, zarrFormat, array, chunkShape };
  const { signal: _, ...opening } = source ?? {};
  const options = {
    ...{ dtype, overflow, memoryBudgetBytes: budget, durability, source: { ...opening, array: from.name } },
    ...{ ...layout, shardShape, codecs, fillValue, tilePath, edgeTiles },
  };
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  const named = given.map(([name, value]) => [`options.${name}`, JSON.parse(jsonText(value))] as const);
  return {
    source: await identifySource([from.path, ...openedParts(from).descriptor.guardedFiles]),
    options: Object.fromEntries(named),
    boot: durability === 'full' ? null : await readBootId(),
  };
}

/** Returns the metadata that the new array takes over from the source. */
function inherited(
  from: ArrayHandle,
  dtype: DType,
  { format, zarrFormat }: ConvertOptions,
  target: string | URL,
): Partial<CreateOptions> {
  const { name, targetKind } = writableFormat(format, absolutePath(checkedPath(target)));
  if (name === 'npy') return {};
  const { dimensionNames, fillValue } = from;
  // Leaves out the attribute that readers add under the name of the format: it describes how the source is stored.
  const { [from.format]: _, ...attributes } = from.attributes;
  const isNamed = dimensionNames !== null && (zarrFormat !== 2 || !dimensionNames.includes(null));
  return {
    attributes,
    ...(isNamed ? { dimensionNames } : {}),
    ...(targetKind === 'store' && fillValue !== null && dtype === from.dtype ? { fillValue } : {}),
  };
}

/** True for the error of a copy that differs from its source. */
const isDifference = (error: unknown): boolean => isPosixParError(error, 'WriteError') && error.code === 'EBADMSG';

/** Arrays that are compared. */
type Comparing = Omit<Copying, 'to'> & { readonly to: ArrayHandle | WritableArrayHandle };

/** Compares a block of the new array with the source. @throws {WriteError} EBADMSG if it differs. */
async function compare(copying: Comparing, block: readonly Slice[]): Promise<void> {
  const { from, to, overflow } = copying;
  const { dtype } = to;
  const as = dtype === from.dtype || isComplex(dtype) ? {} : { as: dtype, overflow };
  const reads = [from.read(block, { ...as, ...signalOf(copying) }), to.read(block, signalOf(copying))] as const;
  // Waits for both, because a read that fails must not leave the other in flight.
  await Promise.allSettled(reads);
  using expectedData = await reads[0];
  using found = await reads[1];
  const bytes = ({ buffer, byteOffset, byteLength }: ArrayBufferView): Buffer =>
    Buffer.from(buffer, byteOffset, byteLength);
  if (Buffer.compare(bytes(expectedData.data), bytes(found.data)) === 0) return;
  const where = block.map(({ start, stop }) => `${start}:${stop}`).join(', ');
  throw differs(to.path, `in [${where}]`);
}

function differs(path: string, how: string): WriteError {
  const message = `The copy differs from the source ${how}: ${path}`;
  return new WriteError(message, { code: 'EBADMSG', errno: 74, path });
}
