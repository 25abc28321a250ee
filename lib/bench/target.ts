/**
 * The file that is measured: a given one, which is only ever read, or one that is written and removed again; and the
 * files beside it that hold the same bytes.
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

/** What is measured. */
export interface Target {
  readonly path: string;
  readonly fileIs: 'given' | 'written';
  /** Whole blocks from the start of the file. */
  readonly regionBytes: number;
  /** Files of the same bytes, a part each, for `file-each`; empty with the reason when there is no room. */
  readonly parts: readonly string[];
  readonly partBytes: number;
  readonly whyNoParts: string | null;
  /** Where further files may be put; removed at the end. */
  readonly folder: string;
  /** Why no more files can be put there, or would not be on the same storage; null when they can. */
  readonly whyNoCopies: string | null;
  remove(): void;
}

const pieceBytes = 2 ** 22;
/** Of the free space, at most this share is taken. */
const mostOfFreeSpace = 0.8;

function checkAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new AbortError('The benchmark was aborted', { cause: signal.reason });
}

function readError(error: NodeJS.ErrnoException, path: string): ReadError {
  const details = { code: error.code ?? 'EIO', errno: Math.abs(error.errno ?? 0), path };
  return new ReadError(error.message, details, { cause: error });
}

async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

/** Bytes that no file system or disk compresses or deduplicates, made fast: the key stream of a cipher. */
function noise(): (bytes: number) => Uint8Array {
  const cipher = createCipheriv('aes-128-ctr', randomBytes(16), randomBytes(16));
  const zeros = Buffer.alloc(pieceBytes);
  return (bytes) => cipher.update(zeros.subarray(0, bytes));
}

/** Writes `bytes` from `next`, flushed to the device, so that no write-back runs during the measurement. */
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

/** Why `bytes` more do not fit beside the file; null when they do. */
export async function whyNoRoom(folder: string, bytes: number): Promise<string | null> {
  const free = await freeBytes(folder);
  return bytes > mostOfFreeSpace * free
    ? `${bytes} bytes are needed for the same bytes again, and ${free} are free`
    : null;
}

async function copyParts(target: Omit<Target, 'parts' | 'whyNoParts'>, count: number, settings: BenchSettings) {
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
          throw new ReadError(`${path} became shorter meanwhile`, { code: 'EOF', errno: 0, path, offset: at });
        }
        at += bytesRead;
        return buffer.subarray(0, bytesRead);
      };
      const part = join(folder, `part-${i}`);
      await writeFile(part, partBytes, next, settings, (bytes) => {
        done += bytes;
        settings.onProgress({ phase: 'writing', done, total, what: `${count} files of the same bytes` });
      });
      parts.push(part);
    }
  } finally {
    await source.close();
  }
  return { parts, whyNoParts: null };
}

/**
 * A folder beside `path`; for a given file where none can be made, in the temporary directory. Removed when the process
 * ends.
 */
async function makeFolder(
  path: string,
  isGiven: boolean,
): Promise<{ folder: string; isBeside: boolean; remove: () => void }> {
  const prefix = `.${basename(path)}.posix-par-bench-`;
  const made = async (parent: string): Promise<string> => await mkdtemp(join(parent, prefix));
  let isBeside = true;
  const folder = await made(dirname(path)).catch(async (error: NodeJS.ErrnoException) => {
    if (!isGiven) throw readError(error, path);
    isBeside = false;
    return await made(tmpdir());
  });
  const remove = (): void => {
    process.off('exit', remove);
    fs.rmSync(folder, { recursive: true, force: true });
  };
  process.on('exit', remove);
  return { folder, isBeside, remove };
}

/**
 * Prepares what is measured: a file at `path` is taken as it is; a directory, or a name that is free when the size is
 * given, gets a file that is written for the benchmark and removed with it.
 * @throws {ReadError} `ENOENT` for a free name without a size, `ENOSPC` when the file does not fit, `EINVAL` for one that is too small; and what the system refuses.
 */
export async function prepareTarget(given: string, settings: BenchSettings): Promise<Target> {
  const path = resolve(given);
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw readError(error, path);
  });
  if (found === null && settings.sizeBytes === null) {
    const message = `No such file or directory: ${path}. A file is written at a free name when \`options.sizeBytes\` is given`;
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
  const { folder, isBeside, remove } = await makeFolder(place, found?.isFile() === true);
  try {
    let file = path;
    let regionBytes = wanted;
    if (found?.isFile() === true) {
      regionBytes = Math.min(wanted, Math.floor(found.size / unit) * unit);
      if (regionBytes === 0) {
        throw new ReadError(`${path} holds not one block of ${unit} bytes`, { code: 'EINVAL', errno: 22, path });
      }
    } else {
      const free = await freeBytes(folder);
      if (wanted > mostOfFreeSpace * free) {
        const message = `A file of ${wanted} bytes is too much for ${folder}: ${free} bytes are free`;
        throw new ReadError(message, { code: 'ENOSPC', errno: 28, path: folder });
      }
      file = join(folder, 'data');
      const next = noise();
      let done = 0;
      await writeFile(file, wanted, next, settings, (bytes) => {
        done += bytes;
        settings.onProgress({ phase: 'writing', done, total: wanted, what: 'the file' });
      });
    }
    const whyNoCopies = isBeside ? null : 'no files can be written beside the given one';
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
