/**
 * The token that clients must present.
 * @module
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { ServeRequest } from '../http/reply.js';

/** Creates a random token of 256 bits that is valid in a URL. */
export function randomToken(): string {
  return randomBytes(32).toString('base64url');
}

/** Decodes a component of a path; null if it is not percent-encoded correctly. */
function decoded(component: string | undefined): string | null {
  try {
    return decodeURIComponent(component ?? '');
  } catch {
    return null;
  }
}

/** Checks tokens in a time that depends on their lengths, which are no secret, but not on where they differ. */
export class TokenCheck {
  readonly #token: Buffer;
  /** Name of the cookie. Servers on different ports of a host share cookies, so each server needs its own name. */
  readonly cookie: string;

  constructor(token: string) {
    this.#token = Buffer.from(token);
    this.cookie = `posix-par-${createHash('sha256').update(token).digest('hex').slice(0, 12)}`;
  }

  #accepts(token: string | null | undefined): boolean {
    if (typeof token !== 'string') return false;
    const given = Buffer.from(token);
    return given.length === this.#token.length && timingSafeEqual(given, this.#token);
  }

  /** Returns the place in which `request` presents the token; null if it does not. */
  find(request: ServeRequest): 'url' | 'path' | 'header' | 'cookie' | null {
    if (request.hadPathToken === true) return 'path';
    const authorization = /^Bearer +([^ ]+) *$/i.exec(request.header('authorization') ?? '');
    if (this.#accepts(authorization?.[1])) return 'header';
    if (this.#accepts(request.url.searchParams.get('token'))) return 'url';
    return this.#accepts(this.#cookieOf(request)) ? 'cookie' : null;
  }

  /**
   * Returns the URL of `/zarr/a` for `/token/TOKEN/zarr/a`; null if the path does not begin with the token. Programs
   * that send no headers and append names to an address can only use such addresses.
   */
  removeFromPath(url: URL): URL | null {
    const [, token, rest] = /^\/token\/([^/]+)(\/.*)$/.exec(url.pathname) ?? [];
    if (rest === undefined || !this.#accepts(decoded(token))) return null;
    const target = new URL(url);
    target.pathname = rest;
    return target;
  }

  #cookieOf(request: ServeRequest): string | undefined {
    const prefix = `${this.cookie}=`;
    const parts = (request.header('cookie') ?? '').split(';').map((part) => part.trim());
    return parts.find((part) => part.startsWith(prefix))?.slice(prefix.length);
  }

  /** Returns the value of a header Set-Cookie. A browser then sends the token with requests to this host only. */
  setCookie(token: string): string {
    return `${this.cookie}=${token}; Path=/; HttpOnly; SameSite=Strict`;
  }
}
