/**
 * Performs steps that change files on the native I/O threads: create, write, synchronize, rename.
 * @module
 */
import { abortError, throwIfAborted, watchForHang } from '../core/abort.js';
import { type FileStepKind, fileStepKinds } from '../core/generated/write.js';
import { binding, type NativeHandle } from '../native/binding.js';
import { toWriteError } from '../native/native-error.js';
import { turn } from '../native/turn.js';
import { exitEarly } from './exit-early.js';

/** One step. A step without `path` acts on the file that an earlier step opened, or that the caller has opened. */
export interface FileStep {
  readonly kind: FileStepKind;
  readonly path?: string;
  /**
   * New path, for `rename` and `replace`; the other path, for `exchange`. For `openSame`, device and inode of the
   * expected file in decimal, such as `2049:131`; any regular file if it is absent.
   */
  readonly to?: string;
  /** Size of the file, for `create` and `resize`; offset of the bytes, for `write`. */
  readonly size?: number;
  /** Permissions of a new file, to which the umask applies. Default 0o666. */
  readonly mode?: number;
  readonly bytes?: Uint8Array;
}

const abortMessage = 'The write was aborted';
const noBytes = new Uint8Array(0);

/**
 * Performs `steps` in their order, and closes the files that they open. If one fails, the files that earlier steps
 * created and did not rename are removed.
 * @param file file on which steps without a path act, until a step opens another one. It stays open.
 * @throws {WriteError} of the first step that fails. @throws {AbortError} A step that hangs may still end later.
 */
export async function performSteps(
  steps: readonly FileStep[],
  file: NativeHandle | null = null,
  signal?: AbortSignal,
): Promise<void> {
  const opened = await runSteps(steps, file, signal);
  // Otherwise the file would stay open until garbage is collected.
  if (opened !== null) binding().release(opened);
}

/**
 * Performs `steps`, at least one of which opens a file, like {@link performSteps}.
 * @returns the handle of the file that the last `create` or `open` opened. The caller must release it.
 */
export async function openBySteps(steps: readonly FileStep[], signal?: AbortSignal): Promise<NativeHandle> {
  const opened = await runSteps(steps, null, signal);
  if (opened === null) throw new Error('Expected a step that opens a file');
  return opened;
}

/** Performs `steps`. Returns the handle of the file that they opened last; null if they opened none. */
async function runSteps(
  steps: readonly FileStep[],
  file: NativeHandle | null,
  signal: AbortSignal | undefined,
): Promise<NativeHandle | null> {
  throwIfAborted(signal, abortMessage);
  const [error, opened] = await new Promise<Parameters<Parameters<ReturnType<typeof binding>['change_files']>[5]>>(
    (resolve, reject) => {
      const ticket = binding().change_files(
        Float64Array.from(steps, ({ kind }) => fileStepKinds.indexOf(kind)),
        steps.flatMap(({ path = '', to = '' }) => [path, to]),
        Float64Array.from(steps.flatMap(({ size = 0, mode = 0o666 }) => [size, mode])),
        steps.map(({ bytes = noBytes }) => bytes),
        file,
        (...outcome) => {
          unwatch();
          turn.run(() => resolve(outcome));
        },
      );
      const abandon = (): void => {
        if (!binding().abandon(ticket, null)) return;
        exitEarly();
        unwatch();
        reject(abortError(signal, abortMessage));
      };
      const unwatch = watchForHang(signal, () => binding().cancel(ticket), abandon);
    },
  );
  if (error === null) return opened ?? null;
  if (error.kind === 'cancelled' && signal !== undefined) throw abortError(signal, abortMessage);
  throw toWriteError(error);
}
