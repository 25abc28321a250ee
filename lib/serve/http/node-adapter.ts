/**
 * Connects a {@link Responder} to servers of node:http.
 * @module
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ServeRequest } from './reply.js';
import type { BodyReader, Responder } from './responder.js';

const loopbackAddress = /^(127\.|::1$|::ffff:127\.)/;

/**
 * Size in bytes of the pieces in which parts of a reply are written. Each piece has a time limit, so clients that read
 * slower than one piece per limit are disconnected.
 */
const pieceBytes = 1 << 20;
/** Maximum size in bytes of the last piece of a part. A short rest is written with the piece before it. */
const maxPieceBytes = pieceBytes + (pieceBytes >> 2);

/** Handles one request of node:http. */
export type NodeHandler = (message: IncomingMessage, response: ServerResponse) => void;

/**
 * Creates the handler for one kind of connection.
 * @param stallTimeMs time in milliseconds within which the client must take the next MiB of a reply, and at the end of
 *   a part up to a quarter more. Otherwise, the connection is closed.
 */
export function createNodeHandler(responder: Responder, transport: 'tcp' | 'unix', stallTimeMs: number): NodeHandler {
  return (message, response) => {
    // The server is read only. A body is not read; the connection ends after the reply.
    if (message.headers['content-length'] !== undefined || message.headers['transfer-encoding'] !== undefined) {
      response.setHeader('connection', 'close');
    }
    const request = toRequest(message, response, transport);
    if (request === null) {
      response.writeHead(400, { 'content-type': 'application/problem+json', connection: 'close' });
      response.end('{"title":"Bad Request","status":400,"detail":"Expected a path and a host"}\n');
      return;
    }
    answer(responder, request, response, stallTimeMs).catch(() => response.destroy());
  };
}

function toRequest(message: IncomingMessage, response: ServerResponse, transport: 'tcp' | 'unix'): ServeRequest | null {
  const { method = 'GET', headers, socket } = message;
  const url = urlOf(message);
  if (url === null) return null;
  const controller = new AbortController();
  const onClose = (): void => {
    socket.off('close', onClose);
    if (!response.writableFinished) controller.abort(new Error('The client disconnected'));
  };
  response.once('close', onClose);
  // A reply that waits for the reply to an earlier request of the connection gets no event if the socket is closed.
  socket.once('close', onClose);
  return {
    method,
    url,
    transport,
    isLocal: transport === 'unix' || loopbackAddress.test(message.socket.remoteAddress ?? ''),
    signal: controller.signal,
    header(name) {
      const value = headers[name];
      return value === undefined ? null : Array.isArray(value) ? value.join(', ') : value;
    },
  };
}

/**
 * Parses path and host. Accepts only request targets that are paths (origin form), which clients send to servers that
 * are not proxies.
 */
function urlOf({ url: target = '', headers: { host = 'localhost' } }: IncomingMessage): URL | null {
  if (!target.startsWith('/')) return null;
  try {
    const origin = new URL(`http://${host}`);
    if (origin.pathname !== '/' || origin.search !== '' || origin.username !== '' || origin.password !== '')
      return null;
    return new URL(`${origin.origin}${target}`);
  } catch {
    return null;
  }
}

async function answer(
  responder: Responder,
  request: ServeRequest,
  response: ServerResponse,
  stallTimeMs: number,
): Promise<void> {
  const { status, headers, body } = await responder.respond(request);
  try {
    if (response.destroyed) return;
    response.writeHead(status, headers);
    const length = headers['content-length'];
    await send(body, length === undefined ? null : Number(length), new Sink(response, request.signal, stallTimeMs));
  } finally {
    await body.end();
  }
}

/**
 * Sends a body, and ends the response. Requests the next part when the socket has taken all bytes of the previous one.
 * @param length number of bytes of the body; null if it is not known. If it is known, the body is not asked for a part
 *   after the last one.
 */
async function send(body: BodyReader, length: number | null, sink: Sink): Promise<void> {
  let sent = 0;
  for (let part = await body.next(); part !== null && !sink.isClosed; part = await body.next()) {
    for (let at = 0; at < part.length && !sink.isClosed; ) {
      const left = part.length - at;
      const bytes = left <= maxPieceBytes ? left : pieceBytes;
      sent += bytes;
      await sink.take(part.subarray(at, at + bytes));
      at += bytes;
    }
    if (sent === length) break;
  }
  sink.end();
}

/** Writes pieces to a response, each within a time limit. */
class Sink {
  readonly #response: ServerResponse;
  readonly #signal: AbortSignal;
  readonly #stallTimeMs: number;
  #wake = (): void => {};

  constructor(response: ServerResponse, signal: AbortSignal, stallTimeMs: number) {
    this.#response = response;
    this.#signal = signal;
    this.#stallTimeMs = stallTimeMs;
    signal.addEventListener('abort', () => this.#wake(), { once: true });
  }

  /** True if the client has disconnected. */
  get isClosed(): boolean {
    return this.#signal.aborted;
  }

  /** Writes `piece`. Waits until the socket has taken it, or is closed. Closes the socket if that takes too long. */
  take(piece: Uint8Array): Promise<void> {
    const response = this.#response;
    return new Promise((resolve) => {
      let timer: NodeJS.Timeout | undefined;
      const arm = (): void => {
        timer = setTimeout(() => response.destroy(), this.#stallTimeMs);
      };
      const wake = (): void => {
        clearTimeout(timer);
        response.off('socket', arm);
        resolve();
      };
      this.#wake = wake;
      // Without a socket, this reply waits for the reply to an earlier request of the connection.
      if (response.socket === null) response.once('socket', arm);
      else arm();
      // A flag such as the result of `write` does not say when the bytes have left the process. If the write fails, the
      // connection is closed, which aborts the signal.
      response.write(piece, (error) => {
        if (error === null || error === undefined) wake();
      });
    });
  }

  /** Ends the response. */
  end(): void {
    this.#response.end();
  }
}
