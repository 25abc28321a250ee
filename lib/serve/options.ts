/**
 * Options of the server.
 * @module
 */
import { isError } from '../core/brands.js';
import { checkKeys, expected, Fields } from '../core/validate.js';
import { checkedPath } from '../io/paths.js';
import { Roots } from './catalog/roots.js';
import type { LimitSettings } from './limits.js';
import { randomToken } from './security/token.js';

/** Options of {@link serve}. */
export interface ServeOptions {
  /**
   * Directories to show. Files outside of them are never opened, also if links or other files refer to them. With one
   * root, paths in URLs begin in it; with several, they begin with the name of a root.
   */
  readonly roots: readonly string[];
  /** Path of a Unix socket to listen on. It is created with the permissions 0600. Default: none. */
  readonly socket?: string;
  /** TCP port to listen on; 0 chooses a free port, null disables TCP. Default: null with `socket`, otherwise 0. */
  readonly port?: number | null;
  /** Address to listen on. Default `127.0.0.1`. Other machines can reach the data unless it is a loopback address. */
  readonly host?: string;
  /**
   * Names by which clients may address the server, in addition to `localhost`, the loopback addresses and `host`. Other
   * names are refused, because web pages could reach the server by DNS rebinding.
   */
  readonly allowedHosts?: readonly string[];
  /**
   * Token that requests must present, except for the files of the viewer and `/healthz`. `auto` (default) creates a
   * random one. `none` accepts requests without a token, for a server that checks requests itself before it calls
   * `Server.fetch`; it requires `port: null` and no `socket`.
   */
  readonly token?: string;
  /** Origins whose web pages may use the server, such as `https://app.example`. Default: none. */
  readonly cors?: readonly string[];
  /**
   * Maximum number of bytes of replies in memory at the same time. The bytes count until the socket has taken them. An
   * eighth is for replies of at most 128 KiB, so that they do not wait for clients that read large replies slowly. A
   * single chunk or other part that needs more memory is read when no other large reply is in memory. Default 1 GiB.
   */
  readonly memoryBytes?: number;
  /**
   * Maximum size of the data of one reply in bytes: of the elements before they are written as JSON or compressed.
   * Larger replies are refused with 413. Default 1 GiB.
   */
  readonly maxResponseBytes?: number;
  /** Maximum number of reads in flight. Reads of at most 128 KiB are counted separately. Default 64. */
  readonly concurrentReads?: number;
  /**
   * Maximum number of reads that wait for others; further requests are answered with 429. Reads of at most 128 KiB are
   * counted separately. Default 1024.
   */
  readonly waitingReads?: number;
  /** Maximum number of connections to each address that the server listens on. Default 1024. */
  readonly maxConnections?: number;
  /**
   * Time in milliseconds within which the next part of a reply must be ready. Otherwise, the reply is 503, or ends
   * early if a part was sent before. Default 60,000.
   */
  readonly requestTimeMs?: number;
  /**
   * Time in milliseconds within which a client must take the next MiB of a reply, or the rest if it is shorter.
   * Otherwise, the connection is closed, and the memory of the reply is freed. Default 120,000. For replies of
   * `Server.fetch`, the other server must limit the time.
   */
  readonly stallTimeMs?: number;
  /** Time in milliseconds for which `close()` waits for requests in flight. Default 10,000. */
  readonly graceMs?: number;
  /** Called with unexpected errors, which clients see without details. Default: `process.emitWarning`. */
  readonly onError?: (error: unknown) => void;
}

const optionKeys = {
  roots: true,
  socket: true,
  port: true,
  host: true,
  allowedHosts: true,
  token: true,
  cors: true,
  memoryBytes: true,
  maxResponseBytes: true,
  concurrentReads: true,
  waitingReads: true,
  maxConnections: true,
  requestTimeMs: true,
  stallTimeMs: true,
  graceMs: true,
  onError: true,
} as const satisfies Record<keyof ServeOptions, true>;

/** Validated options. */
export interface ServeSettings {
  readonly roots: Roots;
  readonly socket: string | null;
  readonly port: number | null;
  readonly host: string;
  readonly allowedHosts: readonly string[];
  readonly token: string | null;
  readonly cors: readonly string[];
  readonly limits: LimitSettings;
  readonly maxConnections: number;
  readonly stallTimeMs: number;
  readonly graceMs: number;
  readonly onError: (error: unknown) => void;
}

/** Shortest token that a caller may choose. */
const minTokenLength = 16;

/**
 * Validates options.
 * @throws {TypeError} naming the option.
 */
export function parseServeOptions(options: ServeOptions): ServeSettings {
  checkKeys(options, optionKeys);
  const fields = Fields.ofOptions(options);
  const socket = options.socket === undefined ? null : checkedPath(options.socket, 'options.socket');
  const isWithoutTcp = options.port === null || (options.port === undefined && socket !== null);
  const port = isWithoutTcp ? null : fields.integer('port', 0, 0, 65535);
  const host = options.host === undefined ? '127.0.0.1' : fields.string('host');
  return {
    roots: new Roots(options.roots),
    socket,
    port,
    host,
    allowedHosts: [...textList(options.allowedHosts, 'options.allowedHosts'), host].map(hostName),
    token: parseToken(options.token, port !== null || socket !== null),
    cors: textList(options.cors, 'options.cors').map(parseOrigin),
    limits: {
      memoryBytes: fields.integer('memoryBytes', 1, 1 << 30),
      maxResponseBytes: fields.integer('maxResponseBytes', 1, 1 << 30),
      concurrentReads: fields.integer('concurrentReads', 1, 64),
      waitingReads: fields.integer('waitingReads', 0, 1024),
      requestTimeMs: fields.integer('requestTimeMs', 1, 60_000, 2 ** 31 - 1),
    },
    maxConnections: fields.integer('maxConnections', 1, 1024),
    stallTimeMs: fields.integer('stallTimeMs', 1, 120_000, 2 ** 31 - 1),
    graceMs: fields.integer('graceMs', 0, 10_000, 2 ** 31 - 1),
    onError: options.onError ?? warn,
  };
}

function warn(error: unknown): void {
  process.emitWarning(isError(error) ? error : String(error), 'PosixParWarning');
}

function textList(value: unknown, name: string): readonly string[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [];
  const isText = (item: unknown): item is string => typeof item === 'string' && item !== '';
  if (value !== undefined && (!Array.isArray(value) || !list.every(isText)))
    throw expected('a list of texts', name, value);
  return list.filter(isText);
}

/** Returns a name as it appears in URLs. */
function hostName(name: string): string {
  const lower = name.toLowerCase();
  return lower.includes(':') && !lower.startsWith('[') ? `[${lower}]` : lower;
}

function parseOrigin(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || url.origin !== text) {
    throw expected('origins such as https://app.example, without a path', 'options.cors', text);
  }
  return text;
}

function parseToken(value: unknown = 'auto', listens: boolean): string | null {
  if (value === 'auto') return randomToken();
  if (value === 'none') {
    if (listens) throw expected("'auto' or a token, because the server listens", 'options.token', value);
    return null;
  }
  if (typeof value !== 'string' || value.length < minTokenLength || !/^[A-Za-z0-9._~-]+$/.test(value)) {
    const what = `'auto', 'none', or at least ${minTokenLength} letters, digits and any of - . _ ~`;
    throw expected(what, 'options.token', typeof value === 'string' ? '(hidden)' : value);
  }
  return value;
}
