#include "native/sys/cpu.h"

#include <sched.h>

#include "native/sys/platform.h"

namespace posixpar::sys {

int current_cpu() {
#if POSIXPAR_LINUX
  return ::sched_getcpu();
#else
  return -1;
#endif
}

}  // namespace posixpar::sys
