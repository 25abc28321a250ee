/**
 * Measures the CPU time of kernel threads. They write back the data of the benchmark, so they are no other processes.
 * @module
 */
import { readdirSync, readFileSync } from 'node:fs';

/** Flag of kernel threads (PF_KTHREAD in include/linux/sched.h). */
const kernelThreadFlag = 0x00200000;

/**
 * Returns the CPU time in clock ticks in the text of /proc/PID/stat (proc(5)); 0 if it is not a kernel thread.
 * @example parseKernelThread('15 (rcu_preempt) I 2 0 0 0 -1 2129984 0 0 0 0 3 4 0') // 7
 */
export function parseKernelThread(text: string): number {
  // The name may contain spaces and parentheses, so the fields begin after the last one.
  const fields = text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  const [flags = 0, user = 0, system = 0] = [fields[6], fields[11], fields[12]];
  return (flags & kernelThreadFlag) === 0 ? 0 : user + system;
}

/** Returns the CPU time of all kernel threads in clock ticks; 0 if /proc does not show them, as in containers. */
export function readKernelThreads(): number {
  let ticks = 0;
  for (const name of readNames()) {
    if (!/^\d+$/.test(name)) continue;
    try {
      ticks += parseKernelThread(readFileSync(`/proc/${name}/stat`, 'utf8'));
    } catch {
      // The process has ended.
    }
  }
  return ticks;
}

function readNames(): readonly string[] {
  try {
    return readdirSync('/proc');
  } catch {
    return [];
  }
}
