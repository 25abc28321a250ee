#pragma once
/// \file Functions for threads that spin: the number of the current CPU, and the pause instruction.

namespace posixpar::sys {

/// Returns the number of the CPU on which the calling thread runs, or -1 if it is not known. Makes no system call.
int current_cpu();

/// Tells the processor that the calling thread waits in a loop (x86: `pause`). The processor then
/// slows the thread down for some tens of nanoseconds, and gives the resources of the core to its other hardware
/// thread.
inline void relax_cpu() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("isb");
#endif
}

}  // namespace posixpar::sys
