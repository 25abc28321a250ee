/**
 * Negotiates and performs the compression of bodies.
 * @module
 */
import { pipeline, Readable } from 'node:stream';
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
    open(_span, signal) {
      const encoder =
        coding === 'gzip'
          ? createGzip({ level: 1 })
          : createBrotliCompress({ params: { [constants.BROTLI_PARAM_QUALITY]: 3 } });
      // If the body fails, `pipeline` destroys `encoder` with the error, so the reader of `encoder` gets it.
      return pipeline(Readable.from(body.open(null, signal), { objectMode: false }), encoder, () => {});
    },
  };
}
