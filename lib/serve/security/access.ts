/**
 * Decides if a request may be answered: checks its host, its origin, its method and its token.
 * docs/guide/serving-security.md lists the attacks that each check prevents.
 * @module
 */
import { HttpError } from '../http/problem.js';
import { emptyReply, type Reply, type ServeRequest } from '../http/reply.js';
import { isViewerPath } from '../viewer/route.js';
import { TokenCheck } from './token.js';

/** Settings of {@link AccessControl}. */
export interface AccessSettings {
  /** Token that clients must present; null if the caller's own server checks them. */
  readonly token: string | null;
  /** Names of this server, in lower case and without port, in addition to the names of the loopback interface. */
  readonly hosts: readonly string[];
  /** Origins whose pages may read replies. */
  readonly cors: readonly string[];
}

const loopbackNames = ['localhost', '127.0.0.1', '[::1]'];

/** Headers of replies that pages of other origins may read. */
const exposed =
  'accept-ranges, content-encoding, content-length, content-range, etag, retry-after, x-byte-order, x-shape, x-shapes, x-steps, x-dtype';

/**
 * True for paths that need no token, because they reveal nothing. The viewer is one of them: if the user follows a link
 * from another site, the browser leaves out the cookie that holds the token, because the cookie is `SameSite=Strict`.
 */
function isOpenPath(path: string): boolean {
  return path === '/healthz' || isViewerPath(path);
}

/** Headers of all replies to valid requests, unless the route sets other values. */
const commonHeaders = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
} as const;

export class AccessControl {
  readonly #settings: AccessSettings;
  readonly #hosts: ReadonlySet<string>;
  readonly #token: TokenCheck | null;

  constructor(settings: AccessSettings) {
    this.#settings = settings;
    this.#hosts = new Set([...loopbackNames, ...settings.hosts]);
    this.#token = settings.token === null ? null : new TokenCheck(settings.token);
  }

  /** Returns the request without the token that its path begins with; the same request if there is none. */
  removePathToken(request: ServeRequest): ServeRequest {
    const url = this.#token?.removeFromPath(request.url) ?? null;
    return url === null ? request : { ...request, url, hadPathToken: true };
  }

  /** Returns the headers that every reply to `request` has, also a reply with an error. */
  headersFor(request: ServeRequest): Record<string, string> {
    const origin = request.header('origin');
    const isAllowed = origin !== null && this.#settings.cors.includes(origin);
    return {
      ...commonHeaders,
      'cross-origin-resource-policy': isAllowed ? 'cross-origin' : 'same-origin',
      ...(this.#settings.cors.length > 0 ? { vary: 'origin' } : {}),
      ...(isAllowed ? { 'access-control-allow-origin': origin, 'access-control-expose-headers': exposed } : {}),
    };
  }

  /**
   * Checks a request.
   * @returns the reply to a CORS preflight, or a redirect that stores the token of the URL in a cookie. Null if the
   * route must reply.
   * @throws {HttpError} 421 for a foreign host, 403 for a foreign origin, 405 for a method other than GET and HEAD, 401
   *   without the token.
   */
  check(request: ServeRequest): Reply | null {
    this.#checkHost(request);
    const origin = this.#checkOrigin(request);
    const { method, url } = request;
    if (method === 'OPTIONS' && origin === 'allowed' && request.header('access-control-request-method') !== null) {
      return preflightReply(request);
    }
    if (method !== 'GET' && method !== 'HEAD') {
      throw new HttpError(405, 'MethodNotAllowed', `Expected GET or HEAD, received ${method.slice(0, 20)}`, {
        allow: 'GET, HEAD',
      });
    }
    if (this.#token === null) return null;
    const place = this.#token.find(request);
    if (place === null && isOpenPath(url.pathname)) return null;
    if (place === null) {
      const detail =
        'Expected the token of this server, as `Authorization: Bearer TOKEN`, as `?token=TOKEN` or as `/token/TOKEN/PATH`';
      throw new HttpError(401, 'Unauthorized', detail, { 'www-authenticate': 'Bearer' });
    }
    const isPage = url.pathname === '/' || isNavigation(request);
    return place === 'url' && isPage ? this.#keepToken(this.#token, url) : null;
  }

  /**
   * Checks the header Host. A page of an attacker can make its own name resolve to 127.0.0.1, but it cannot change the
   * header (DNS rebinding). Browsers cannot reach Unix sockets.
   */
  #checkHost(request: ServeRequest): void {
    if (request.transport === 'unix') return;
    const { hostname } = request.url;
    if (this.#hosts.has(hostname)) return;
    throw new HttpError(421, 'ForeignHost', `This server does not answer for the host '${hostname.slice(0, 100)}'`);
  }

  #checkOrigin(request: ServeRequest): 'none' | 'same' | 'allowed' {
    const origin = request.header('origin');
    if (origin === null) return 'none';
    if (this.#settings.cors.includes(origin)) return 'allowed';
    if (origin === request.url.origin) return 'same';
    throw new HttpError(403, 'ForeignOrigin', `Pages of the origin '${origin.slice(0, 100)}' may not use this server`);
  }

  /** Stores the token in a cookie, and redirects to the address without token, so that the history does not have it. */
  #keepToken(check: TokenCheck, url: URL): Reply {
    const target = new URL(url);
    const token = target.searchParams.get('token') ?? '';
    target.searchParams.delete('token');
    // Browsers would take a path that begins with two slashes as the name of another host.
    const location = `${target.pathname.replace(/^\/+/, '/')}${target.search}`;
    return emptyReply(303, { location, 'set-cookie': check.setCookie(token), 'cache-control': 'no-store' });
  }
}

/** True if a browser wants to show a page. False for requests of scripts, images and other programs. */
function isNavigation(request: ServeRequest): boolean {
  return request.header('sec-fetch-mode') === 'navigate';
}

function preflightReply(request: ServeRequest): Reply {
  const privateNetwork = request.header('access-control-request-private-network') === 'true';
  return emptyReply(204, {
    'access-control-allow-methods': 'GET, HEAD',
    'access-control-allow-headers': 'authorization, range, if-none-match, if-range',
    'access-control-max-age': '600',
    ...(privateNetwork ? { 'access-control-allow-private-network': 'true' } : {}),
  });
}
