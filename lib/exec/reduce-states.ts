/**
 * The intermediate states of a reduction, such as sums and counts. Native threads add elements to them.
 * @module
 */
import { abortError, onAbort, throwIfAborted } from '../core/abort.js';
import { type DTypeInfo, dtypeTable, type TypedArray } from '../core/dtype.js';
import {
  type Accumulator,
  accumulators,
  reduceDimWord,
  reduceDimWords,
  reduceWord,
  reduceWords,
} from '../core/generated/reduce.js';
import { binding, type NativeBinding } from '../native/binding.js';
import type { NativeError, StateTarget } from '../native/binding-types.js';
import { toError } from '../native/native-error.js';
import { turn } from '../native/turn.js';
import type { ReduceDim } from '../plan/reduce-layout.js';

/** Bins of a histogram. */
export interface HistogramTable {
  /** Edges of the bins, in ascending order: one more than there are bins. */
  readonly edges: Float64Array;
  /** True if all bins have about the same width. */
  readonly isEqual: boolean;
}

/**
 * Selects the bits of the keys of elements that are counted. A key is an unsigned integer as long as an element. Keys
 * have the order of their values.
 */
export interface DigitTable {
  /** Values of the bits above the digit, in ascending order. Elements with other values are not counted. */
  readonly prefixes: BigUint64Array;
  /** Number of bits of the digit, at most 16. There are 2^bits counters per prefix. */
  readonly bits: number;
  /** Number of bits of a key that are lower than those of the digit. */
  readonly shift: number;
}

/** What `histogram` or `digits` counts. */
export type BinTable = HistogramTable | DigitTable;

/** A reduction of elements of a real type. */
export interface ReduceSpec {
  readonly operation: Accumulator;
  readonly type: DTypeInfo;
  /** True if NaN is left out. */
  readonly skipNan: boolean;
  readonly ddof: number;
  /** Only for `histogram` and `digits`; null for the others. */
  readonly table: BinTable | null;
}

/** Positions of the words of the state of `histogram` and `digits`, as `native/kernels/reduce/state.h` defines them. */
const counterWord = { count: 0, nan: 1, below: 2, above: 3, bins: 4 } as const;

/** Counters of a state of `histogram` or `digits`. */
export interface Counters {
  /** Number of elements that were added, including NaN. */
  readonly count: number;
  readonly nan: number;
  /** `below`: number of elements below the first edge; `above`: number of elements above the last edge. */
  readonly below: number;
  readonly above: number;
  /** Counters of the bins or of the digits. */
  readonly bins: BigUint64Array;
}

/** Starts a native job. Returns its ticket. */
type Start = (native: NativeBinding, callback: (error: NativeError | null) => void) => number;

const abortMessage = 'The reduction was aborted';

function encode(spec: ReduceSpec, outputs: number, dims: readonly ReduceDim[]): Float64Array {
  const words = new Float64Array(reduceWords + dims.length * reduceDimWords);
  words[reduceWord.operation] = accumulators.indexOf(spec.operation);
  words[reduceWord.type] = dtypeTable.indexOf(spec.type);
  words[reduceWord.skipNan] = spec.skipNan ? 1 : 0;
  words[reduceWord.outputs] = outputs;
  words[reduceWord.ddof] = spec.ddof;
  words[reduceWord.dims] = dims.length;
  const { table } = spec;
  if (table !== null && 'edges' in table) {
    words[reduceWord.bins] = table.edges.length - 1;
    words[reduceWord.equalBins] = table.isEqual ? 1 : 0;
  } else if (table !== null) {
    words[reduceWord.bins] = table.prefixes.length * 2 ** table.bits;
    words[reduceWord.digitBits] = table.bits;
    words[reduceWord.digitShift] = table.shift;
  }
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

/**
 * Runs a native job. Cancels it if `signal` is aborted. Settles when no thread uses its memory any more.
 * @throws the error of the job. @throws {AbortError}
 */
async function perform(signal: AbortSignal | undefined, start: Start): Promise<void> {
  throwIfAborted(signal, abortMessage);
  const native = binding();
  let unwatch = (): void => {};
  const error = await new Promise<NativeError | null>((resolve) => {
    const ticket = start(native, (outcome) => turn.run(() => resolve(outcome)));
    unwatch = onAbort(signal, () => native.cancel(ticket));
  });
  unwatch();
  if (error !== null) throw error.kind === 'cancelled' ? abortError(signal, abortMessage) : toError(error);
}

/** The states of the results of a reduction. */
export class ReduceStates {
  readonly #spec: ReduceSpec;
  readonly #outputs: number;
  readonly #states: BigUint64Array;

  /** @param words states of these results, which are changed. Default: states to which no element was added. */
  constructor(spec: ReduceSpec, outputs: number, words?: BigUint64Array) {
    this.#spec = spec;
    this.#outputs = outputs;
    this.#states = words ?? new BigUint64Array((outputs * stateBytes(spec)) / 8);
  }

  /** The words of the states, one state after the other. */
  get words(): BigUint64Array {
    return this.#states;
  }

  /** Copies the states of `length` results from `other`, which belongs to the same reduction. */
  copy(other: ReduceStates, from: number, to: number, length: number): void {
    const words = stateBytes(this.#spec) / 8;
    this.#states.set(other.#states.subarray(from * words, (from + length) * words), to * words);
  }

  /**
   * Adds the states of the same results of the same reduction. No other call on either of them may be in flight.
   * @throws {AbortError}
   */
  async merge(other: ReduceStates, signal: AbortSignal | undefined): Promise<void> {
    const words = encode(this.#spec, this.#outputs, []);
    const memory = [this.#states, other.#states, null, null] as const;
    await perform(signal, (native, callback) => native.reduce_merge(words, memory, callback));
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
    const memory = [this.#states, elements, mask, this.#table()] as const;
    await perform(signal, (native, callback) => native.reduce_block(words, memory, callback));
  }

  /**
   * Returns the target of a read that adds its elements to the only state when it has succeeded. No other call on this
   * object may be in flight during the read.
   */
  asTarget(): StateTarget {
    return [this.#states, this.#table(), encode(this.#spec, 1, [])];
  }

  /**
   * Computes the results.
   * @param results receives one element per state; `bounds` needs two, and `histogram` one per bin.
   * @param empty receives one entry per state: 1 if no element contributes to it, else 0.
   * @throws {ConversionError} if a sum of integers does not fit. @throws {AbortError}
   */
  async finish(results: TypedArray, empty: Uint8Array, signal: AbortSignal | undefined): Promise<void> {
    const words = encode(this.#spec, this.#outputs, []);
    const memory = [this.#states, results, empty, null] as const;
    await perform(signal, (native, callback) => native.reduce_finish(words, memory, callback));
  }

  /** Returns the edges or the prefixes that the native side needs; null if there are none. */
  #table(): Float64Array | BigUint64Array | null {
    const { table } = this.#spec;
    if (table === null) return null;
    return 'edges' in table ? table.edges : table.prefixes;
  }

  /** Yields the counters of each state of `histogram` or `digits`. */
  *counters(): Generator<Counters, void, void> {
    const words = this.#states.length / this.#outputs;
    for (let at = 0; at < this.#states.length; at += words) {
      const word = (name: keyof typeof counterWord): number => Number(this.#states[at + counterWord[name]]);
      const bins = this.#states.subarray(at + counterWord.bins, at + words);
      yield { count: word('count'), nan: word('nan'), below: word('below'), above: word('above'), bins };
    }
  }
}
