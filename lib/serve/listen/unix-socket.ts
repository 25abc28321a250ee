/**
 * Listens on a Unix socket that only its owner can connect to.
 * @module
 */
import { chmod, lstat, mkdtemp, rename, rm, unlink } from 'node:fs/promises';
import type { Server } from 'node:http';
import { connect } from 'node:net';
import { basename, dirname, join, resolve } from 'node:path';
import { expected } from '../../core/validate.js';
import { listenOn } from './listen.js';

/** Longest path of a Unix socket in bytes (sun_path without the terminating NUL). */
const maxPathBytes = 107;

/** A socket that a server listens on. */
export interface ListeningSocket {
  /** Absolute path of the socket. */
  readonly path: string;
  /** Removes the socket, unless another file has taken its place. */
  remove(): Promise<void>;
}

/**
 * Binds `server` to a socket at `path`, with the permissions 0600. The socket is bound in a new directory with the
 * permissions 0700 and then renamed, so no other user (except root) can ever connect, whatever the umask is. A socket
 * that no process listens on is replaced.
 * @throws {TypeError} if the path is too long, or leads to something other than a socket.
 * @throws {Error} with code EADDRINUSE if a process listens on the socket; other system errors.
 */
export async function listenOnSocket(server: Server, path: string): Promise<ListeningSocket> {
  const target = resolve(path);
  await checkTarget(target);
  const directory = await mkdtemp(join(dirname(target), '.posix-par-'));
  const bound = join(directory, 's');
  try {
    if (Buffer.byteLength(bound) > maxPathBytes || Buffer.byteLength(target) > maxPathBytes) {
      const longest = maxPathBytes - '/.posix-par-XXXXXX/s'.length;
      throw expected(`a path in a directory whose path has at most ${longest} bytes`, 'options.socket', target);
    }
    await listenOn(server, { path: bound });
    await chmod(bound, 0o600);
    const { ino } = await lstat(bound);
    await rename(bound, target);
    return {
      path: target,
      async remove() {
        const found = await lstat(target).catch(() => null);
        if (found?.ino === ino) await unlink(target).catch(() => {});
      },
    };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function checkTarget(path: string): Promise<void> {
  const found = await lstat(path).catch(() => null);
  if (found === null) return;
  if (!found.isSocket()) throw expected('a path that does not exist, or a socket', 'options.socket', path);
  if (await isAlive(path)) {
    throw Object.assign(new Error(`A process listens on ${path} already (${basename(path)} is in use)`), {
      code: 'EADDRINUSE',
    });
  }
}

/** True if a process accepts connections on the socket, or if that is not known. */
function isAlive(path: string): Promise<boolean> {
  return new Promise((settle) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      settle(true);
    });
    socket.once('error', (error: NodeJS.ErrnoException) => settle(error.code !== 'ECONNREFUSED'));
  });
}
