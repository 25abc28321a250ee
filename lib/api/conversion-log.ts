/**
 * The log of a conversion that can be resumed: a hidden file next to the target that lists the completed blocks.
 * @module
 */
import { lstat, readFile, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isPosixParError, WriteError } from '../core/errors.js';
import { describeValue, isRecord } from '../core/validate.js';
import { type FileStep, openBySteps, performSteps } from '../exec/file-steps.js';
import { targetPart } from '../files/partial.js';
import { lookUp } from '../io/native-lookup.js';
import { binding, type NativeHandle } from '../native/binding.js';

/** Version of the content of a log. */
const logVersion = 1;
/** Maximum size of a log in bytes. A larger file is no log of a conversion. */
const maxLogBytes = 2 ** 26;
/** Number of bytes of the log that are read at a time. */
const readBytes = 2 ** 20;
/** Maximum number of digits of the number of a block. */
const maxDigits = 16;

/** A file of the source, and its state. */
export interface SourceFile {
  readonly path: string;
  readonly device: string;
  readonly inode: string;
  /** Size in bytes and modification time in nanoseconds; null for a directory. */
  readonly size: string | null;
  readonly mtimeNs: string | null;
}

/** Properties of a conversion that must be the same when it is resumed. The values are JSON. */
export interface ConversionParameters {
  readonly source: readonly SourceFile[];
  /** Values by the name of the option, such as `options.codecs`. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Identifies the current boot; null if written data survives a power failure. */
  readonly boot: string | null;
}

/** First line of a log. */
interface Header extends ConversionParameters {
  readonly version: number;
  /** Shape of the blocks, which are numbered in C order. */
  readonly blockShape: readonly number[];
  /** Identifies the new array, which may still have its temporary name. */
  readonly data: { readonly device: string; readonly inode: string };
}

/** Returns the state of files and directories of a source. */
export async function identifySource(paths: Iterable<string>): Promise<readonly SourceFile[]> {
  const files: SourceFile[] = [];
  for (const path of new Set(paths)) {
    const { dev, ino, size, mtimeNs, ...found } = await stat(path, { bigint: true });
    const isDirectory = (found.mode & 0o170000n) === 0o040000n;
    const identity = { path, device: `${dev}`, inode: `${ino}` };
    files.push(
      isDirectory
        ? { ...identity, size: null, mtimeNs: null }
        : { ...identity, size: `${size}`, mtimeNs: `${mtimeNs}` },
    );
  }
  return files;
}

/** Returns the ID of the current boot; `unknown` if it cannot be read. */
export async function readBootId(): Promise<string> {
  return await readFile('/proc/sys/kernel/random/boot_id', 'latin1').then(
    (text) => text.trim(),
    () => 'unknown',
  );
}

/** Returns device and inode of a file or directory; null for a symbolic link, or if it does not exist. */
async function identify(path: string): Promise<Header['data'] | null> {
  const found = await lstat(path, { bigint: true }).catch(() => null);
  return found === null || found.isSymbolicLink() ? null : { device: `${found.dev}`, inode: `${found.ino}` };
}

const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** An open and locked log. Before a block is recorded, its data must be as durable as the options require. */
export class ConversionLog {
  /** Path of the new array until it is complete. */
  readonly dataPath: string;
  /** Numbers of the blocks that an earlier run has completed. */
  readonly done: ReadonlySet<number>;
  /**
   * `new`: there is no earlier run. `begun`: the array of an earlier run can be completed. `published`: an earlier run
   * has given the array its name.
   */
  readonly state: 'new' | 'begun' | 'published';
  readonly #path: string;
  readonly #file: NativeHandle;
  readonly #parameters: ConversionParameters;
  readonly #header: Header | null;
  #offset: number;
  /** The last write. Writes run one after the other, because each appends to the log. */
  #written: Promise<unknown> = Promise.resolve();

  private constructor(target: string, file: NativeHandle, parameters: ConversionParameters, found: Found) {
    [this.#path, this.dataPath] = [logPath(target), dataPath(target)];
    this.#file = file;
    this.#parameters = parameters;
    this.#header = found.header;
    this.#offset = found.bytes;
    this.done = found.done;
    this.state = found.state;
  }

  /**
   * Opens the log of conversions into `target`, and creates it if it does not exist.
   * @param target final path of the new array, without symbolic links.
   * @throws {WriteError} EAGAIN if another conversion into the target is running; ECANCELED if the log belongs to a
   *   conversion with other parameters.
   */
  static async open(target: string, parameters: ConversionParameters): Promise<ConversionLog> {
    const file = await openLocked(target);
    try {
      const found = await look(target, file, parameters);
      if (found.state === 'new') {
        // The log is emptied before the data is removed: otherwise it could match a new file with the old inode.
        await performSteps([{ kind: 'resize', size: 0 }], file);
        await rm(dataPath(target), { recursive: true, force: true });
      }
      return new ConversionLog(target, file, parameters, found);
    } catch (error) {
      await unlock(file);
      throw error;
    }
  }

  /**
   * Writes the first line of a new log. Call it when the new array exists under `dataPath`.
   * @param blocks number of all blocks.
   * @throws {WriteError} ENOENT if there is no new array; ECANCELED if the log is not new and has another shape of
   *   blocks, or lists a block that does not exist.
   */
  async begin(blockShape: readonly number[], blocks: number): Promise<void> {
    if (this.#header !== null) {
      for (const block of this.done)
        if (block >= blocks) throw this.#mismatch(`it lists block ${block} of ${blocks} blocks`);
      if (isSame(this.#header.blockShape, blockShape)) return;
      // The shape in the log may consist of any JSON values.
      const [was, is] = [this.#header.blockShape, blockShape].map(describeJson);
      throw this.#mismatch(`its blocks have the shape ${is}, but had the shape ${was}`);
    }
    const data = await identify(this.dataPath);
    if (data === null) {
      const message = `No such file or directory: ${this.dataPath}`;
      throw new WriteError(message, { code: 'ENOENT', errno: 2, path: this.dataPath });
    }
    const header: Header = { version: logVersion, ...this.#parameters, blockShape, data };
    const isDurable = this.#parameters.boot === null;
    await this.#append(JSON.stringify(header), [
      ...(isDurable ? [{ kind: 'sync' } as const, { kind: 'syncDirectory', path: dirname(this.#path) } as const] : []),
    ]);
  }

  /** Device and inode of the array that an earlier run has begun, such as `2049:131`; '' if there is none. */
  get dataIdentity(): string {
    const data = this.#header?.data;
    return data === undefined ? '' : `${data.device}:${data.inode}`;
  }

  /** True if there is nothing that could be resumed. */
  get isEmpty(): boolean {
    return this.#offset === 0;
  }

  /** Records that a block is complete. */
  async record(block: number): Promise<void> {
    await this.#append(`${block}`, []);
  }

  /** Removes the log, and the new array if it still has its temporary name. */
  async remove(): Promise<void> {
    await this.#written.catch(() => {});
    await rm(this.dataPath, { recursive: true, force: true });
    await performSteps([{ kind: 'remove', path: this.#path }]);
  }

  /** Closes the log. */
  async close(): Promise<void> {
    await this.#written.catch(() => {});
    await unlock(this.#file);
  }

  #mismatch(difference: string): WriteError {
    return mismatch(this.#path, this.dataPath, difference);
  }

  async #append(line: string, then: readonly FileStep[]): Promise<void> {
    const bytes = new TextEncoder().encode(`${line}\n`);
    const offset = this.#offset;
    this.#offset += bytes.length;
    const written = this.#written.then(() =>
      performSteps([{ kind: 'write', bytes, size: offset }, ...then], this.#file),
    );
    this.#written = written;
    await written;
  }
}

const dataPath = (target: string): string => join(dirname(target), `${targetPart(target)}resume`);
const logPath = (target: string): string => `${dataPath(target)}.log`;

function mismatch(log: string, data: string, difference: string): WriteError {
  const message =
    `Cannot resume the conversion that ${log} describes: ${difference}. Use the same source and options as before, ` +
    `or remove ${log} and ${data} to start again`;
  return new WriteError(message, { code: 'ECANCELED', errno: 125, path: log });
}

async function openLocked(target: string): Promise<NativeHandle> {
  const path = logPath(target);
  try {
    await performSteps([{ kind: 'create', path }]);
  } catch (error) {
    if (!isPosixParError(error, 'WriteError') || error.code !== 'EEXIST') throw error;
  }
  try {
    return await openBySteps([{ kind: 'openSame', path }, { kind: 'lock' }]);
  } catch (error) {
    if (!(error instanceof WriteError)) throw error;
    if (error.code === 'ELOOP') throw linkError(path, error);
    if (error.code !== 'EAGAIN') throw error;
    const message = `Another conversion into ${target} is running. Wait until it has ended`;
    throw new WriteError(message, { code: 'EAGAIN', errno: error.errno, path }, { cause: error });
  }
}

/** Returns the error for a log that is a symbolic link, because the file to which it leads would be changed. */
function linkError(path: string, cause: WriteError): WriteError {
  const message = `The log of a conversion must not be a symbolic link. Remove ${path} to start again`;
  return new WriteError(message, { code: 'ELOOP', errno: cause.errno, path }, { cause });
}

async function unlock(file: NativeHandle): Promise<void> {
  try {
    await performSteps([{ kind: 'unlock' }], file);
  } finally {
    binding().release(file);
  }
}

interface Found {
  readonly header: Header | null;
  readonly done: ReadonlySet<number>;
  /** Size of all complete lines in bytes. */
  readonly bytes: number;
  readonly state: ConversionLog['state'];
}

/** Returns the content of the open log, one character per byte; null if it is too large. */
async function readLog(file: NativeHandle): Promise<string | null> {
  const parts: Buffer[] = [];
  for (let size = 0; size <= maxLogBytes; ) {
    const part = new Uint8Array(readBytes);
    const lookup = { kind: 'read', subject: file, offsets: [size], memory: [part] } as const;
    const { items } = await lookUp(lookup, null, { signal: undefined, closing: undefined });
    const bytes = items[0]?.bytes ?? 0;
    parts.push(Buffer.from(part.buffer, 0, bytes));
    size += bytes;
    if (bytes < readBytes) return Buffer.concat(parts).toString('latin1');
  }
  return null;
}

/** Reads the log, and compares it with the parameters. */
async function look(target: string, file: NativeHandle, parameters: ConversionParameters): Promise<Found> {
  const none: Found = { header: null, done: new Set(), bytes: 0, state: 'new' };
  const text = await readLog(file);
  if (text === null) return none;
  // A line without a line feed was not completed.
  const bytes = text.lastIndexOf('\n') + 1;
  const headerBytes = text.indexOf('\n') + 1;
  const header = parseHeader(Buffer.from(text.slice(0, headerBytes), 'latin1').toString());
  if (header === null) return none;
  checkParameters(target, header, parameters);
  const done = parseBlocks(text.slice(headerBytes, bytes));
  if (done === null) return none;
  const [data, published] = [await identify(dataPath(target)), await identify(target)];
  if (isSame(published, header.data)) return { header, done, bytes, state: 'published' };
  // After a reboot, data that was not synchronized may be lost although the log says that it is complete.
  return isSame(data, header.data) && header.boot === parameters.boot ? { header, done, bytes, state: 'begun' } : none;
}

/** Returns the numbers of the lines, each with a line feed; null if a line is not the number of a block. */
function parseBlocks(lines: string): ReadonlySet<number> | null {
  const done = new Set<number>();
  for (let start = 0; start < lines.length; ) {
    const end = lines.indexOf('\n', start);
    const line = lines.slice(start, Math.min(end, start + maxDigits + 1));
    const block = Number(line);
    if (!Number.isSafeInteger(block) || block < 0 || String(block) !== line) return null;
    done.add(block);
    start = end + 1;
  }
  return done;
}

function parseHeader(line: string): Header | null {
  let content: unknown;
  try {
    content = JSON.parse(line);
    JSON.stringify(content); // Fails for values that are nested too deeply to be compared.
  } catch {
    return null;
  }
  if (!isRecord(content) || content['version'] !== logVersion) return null;
  const { options, data, source, blockShape } = content;
  const isComplete = isRecord(options) && isRecord(data) && Array.isArray(source) && Array.isArray(blockShape);
  return isComplete ? (content as unknown as Header) : null;
}

function checkParameters(target: string, header: Header, { source, options }: ConversionParameters): void {
  const fail = (difference: string): WriteError => mismatch(logPath(target), dataPath(target), difference);
  for (const name of new Set([...Object.keys(header.options), ...Object.keys(options)])) {
    const [was, is] = [header.options[name], options[name]];
    if (isSame(was, is)) continue;
    throw fail(`\`${name}\` is ${describeJson(is)}, but was ${describeJson(was)}`);
  }
  for (const [i, file] of source.entries()) {
    if (!isSame(file, header.source[i])) throw fail(`the source ${file.path} has changed or is another file`);
  }
  if (header.source.length !== source.length) throw fail('the source consists of other files');
}

function describeJson(value: unknown): string {
  if (value === undefined) return 'not given';
  return typeof value === 'object' ? JSON.stringify(value) : describeValue(value);
}
