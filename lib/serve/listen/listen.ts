/**
 * Creates HTTP servers with limits for slow and malformed clients, and ends them gracefully.
 * @module
 */
import { createServer, type Server } from 'node:http';
import type { ListenOptions } from 'node:net';
import type { NodeHandler } from '../http/node-adapter.js';

/** Default time in milliseconds within which the headers of a request must arrive. */
const defaultHeadersTimeMs = 10_000;
/** Interval in milliseconds at which a server that is being stopped closes idle connections. */
const pollMs = 50;
/** Maximum size of the headers of a request in bytes. */
const maxHeaderBytes = 16 << 10;

/** Limits for the connections of a server. */
export interface ConnectionLimits {
  readonly maxConnections: number;
  /** Time in milliseconds after which a connection without traffic is closed. */
  readonly idleTimeMs: number;
  /** Time in milliseconds within which the headers of a request must arrive. Default 10,000. */
  readonly headersTimeMs?: number;
}

/** Creates a server that does not listen yet. */
export function createHttpServer(handler: NodeHandler, limits: ConnectionLimits): Server {
  const { maxConnections, idleTimeMs, headersTimeMs = defaultHeadersTimeMs } = limits;
  const server = createServer(
    {
      headersTimeout: headersTimeMs,
      requestTimeout: headersTimeMs,
      keepAliveTimeout: 5000,
      connectionsCheckingInterval: 1000,
      maxHeaderSize: maxHeaderBytes,
      insecureHTTPParser: false,
    },
    handler,
  );
  server.maxConnections = maxConnections;
  server.timeout = idleTimeMs;
  return server;
}

/** Binds `server`. @throws {Error} the system error, such as EADDRINUSE. */
export function listenOn(server: Server, options: ListenOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(options, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/**
 * Stops `server`: accepts no more connections, waits for requests in flight, and closes all connections after
 * `graceMs`.
 */
export async function endServer(server: Server, graceMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  server.closeIdleConnections();
  // A connection that is kept alive becomes idle after the reply that is in flight.
  const poll = setInterval(() => server.closeIdleConnections(), pollMs);
  const timer = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed;
  clearInterval(poll);
  clearTimeout(timer);
}
