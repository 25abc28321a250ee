/**
 * Applies conditions, ranges, compression and HEAD to a reply.
 * @see https://www.rfc-editor.org/rfc/rfc9110
 * @module
 */
import { chooseCoding, compress } from './compress.js';
import { HttpError } from './problem.js';
import { parseRange } from './ranges.js';
import { emptyReply, type Reply, type ServeRequest, type Span } from './reply.js';

/** A reply that only has to be sent. */
export interface FinishedReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Opens the body; null if there is none to send. */
  readonly open: ((signal: AbortSignal) => AsyncIterable<Uint8Array>) | null;
}

/** True if `header`, a list of entity tags or `*`, contains `etag`. Uses the weak comparison. */
function matches(header: string | null, etag: string): boolean {
  if (header === null) return false;
  return header.split(',').some((part) => {
    const tag = part.trim();
    return tag === '*' || tag === etag || tag === `W/${etag}`;
  });
}

/**
 * Returns the span that the request asks for; null for all bytes.
 * @throws {HttpError} 416 if the range selects no byte.
 */
function spanOf(request: ServeRequest, etag: string | null, length: number): Span | null {
  const condition = request.header('if-range');
  // Dates are not compared, because replies have no Last-Modified.
  if (request.method !== 'GET' || (condition !== null && condition !== etag)) return null;
  const span = parseRange(request.header('range'), length);
  if (span !== 'unsatisfiable') return span;
  throw new HttpError(416, 'RangeNotSatisfiable', `Expected a range within ${length} bytes`, {
    'content-range': `bytes */${length}`,
  });
}

/**
 * Finishes a reply for `request`.
 * @throws {HttpError} 416 if the range selects no byte.
 */
export function finishReply(request: ServeRequest, reply: Reply): FinishedReply {
  const { status, body, tag } = reply;
  const isFound = status === 200;
  const wantsRange = isFound && request.header('range') !== null && request.method === 'GET';
  const coding = body === null || (wantsRange && body.hasRanges) ? null : chooseCoding(request, body);
  const etag = tag === null ? null : `"${tag}${coding === null ? '' : `-${coding}`}"`;
  const headers: Record<string, string> = { ...reply.headers };
  if (etag !== null) headers['etag'] = etag;
  headers['cache-control'] ??= etag === null ? 'no-store' : 'private, no-cache';
  if (body !== null && body.compressible !== 'no') headers['vary'] = 'accept-encoding, origin';
  if (isFound && etag !== null && matches(request.header('if-none-match'), etag)) {
    return { ...emptyReply(304, withoutContent(headers)), open: null };
  }
  if (body === null) return { status, headers, open: null };
  if (isFound) headers['accept-ranges'] = body.hasRanges && coding === null ? 'bytes' : 'none';
  const sent = coding === null ? body : compress(body, coding);
  if (coding !== null) headers['content-encoding'] = coding;
  const span = isFound && sent.hasRanges && sent.length !== null ? spanOf(request, etag, sent.length) : null;
  if (span !== null) headers['content-range'] = `bytes ${span.start}-${span.stop - 1}/${sent.length}`;
  const length = span === null ? sent.length : span.stop - span.start;
  if (length !== null) headers['content-length'] = String(length);
  const isHead = request.method === 'HEAD';
  return {
    status: span === null ? status : 206,
    headers,
    open: isHead ? null : (signal) => sent.open(span, signal),
  };
}

function withoutContent(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith('content-')));
}
