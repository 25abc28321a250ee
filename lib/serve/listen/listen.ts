/**
 * Creates HTTP servers with limits for slow and malformed clients, and ends them gracefully.
 * @module
 */
import { createServer, type Server } from 'node:http';
import type { ListenOptions } from 'node:net';
import type { NodeHandler } from '../http/node-adapter.js';

/** Time in milliseconds within which the headers of a request must arrive. */
const headersTimeoutMs = 10_000;
/** Interval in milliseconds at which a server that is being stopped closes idle connections. */
const pollMs = 50;
/** Maximum size of the headers of a request in bytes. */
const maxHeaderBytes = 16 << 10;

/**
 * Creates a server that does not listen yet.
 * @param idleTimeMs time in milliseconds after which a connection without traffic is closed.
 */
export function createHttpServer(handler: NodeHandler, maxConnections: number, idleTimeMs: number): Server {
  const server = createServer(
    {
      headersTimeout: headersTimeoutMs,
      requestTimeout: headersTimeoutMs,
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
