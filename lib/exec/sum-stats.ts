/**
 * Sums the statistics of several reads of one call.
 * @module
 */
import { type ReadStats, toReadStats } from './stats.js';

/**
 * Returns the statistics of a call that made several reads. Bytes, counts and times are summed; `threads` is the
 * maximum. `bytesLeftInCache` is null if it is null for one of the reads.
 */
export function sumStats(parts: readonly ReadStats[]): ReadStats {
  const [first, ...rest] = parts;
  return first === undefined ? toReadStats([], 0, 0, 0) : rest.reduce(addStats, first);
}

function addStats(a: ReadStats, b: ReadStats): ReadStats {
  const isLeftKnown = a.bytesLeftInCache !== null && b.bytesLeftInCache !== null;
  return {
    bytesRequested: a.bytesRequested + b.bytesRequested,
    bytesRecycled: a.bytesRecycled + b.bytesRecycled,
    bytesRead: a.bytesRead + b.bytesRead,
    bytesDecoded: a.bytesDecoded + b.bytesDecoded,
    bytesCached: a.bytesCached + b.bytesCached,
    bytesMapped: a.bytesMapped + b.bytesMapped,
    bytesDirect: a.bytesDirect + b.bytesDirect,
    bytesBuffered: a.bytesBuffered + b.bytesBuffered,
    bytesLeftInCache: isLeftKnown ? (a.bytesLeftInCache ?? 0) + (b.bytesLeftInCache ?? 0) : null,
    extents: a.extents + b.extents,
    systemCalls: a.systemCalls + b.systemCalls,
    opens: a.opens + b.opens,
    chunks: a.chunks + b.chunks,
    chunksAbsent: a.chunksAbsent + b.chunksAbsent,
    chunksDecoded: a.chunksDecoded + b.chunksDecoded,
    chunkCacheHits: a.chunkCacheHits + b.chunkCacheHits,
    chunkCacheMisses: a.chunkCacheMisses + b.chunkCacheMisses,
    engine: joinEngines(a.engine, b.engine),
    engineReason: a.engine === 'none' ? b.engineReason : a.engineReason,
    threads: Math.max(a.threads, b.threads),
    onCallingThread: a.onCallingThread && b.onCallingThread,
    planMs: a.planMs + b.planMs,
    waitMs: a.waitMs + b.waitMs,
    runnableMs: a.runnableMs + b.runnableMs,
    decodeMs: a.decodeMs + b.decodeMs,
    scatterMs: a.scatterMs + b.scatterMs,
    elapsedMs: a.elapsedMs + b.elapsedMs,
    note: a.note ?? b.note,
  };
}

/** Joins names of engines, each of which may itself be several names joined by `+`. */
function joinEngines(a: string, b: string): string {
  const names = new Set([...a.split('+'), ...b.split('+')]);
  if (names.size > 1) names.delete('none');
  return [...names].join('+');
}
