// Serves a directory in a process of its own, and reports its resources when its parent asks.
// Usage: fork with POSIX_PAR_LIBRARY; arguments: ROOT SOCKET OPTIONS_AS_JSON
import { readdirSync } from 'node:fs';

const library = process.env.POSIX_PAR_LIBRARY;
const { memoryUsage } = await import(new URL('index.js', library).href);
const { serve } = await import(new URL('serve/index.js', library).href);
const [root, socket, options] = process.argv.slice(2);
const errors = [];
const server = await serve({
  roots: [root],
  socket,
  port: 0,
  ...JSON.parse(options),
  onError: (error) => errors.push(String(error?.stack ?? error)),
});

process.on('message', () => {
  globalThis.gc?.();
  const { rss, heapUsed, external, arrayBuffers } = process.memoryUsage();
  const files = readdirSync('/proc/self/fd').length;
  process.send({ rss, heapUsed, external, arrayBuffers, pool: memoryUsage().resultPool, files, errors });
});
process.on('disconnect', () => process.exit(0));
process.send({ url: server.url, socket: server.socket, token: server.token });
