#include "native/sys/thread_name.h"

#include "native/sys/platform.h"

namespace posixpar::sys {

void name_thread([[maybe_unused]] pthread_t thread, [[maybe_unused]] const char* name) {
#if POSIXPAR_LINUX
  pthread_setname_np(thread, name);
#endif
}

}  // namespace posixpar::sys
