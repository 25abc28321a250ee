/**
 * Connects a {@link Responder} to servers of node:http.
 * @module
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ServeRequest } from './reply.js';
import type { BodyReader, Responder } from './responder.js';

const loopbackAddress = /^(127\.|::1$|::ffff:127\.)/;

/** Handles one request of node:http. */
export type NodeHandler = (message: IncomingMessage, response: ServerResponse) => void;

/** Creates the handler for one kind of connection. */
export function createNodeHandler(responder: Responder, transport: 'tcp' | 'unix'): NodeHandler {
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
    answer(responder, request, response).catch(() => response.destroy());
  };
}

function toRequest(message: IncomingMessage, response: ServerResponse, transport: 'tcp' | 'unix'): ServeRequest | null {
  const { method = 'GET', headers } = message;
  const url = urlOf(message);
  if (url === null) return null;
  const controller = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) controller.abort(new Error('The client disconnected'));
  });
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

async function answer(responder: Responder, request: ServeRequest, response: ServerResponse): Promise<void> {
  const { status, headers, body } = await responder.respond(request);
  try {
    if (response.destroyed) return;
    response.writeHead(status, headers);
    await send(body, response, request.signal);
    response.end();
  } finally {
    await body.end();
  }
}

/** Sends a body. Requests the next part when the socket has taken all bytes of the previous one. */
async function send(body: BodyReader, response: ServerResponse, signal: AbortSignal): Promise<void> {
  for (let part = await body.next(); part !== null && !signal.aborted; part = await body.next()) {
    await taken(response, part);
  }
}

/** Waits until the socket has taken `part`, or is closed. */
function taken(response: ServerResponse, part: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      response.off('close', done);
      resolve();
    };
    if (response.destroyed) return resolve();
    response.on('close', done);
    // The callback runs also if the write fails. A flag such as the result of `write` does not say when the bytes have
    // left the process.
    response.write(part, done);
  });
}
