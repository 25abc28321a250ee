/**
 * Negotiates and performs the compression of bodies.
 * @module
 */
import type { Transform } from 'node:stream';
import { constants, createBrotliCompress, createGzip } from 'node:zlib';
import { type Body, bytesBody, type ServeRequest } from './reply.js';

/** Content codings, in order of preference. */
const codings = ['br', 'gzip'] as const;
export type Coding = (typeof codings)[number];

/** Bodies that are known to be shorter are not compressed. */
const minBytes = 1024;

/** Returns the qualities in a header such as `gzip;q=0.5, br, *;q=0`. */
function qualitiesOf(header: string): ReadonlyMap<string, number> {
  return new Map(
    header.split(',').map((part) => {
      const [name = '', ...parameters] = part.split(';').map((text) => text.trim().toLowerCase());
      const quality = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
      return [name, quality === undefined ? 1 : Number(quality)] as const;
    }),
  );
}

/** Returns the content coding for `body`; null if it is sent as it is. */
export function chooseCoding(request: ServeRequest, body: Body): Coding | null {
  const { compressible, length } = body;
  if (compressible === 'no' || (compressible === 'data' && request.isLocal)) return null;
  if (length !== null && length < minBytes) return null;
  const qualities = qualitiesOf(request.header('accept-encoding') ?? '');
  const qualityOf = (coding: string): number => qualities.get(coding) ?? qualities.get('*') ?? 0;
  const best = codings.reduce((found, coding) => (qualityOf(coding) > qualityOf(found) ? coding : found));
  return qualityOf(best) > 0 ? best : null;
}

/** Returns `body` compressed with `coding`. */
export function compress(body: Body, coding: Coding): Body {
  if (body.compressed !== undefined) return { ...bytesBody(body.compressed[coding], 'no'), hasRanges: false };
  return {
    length: null,
    hasRanges: false,
    compressible: 'no',
    open: (_span, signal) => encode(body.open(null, signal), createEncoder(coding)),
  };
}

function createEncoder(coding: Coding): Transform {
  return coding === 'gzip'
    ? createGzip({ level: 1 })
    : createBrotliCompress({ params: { [constants.BROTLI_PARAM_QUALITY]: 3 } });
}

/** Size in bytes of the pieces that are compressed at once. */
const pieceBytes = 64 << 10;

/** Yields what `encoder` makes of `parts`. Requests parts no faster than the consumer takes what was encoded. */
async function* encode(parts: AsyncIterable<Uint8Array>, encoder: Transform): AsyncGenerator<Uint8Array> {
  const feed = async (): Promise<void> => {
    for await (const part of parts) {
      for (let at = 0; at < part.length && !encoder.destroyed; at += pieceBytes) {
        // The encoder gets a copy: if it is destroyed, its thread may still read the piece when the part is freed.
        await write(encoder, part.slice(at, at + pieceBytes));
      }
      if (encoder.destroyed) return;
    }
    encoder.end();
  };
  const fed = feed().catch((error: Error) => void encoder.destroy(error));
  try {
    yield* encoder;
  } finally {
    encoder.destroy();
    await fed;
  }
}

/** Waits until `encoder` has consumed `piece`, or is destroyed. */
function write(encoder: Transform, piece: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      encoder.off('close', done);
      resolve();
    };
    encoder.on('close', done);
    encoder.write(piece, done);
  });
}
