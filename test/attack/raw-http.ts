/**
 * An HTTP client that sends any bytes, also invalid ones.
 * @module
 */
import { connect } from 'node:net';
import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib';

/** A reply. */
export interface RawReply {
  /** 0 if the server sent no reply. */
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  /** The body, after removing transfer and content encodings. */
  readonly body: Buffer;
  /** False if the body is shorter than its headers say. */
  readonly isComplete: boolean;
}

const limitMs = 120_000;

/**
 * Sends bytes and waits until the server closes the connection.
 * @param abortAfter number of bytes of the reply after which the client closes the connection.
 * @throws {Error} if the server sends nothing more for two minutes, or if nothing listens on the port.
 */
export function sendBytes(port: number, bytes: Buffer, abortAfter = Number.POSITIVE_INFINITY): Promise<RawReply> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    let length = 0;
    const socket = connect({ host: '127.0.0.1', port });
    socket.setTimeout(limitMs, () => {
      socket.destroy();
      reject(new Error(`The server sent nothing for ${limitMs} ms after ${length} bytes`));
    });
    socket.on('connect', () => socket.write(bytes));
    socket.on('data', (part: Buffer) => {
      parts.push(part);
      length += part.length;
      if (length >= abortAfter) socket.destroy();
    });
    // A server may reset the connection if the client sends more than it wants to read.
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED') reject(error);
    });
    socket.on('close', () => resolve(parseReply(Buffer.concat(parts))));
  });
}

function parseReply(bytes: Buffer): RawReply {
  const end = bytes.indexOf('\r\n\r\n');
  const [first = '', ...lines] = bytes.subarray(0, Math.max(0, end)).toString('latin1').split('\r\n');
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(first)?.[1] ?? 0);
  const headers = new Map(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
    }),
  );
  const raw = end < 0 ? Buffer.alloc(0) : bytes.subarray(end + 4);
  const isChunked = headers.get('transfer-encoding') === 'chunked';
  const { body, isComplete } = isChunked
    ? joinChunks(raw)
    : { body: raw, isComplete: raw.length >= Number(headers.get('content-length') ?? 0) };
  return { status, headers, body: isComplete ? decode(body, headers.get('content-encoding')) : body, isComplete };
}

/** Joins the chunks of a chunked body. */
function joinChunks(raw: Buffer): { readonly body: Buffer; readonly isComplete: boolean } {
  const parts: Buffer[] = [];
  for (let at = 0; ; ) {
    const end = raw.indexOf('\r\n', at);
    const size = end < 0 ? Number.NaN : Number.parseInt(raw.subarray(at, end).toString('latin1'), 16);
    if (!(size > 0)) return { body: Buffer.concat(parts), isComplete: size === 0 };
    parts.push(raw.subarray(end + 2, end + 2 + size));
    at = end + 2 + size + 2;
  }
}

function decode(body: Buffer, coding: string | undefined): Buffer {
  if (body.length === 0) return body;
  if (coding === 'gzip') return gunzipSync(body);
  if (coding === 'deflate') return inflateSync(body);
  return coding === 'br' ? brotliDecompressSync(body) : body;
}
