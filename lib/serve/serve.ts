/**
 * Starts and stops the server.
 * @module
 */
import type { Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { asyncDispose } from '../core/dispose.js';
import { Catalog } from './catalog/catalog.js';
import { createNodeHandler } from './http/node-adapter.js';
import { problemOf } from './http/problem.js';
import { Responder } from './http/responder.js';
import { createFetchHandler, type FetchHandler } from './http/web-adapter.js';
import { Admission } from './limits.js';
import { createHttpServer, endServer, listenOn } from './listen/listen.js';
import { type ListeningSocket, listenOnSocket } from './listen/unix-socket.js';
import { Metrics } from './metrics.js';
import { parseServeOptions, type ServeOptions, type ServeSettings } from './options.js';
import { AccessControl } from './security/access.js';
import { createSite, errorReply } from './site.js';

/** A running server. */
export interface Server {
  /** Address with the token, to open in a browser; null if the server does not listen on TCP. */
  readonly url: string | null;
  /** Absolute path of the Unix socket; null if there is none. */
  readonly socket: string | null;
  /** Token that requests must present; null if the option `token` is `none`. */
  readonly token: string | null;
  /**
   * Answers a web-standard request, so that the routes can be part of another server. Checks the token too. If the
   * client disconnects, reads are cancelled only if the other server passes an abort signal with the request.
   */
  readonly fetch: FetchHandler;
  /**
   * Stops the server: accepts no more connections, waits for requests in flight (other than those of `fetch`), and
   * closes all files. After the time `graceMs`, connections are closed and their reads cancelled. Calling it again has
   * no effect.
   */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Serves the arrays below directories over HTTP/1.1, read only. Every readable array or group is shown as a Zarr v3
 * hierarchy at `/zarr/PATH`.
 * @throws {TypeError} naming an invalid option. @throws {ReadError} if a root is not a readable directory.
 * @throws {UnsupportedError} if the system has no openat2(2). @throws {Error} if an address is in use.
 * @example
 * await using server = await serve({ roots: ['data/'], socket: 'run.sock', port: 0 });
 * console.log(server.url);
 */
export async function serve(options: ServeOptions): Promise<Server> {
  const settings = parseServeOptions(options);
  const catalog = await Catalog.open(settings.roots);
  const admission = new Admission(settings.limits);
  const metrics = new Metrics();
  const responder = new Responder({
    metrics,
    access: new AccessControl({ token: settings.token, hosts: settings.allowedHosts, cors: settings.cors }),
    route: createSite(catalog, admission, metrics),
    requestTimeMs: settings.limits.requestTimeMs,
    errorReply: (error, { url }) =>
      errorReply(
        problemOf(error, (text) => settings.roots.hide(text)),
        url,
      ),
    onError: settings.onError,
  });
  const listeners: Listeners = { servers: [], socket: null, url: null };
  try {
    await listen(responder, settings, listeners);
  } catch (error) {
    await stop(listeners, catalog, 0);
    throw error;
  }
  let closing: Promise<void> | null = null;
  const close = (): Promise<void> => {
    closing ??= stop(listeners, catalog, settings.graceMs);
    return closing;
  };
  const { url, socket } = listeners;
  const fetch = createFetchHandler(responder);
  return { url, socket: socket?.path ?? null, token: settings.token, fetch, close, [asyncDispose]: close };
}

/**
 * The HTTP servers that `serve` has started, and the addresses that they listen on: a Unix socket and a URL. An address
 * is null if no server listens on it.
 */
interface Listeners {
  readonly servers: HttpServer[];
  socket: ListeningSocket | null;
  url: string | null;
}

/** A connection without traffic is closed this long in milliseconds after the other time limits have passed. */
const idleMarginMs = 10_000;
/** Maximum delay of a timer in milliseconds. */
const maxTimerMs = 2 ** 31 - 1;

async function listen(responder: Responder, settings: ServeSettings, listeners: Listeners): Promise<void> {
  const { port, host, socket, token, maxConnections, stallTimeMs } = settings;
  // A reply that is not ready yet is no reason to close a connection.
  const idleTimeMs = Math.min(maxTimerMs, Math.max(stallTimeMs, settings.limits.requestTimeMs) + idleMarginMs);
  const limits = { maxConnections, idleTimeMs };
  if (socket !== null) {
    const server = createHttpServer(createNodeHandler(responder, 'unix', stallTimeMs), limits);
    listeners.servers.push(server);
    listeners.socket = await listenOnSocket(server, socket);
  }
  if (port !== null) {
    const server = createHttpServer(createNodeHandler(responder, 'tcp', stallTimeMs), limits);
    listeners.servers.push(server);
    await listenOn(server, { port, host });
    listeners.url = `http://${hostOf(host)}:${(server.address() as AddressInfo).port}/?token=${token}`;
  }
}

/** Returns the host for the address that is shown to the user. */
function hostOf(host: string): string {
  if (host === '0.0.0.0' || host === '::') return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}

async function stop({ servers, socket }: Listeners, catalog: Catalog, graceMs: number): Promise<void> {
  await socket?.remove();
  await Promise.all(servers.map((server) => endServer(server, graceMs)));
  await catalog.close();
}
