/**
 * posix-par/serve: serves arrays over HTTP on a Unix socket and on TCP.
 * @module
 * @example
 * import { serve } from 'posix-par/serve';
 * await using server = await serve({ roots: ['data/'], port: 0 });
 */
export type { FetchHandler } from './http/web-adapter.js';
export type { ServeOptions } from './options.js';
export { type Server, serve } from './serve.js';
