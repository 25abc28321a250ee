/**
 * Functions for the processes and threads that an attack ends while they read.
 * @module
 */
import { binding, type NativeFault } from '../../lib/native/binding.js';

/** Injects one fault into every matching call. */
export function always(fault: Pick<NativeFault, 'op' | 'action' | 'value' | 'path'>): void {
  binding().set_faults([{ skip: 0, times: 0, ...fault }]);
}

/** Throws unless every element equals its index. */
export function checkCounting(data: ArrayLike<number | bigint>): void {
  for (let i = 0; i < data.length; i += 1)
    if (Number(data[i]) !== i) throw new Error(`Expected ${i}, found ${data[i]}`);
}
