/**
 * Makes HTTP requests over TCP and Unix sockets, with full control of path and headers.
 * @module
 */
import { type IncomingHttpHeaders, type RequestOptions, request } from 'node:http';

/** A complete reply. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** The body as text. */
  readonly text: string;
}

/** Options of a request. */
export interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Sends one request and waits for the complete reply. */
export function send(options: RequestOptions): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ agent: false, ...options }, (incoming) => {
      const parts: Buffer[] = [];
      incoming.on('data', (part: Buffer) => parts.push(part));
      incoming.on('error', reject);
      incoming.on('end', () => {
        const body = Buffer.concat(parts);
        resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body, text: body.toString() });
      });
    });
    outgoing.on('error', reject);
    outgoing.end();
  });
}

/** A server as the tests address it. */
export interface Target {
  readonly url: string | null;
  readonly socket: string | null;
  readonly token: string | null;
}

/** Returns the options of node:http for a path of `server`, over TCP if it listens there. */
export function optionsFor(server: Target, path: string): RequestOptions {
  if (server.url === null) return { socketPath: server.socket ?? '', path };
  const { hostname, port } = new URL(server.url);
  return { hostname, port, path };
}

/** Asks for `path` with the token. */
export function get(server: Target, path: string, asked: Asked = {}): Promise<Answer> {
  const headers = { authorization: `Bearer ${server.token}`, ...asked.headers };
  return send({ ...optionsFor(server, path), method: asked.method ?? 'GET', headers });
}
