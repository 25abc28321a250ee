/**
 * `/` and `/assets`: the viewer. Its files are the same for every server, so they are sent without a token.
 * @module
 */
import { notFound } from '../http/problem.js';
import type { Reply } from '../http/reply.js';
import { loadViewer, type ViewerFiles } from './files.js';

/**
 * Policy of the page: scripts, styles and data come from this server only, and text is never run as code. Plots draw
 * pictures from data: and blob: URLs.
 * @see https://www.w3.org/TR/CSP3/
 */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data: blob:",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

/** True if a path belongs to the viewer. */
export function isViewerPath(path: string): boolean {
  return path === '/' || path.startsWith('/assets/');
}

export class ViewerRoute {
  #files: Promise<ViewerFiles | null> | null = null;

  /** Answers a request for `path`. @throws {HttpError} 404 if there is no such file. */
  async answer(path: string): Promise<Reply> {
    this.#files ??= loadViewer();
    const files = await this.#files;
    if (files === null) throw notFound('This copy of posix-par was built without the viewer');
    const file = files.get(path);
    if (file === undefined) throw notFound('No such file of the viewer');
    const headers: Record<string, string> = { 'content-type': file.type };
    if (path === '/') headers['content-security-policy'] = contentSecurityPolicy;
    // Names of assets contain a hash of their content.
    else headers['cache-control'] = 'public, max-age=31536000, immutable';
    return { status: 200, headers, tag: file.tag, body: file.body };
  }
}
