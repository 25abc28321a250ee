#include "native/pool/thread_start.h"

#include <limits.h>
#include <signal.h>

#include "native/sys/file.h"
#include "native/sys/thread_name.h"

namespace posixpar::pool {
namespace {

// Stack size: sufficient for all codecs, and small enough for hundreds of threads. The default of a C library may be
// too small: the default of musl is 128 KiB.
constexpr std::size_t kStackBytes = std::size_t{1} << 20;

}  // namespace

Result<pthread_t> start_thread(const char* name, void* (*entry)(void*), void* argument) {
  sigset_t blocked;
  sigset_t before;
  sigfillset(&blocked);
  for (const int number : {SIGBUS, SIGSEGV, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS, SIGPROF}) {
    sigdelset(&blocked, number);
  }
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, kStackBytes);
  pthread_t thread{};
  // A new thread inherits the signal mask of this thread. So this thread blocks the signals while it creates the new
  // one.
  pthread_sigmask(SIG_SETMASK, &blocked, &before);
  const int error_number = pthread_create(&thread, &attributes, entry, argument);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  pthread_attr_destroy(&attributes);
  if (error_number != 0) {
    return sys::io_error("pthread_create", error_number, {});
  }
  sys::name_thread(thread, name);
  return thread;
}

}  // namespace posixpar::pool
