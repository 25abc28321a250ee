/**
 * Reads as many boxes of a batch as possible, and collects the errors of the others.
 * @module
 */
import { isPosixParError, type PosixParError } from '../core/errors.js';
import type { ReadStats } from '../exec/stats.js';
import { sumStats } from '../exec/sum-stats.js';
import { runInSlices } from '../io/time-slices.js';
import { createOutputs } from '../plan/output.js';
import type { AsyncReadOptions } from './options.js';
import type { CompletedRead } from './reading.js';
import { type ReadRequest, type ResultTarget, sliceBoxes } from './request.js';

/** Tags of errors that may concern only some of the boxes. Any other error fails the whole call. */
const tagsOfBoxes = ['CodecError', 'ReadError', 'FormatError', 'ConversionError', 'ExternalFileError'] as const;

function isOfSomeBoxes(error: unknown): error is PosixParError {
  return tagsOfBoxes.some((tag) => isPosixParError(error, tag));
}

type OnProgress = AsyncReadOptions['onProgress'];

/** Performs one read. */
export type Perform = (
  request: ReadRequest,
  target: ResultTarget,
  onProgress: OnProgress,
) => CompletedRead | Promise<CompletedRead>;

/** A completed batch, and the error of each box that could not be read. */
export interface CollectedRead extends CompletedRead {
  readonly errors: ReadonlyMap<number, PosixParError>;
}

/**
 * Reads all boxes in one plan. If this fails with an error that may concern only some boxes, reads each half of the
 * boxes separately, and so on, until each box that fails is read alone. The elements of a box that fails become 0, and
 * the mask marks them as missing.
 * @param request a batch. @param target memory for all boxes.
 * @param onProgress called while the boxes are read in one plan and, if a box failed, at the end.
 * @throws errors that concern the whole batch, such as an AbortError.
 */
export async function readCollecting(
  request: ReadRequest,
  target: ResultTarget,
  perform: Perform,
  onProgress: OnProgress,
): Promise<CollectedRead> {
  const errors = new Map<number, PosixParError>();
  const stats: ReadStats[] = [];
  const readPart = async (part: ReadRequest, into: ResultTarget, firstBox: number): Promise<void> => {
    const boxes = part.boxes?.length ?? 0;
    try {
      stats.push((await perform(part, into, part === request ? onProgress : undefined)).stats);
    } catch (error) {
      if (!isOfSomeBoxes(error) || boxes === 0) throw error;
      if (boxes === 1) {
        errors.set(firstBox, error);
        clear(into);
        return;
      }
      const middle = boxes >>> 1;
      const first = sliceBoxes(part, into, 0, middle);
      await readPart(first.request, first.target, firstBox);
      const second = sliceBoxes(part, into, middle, boxes);
      await readPart(second.request, second.target, firstBox + middle);
    }
  };
  await readPart(request, target, 0);
  const outputs = await runInSlices(createOutputs(request.boxes ?? [], null), undefined);
  const sum = sumStats(stats);
  if (errors.size > 0) {
    const bytes = request.elements * request.out.size;
    onProgress?.({ bytesDone: bytes, bytesTotal: bytes, chunksDone: sum.chunks, chunksTotal: sum.chunks });
  }
  return { outputs, stats: sum, errors };
}

function clear({ data, mask }: ResultTarget): void {
  new Uint8Array(data.buffer, data.byteOffset, data.byteLength).fill(0);
  mask?.fill(1);
}
