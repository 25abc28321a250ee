/**
 * Prepares the file that is measured: a given file, which is only read, or a temporary one. Also writes temporary files
 * with the same bytes next to it.
 * @module
 */
import { createCipheriv, randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { mkdtemp, open, stat, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { AbortError, isPosixParError, ReadError } from '../core/errors.js';
import { errorAbout } from '../files/output-file.js';
import { writeAll } from '../files/write-all.js';
import type { BenchSettings } from './options.js';

/** The file that is measured. */
export interface BenchTarget {
  readonly path: string;
  readonly fileIs: 'given' | 'written';
  /** Number of measured bytes: whole blocks from the start of the file. */
  readonly regionBytes: number;
  /**
   * Files that each contain one part of the same bytes, for the method `file-each`. Empty if they could not be written
   * (`whyNoParts`).
   */
  readonly parts: readonly string[];
  readonly partBytes: number;
  /** Reason why there are no parts; null if there are. */
  readonly whyNoParts: string | null;
  /** Directory for further temporary files. It is removed at the end. */
  readonly folder: string;
  /**
   * Reason why no further files can be written to `folder`, for example because they would be on other storage; null if
   * files can be written.
   */
  readonly whyNoCopies: string | null;
  remove(): void;
}

const pieceBytes = 2 ** 22;
/** Maximum share of the free space that temporary files may use. */
export const maxShareOfFreeSpace = 0.8;

function checkAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new AbortError('The benchmark was aborted', { cause: signal.reason });
}

function readError(error: NodeJS.ErrnoException, path: string): ReadError {
  const details = { code: error.code ?? 'EIO', errno: Math.abs(error.errno ?? 0), path };
  return new ReadError(error.message, details, { cause: error });
}

/** Returns the number of bytes that a file system has left for this user. */
export async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

/** Returns a fast generator of bytes that cannot be compressed or deduplicated. It is the key stream of a cipher. */
function noise(): (bytes: number) => Uint8Array {
  const cipher = createCipheriv('aes-128-ctr', randomBytes(16), randomBytes(16));
  const zeros = Buffer.alloc(pieceBytes);
  return (bytes) => cipher.update(zeros.subarray(0, bytes));
}

/**
 * Writes a file of `bytes` bytes, which `next` supplies in pieces. Flushes them to the device, so that no write-back
 * runs during the measurement.
 */
async function writeFile(
  path: string,
  bytes: number,
  next: (bytes: number) => Promise<Uint8Array> | Uint8Array,
  settings: BenchSettings,
  onBytes: (bytes: number) => void,
): Promise<void> {
  const file = await open(path, 'wx');
  try {
    for (let done = 0; done < bytes; ) {
      checkAborted(settings.signal);
      const piece = await next(Math.min(pieceBytes, bytes - done));
      await writeAll(file, piece);
      done += piece.length;
      onBytes(piece.length);
    }
    await file.sync();
  } finally {
    await file.close();
  }
}

/**
 * Returns null if `bytes` more bytes use at most the share {@link maxShareOfFreeSpace} of the free space; otherwise the
 * reason why they are not written.
 */
export async function whyNoRoom(folder: string, bytes: number): Promise<string | null> {
  const free = await freeBytes(folder);
  return bytes > maxShareOfFreeSpace * free ? `a copy needs ${bytes} bytes, but only ${free} bytes are free` : null;
}

async function copyParts(target: Omit<BenchTarget, 'parts' | 'whyNoParts'>, count: number, settings: BenchSettings) {
  const { path, folder, partBytes } = target;
  const total = partBytes * count;
  const full = await whyNoRoom(folder, total);
  if (full !== null) return { parts: [], whyNoParts: full };
  const source = await open(path, 'r');
  const parts: string[] = [];
  let done = 0;
  try {
    for (let i = 0; i < count; i++) {
      let at = i * partBytes;
      const next = async (bytes: number): Promise<Uint8Array> => {
        const { buffer, bytesRead } = await source.read(Buffer.alloc(bytes), 0, bytes, at);
        if (bytesRead === 0) {
          throw new ReadError(`${path} was truncated while it was copied`, { code: 'EOF', errno: 0, path, offset: at });
        }
        at += bytesRead;
        return buffer.subarray(0, bytesRead);
      };
      const part = join(folder, `part-${i}`);
      await writeFile(part, partBytes, next, settings, (bytes) => {
        done += bytes;
        settings.onProgress({ phase: 'writing', done, total, what: `${count} copies` });
      });
      parts.push(part);
    }
  } finally {
    await source.close();
  }
  return { parts, whyNoParts: null };
}

/**
 * Creates a directory next to `path`. If that fails for a given file, creates it in the temporary directory. `remove`
 * removes the directory; if it was not called, the directory is removed when the process exits.
 */
export async function makeFolder(
  path: string,
  isGiven: boolean,
): Promise<{ folder: string; isNextToFile: boolean; remove: () => void }> {
  const prefix = `.${basename(path)}.posix-par-bench-`;
  const make = async (parent: string): Promise<string> => await mkdtemp(join(parent, prefix));
  let isNextToFile = true;
  const folder = await make(dirname(path)).catch(async (error: NodeJS.ErrnoException) => {
    if (!isGiven) throw readError(error, path);
    isNextToFile = false;
    return await make(tmpdir());
  });
  const remove = (): void => {
    process.off('exit', remove);
    fs.rmSync(folder, { recursive: true, force: true });
  };
  process.on('exit', remove);
  return { folder, isNextToFile, remove };
}

/**
 * Prepares the file that is measured. If `given` is a file, this file is used. If `given` is a directory, a temporary
 * file is written in the directory. If nothing exists at `given` and the options contain a size, a temporary file is
 * written next to this path.
 * @throws {ReadError} `ENOENT` if the path does not exist and the options contain no size, `ENOSPC` if the temporary
 * file does not fit, `EINVAL` if the given file is too small to measure; and errors of the system.
 */
export async function prepareTarget(given: string, settings: BenchSettings): Promise<BenchTarget> {
  const path = resolve(given);
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw readError(error, path);
  });
  if (found === null && settings.sizeBytes === null) {
    const message = `No such file or directory: ${path}. Set \`options.sizeBytes\` to write a temporary file there`;
    throw new ReadError(message, { code: 'ENOENT', errno: 2, path });
  }
  const count = Math.max(...settings.parallelism);
  const unit = settings.blockBytes;
  const wanted = Math.max(unit, Math.floor((settings.sizeBytes ?? 2 ** 28) / unit) * unit);
  const place = found?.isDirectory() === true ? join(path, 'data') : path;
  if (found !== null && !found.isDirectory() && !found.isFile()) {
    throw new ReadError(`${path} is neither a file nor a directory`, { code: 'EINVAL', errno: 22, path });
  }
  if (found?.isFile() === true) {
    const file = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
      throw readError(error, path);
    });
    await file.close();
  }
  const { folder, isNextToFile, remove } = await makeFolder(place, found?.isFile() === true);
  try {
    let file = path;
    let regionBytes = wanted;
    if (found?.isFile() === true) {
      regionBytes = Math.min(wanted, Math.floor(found.size / unit) * unit);
      if (regionBytes === 0) {
        throw new ReadError(`${path} is smaller than one block of ${unit} bytes`, { code: 'EINVAL', errno: 22, path });
      }
    } else {
      const free = await freeBytes(folder);
      if (wanted > maxShareOfFreeSpace * free) {
        const message = `A file of ${wanted} bytes does not fit into ${folder}: only ${free} bytes are free`;
        throw new ReadError(message, { code: 'ENOSPC', errno: 28, path: folder });
      }
      file = join(folder, 'data');
      const next = noise();
      let done = 0;
      await writeFile(file, wanted, next, settings, (bytes) => {
        done += bytes;
        settings.onProgress({ phase: 'writing', done, total: wanted, what: 'temporary file' });
      });
    }
    const whyNoCopies = isNextToFile ? null : 'no files can be written next to the given file';
    const partBytes = Math.max(unit, Math.floor(regionBytes / count / unit) * unit);
    const base = {
      path: file,
      fileIs: found?.isFile() === true ? 'given' : 'written',
      regionBytes,
      partBytes,
      folder,
      whyNoCopies,
      remove,
    } as const;
    const whyNoParts = regionBytes < count * unit ? `the region has fewer blocks than ${count}` : whyNoCopies;
    return { ...base, ...(whyNoParts === null ? await copyParts(base, count, settings) : { parts: [], whyNoParts }) };
  } catch (error) {
    remove();
    throw isPosixParError(error) ? error : readError(errorAbout(path, error), path);
  }
}
