/**
 * The intermediate states of a reduction, such as sums and counts. Native threads add elements to them.
 * @module
 */
import { abortError, onAbort, throwIfAborted } from '../core/abort.js';
import { type DTypeInfo, dtypeTable, type TypedArray } from '../core/dtype.js';
import {
  type Reduction,
  reduceDimWord,
  reduceDimWords,
  reduceWord,
  reduceWords,
  reductions,
} from '../core/generated/reduce.js';
import { binding, type NativeBinding } from '../native/binding.js';
import { toError } from '../native/native-error.js';
import type { ReduceDim } from '../plan/reduce-layout.js';

/** A reduction of elements of a real type. */
export interface ReduceSpec {
  readonly operation: Reduction;
  readonly type: DTypeInfo;
  /** True if NaN is left out. */
  readonly skipNan: boolean;
  readonly ddof: number;
}

type Start = (native: NativeBinding, callback: Parameters<NativeBinding['reduce_block']>[2]) => number;

const abortMessage = 'The reduction was aborted';

function encode(spec: ReduceSpec, outputs: number, dims: readonly ReduceDim[]): Float64Array {
  const words = new Float64Array(reduceWords + dims.length * reduceDimWords);
  words[reduceWord.operation] = reductions.indexOf(spec.operation);
  words[reduceWord.type] = dtypeTable.indexOf(spec.type);
  words[reduceWord.skipNan] = spec.skipNan ? 1 : 0;
  words[reduceWord.outputs] = outputs;
  words[reduceWord.ddof] = spec.ddof;
  words[reduceWord.dims] = dims.length;
  for (const [d, dim] of dims.entries()) {
    const at = reduceWords + d * reduceDimWords;
    words[at + reduceDimWord.count] = dim.count;
    words[at + reduceDimWord.sourceStep] = dim.sourceStep;
    words[at + reduceDimWord.outputStep] = dim.outputStep;
  }
  return words;
}

/** Returns the number of bytes of the state of one result. */
export function stateBytes(spec: ReduceSpec): number {
  return 8 * binding().reduce_state_words(encode(spec, 0, []));
}

/** Runs a native job. Cancels it if `signal` is aborted, and settles when no thread uses its memory any more. */
async function perform(signal: AbortSignal | undefined, start: Start): Promise<void> {
  throwIfAborted(signal, abortMessage);
  const native = binding();
  let unwatch = (): void => {};
  const error = await new Promise<Parameters<Parameters<NativeBinding['reduce_block']>[2]>[0]>((resolve) => {
    const ticket = start(native, resolve);
    unwatch = onAbort(signal, () => native.cancel(ticket));
  });
  unwatch();
  if (error === null) return;
  throw error.kind === 'cancelled' ? abortError(signal, abortMessage) : toError(error);
}

/** The states of the results of a reduction. */
export class ReduceStates {
  readonly #spec: ReduceSpec;
  readonly #outputs: number;
  readonly #states: BigUint64Array;

  constructor(spec: ReduceSpec, outputs: number) {
    this.#spec = spec;
    this.#outputs = outputs;
    this.#states = new BigUint64Array((outputs * stateBytes(spec)) / 8);
  }

  /**
   * Adds elements. Only one call at a time may be in flight.
   * @param mask contains 1 for each element that is left out, and 0 for the others; null to leave out none.
   * @throws {AbortError}
   */
  async add(
    elements: ArrayBufferView,
    mask: Uint8Array | null,
    dims: readonly ReduceDim[],
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const words = encode(this.#spec, this.#outputs, dims);
    await perform(signal, (native, callback) => native.reduce_block(words, [this.#states, elements, mask], callback));
  }

  /**
   * Computes the results.
   * @param results receives one element per result.
   * @param empty receives 1 for each result to which no element contributes, else 0.
   * @throws {ConversionError} if a sum of integers does not fit. @throws {AbortError}
   */
  async finish(results: TypedArray, empty: Uint8Array, signal: AbortSignal | undefined): Promise<void> {
    const words = encode(this.#spec, this.#outputs, []);
    await perform(signal, (native, callback) => native.reduce_finish(words, [this.#states, results, empty], callback));
  }
}
