/**
 * What processes and threads that are ended in the middle share.
 * @module
 */
import { binding, type NativeFault } from '../../lib/native/binding.js';

/** Installs one fault for every call that matches. */
export function always(fault: Pick<NativeFault, 'op' | 'action' | 'value' | 'path'>): void {
  binding().set_faults([{ skip: 0, times: 0, ...fault }]);
}

/** Throws unless element i is i. */
export function checkCounting(data: ArrayLike<number | bigint>): void {
  for (let i = 0; i < data.length; i += 1)
    if (Number(data[i]) !== i) throw new Error(`Expected ${i}, found ${data[i]}`);
}
