#include "native/sys/lease_signal.h"

#include <csignal>

#include "native/sys/hooks.h"

#if POSIXPAR_LINUX
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace posixpar::sys {

#if POSIXPAR_LINUX

int lease_signal() { return SIGRTMAX - 3; }

pid_t thread_id() { return static_cast<pid_t>(::syscall(SYS_gettid)); }

int wait_for_broken_lease() {
  sigset_t set;
  ::sigemptyset(&set);
  ::sigaddset(&set, lease_signal());
  ::sigaddset(&set, SIGIO);
  for (;;) {
    siginfo_t info{};
    if (::sigwaitinfo(&set, &info) < 0) continue;  // A signal of a profiler has interrupted the call.
    if (info.si_signo != lease_signal()) return kAnyLease;
    const auto fault = consult_faults(Op::lease_signal, "");
    if (!fault || fault->action != FaultAction::end) return info.si_fd;
  }
}

// Sends a standard signal, because the queue may have no room for a real-time signal.
void wake_lease_waiter(pthread_t thread) { ::pthread_kill(thread, SIGIO); }

#else

int lease_signal() { return 0; }
pid_t thread_id() { return 0; }
int wait_for_broken_lease() { return kAnyLease; }
void wake_lease_waiter(pthread_t) {}

#endif

}  // namespace posixpar::sys
