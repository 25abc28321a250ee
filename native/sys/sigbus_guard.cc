#include "native/sys/sigbus_guard.h"

#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <mutex>
#include <new>

#include "native/sys/platform.h"

#if POSIXPAR_LINUX
#include <sys/syscall.h>
#endif

namespace posixpar::sys::detail {
namespace {

constexpr std::size_t kSlots = 256;

struct Block {
  GuardedRegion slots[kSlots];
  std::atomic<Block*> next{nullptr};
};

// Static variables with constant initialisers and trivial destructors, which are valid as long as the process lives.
constinit Block first_block;
constinit std::atomic<std::uintptr_t> page_mask{0};
struct sigaction previous;  // Written before the handler is installed, constant afterwards.

static_assert(std::atomic<std::uintptr_t>::is_always_lock_free && std::atomic<bool>::is_always_lock_free &&
              std::atomic<Block*>::is_always_lock_free);

// The signal handler runs the code from here to the end of handle_sigbus(), so it must be async-signal-safe.

bool holds(const GuardedRegion& region, std::uintptr_t address, std::uintptr_t& end) {
  const std::uint32_t before = region.version.load();
  const std::uintptr_t begin = region.begin.load();
  end = region.end.load();
  // While a region is being changed, no thread reads its memory. So the fault is not in this region.
  if ((before & 1U) != 0 || region.version.load() != before) return false;
  return address >= begin && address < end;
}

bool map_zeros(std::uintptr_t begin, std::uintptr_t end) {
  constexpr int kFlags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED;
#if POSIXPAR_LINUX
  // Makes the system call directly, because the mmap() of a sanitizer may not be async-signal-safe.
  return ::syscall(SYS_mmap, begin, end - begin, PROT_READ, kFlags, -1, 0L) == static_cast<long>(begin);
#else
  void* const wanted = reinterpret_cast<void*>(begin);
  return ::mmap(wanted, end - begin, PROT_READ, kFlags, -1, 0) == wanted;
#endif
}

/// Records the fault and maps zero pages from the faulting page to the end of its region. After a truncation, all of
/// these pages are missing; replacing them one by one could exceed the limit of mappings (vm.max_map_count).
bool absorb(std::uintptr_t address) {
  for (Block* block = &first_block; block != nullptr; block = block->next.load()) {
    for (GuardedRegion& region : block->slots) {
      std::uintptr_t end = 0;
      if (!holds(region, address, end)) continue;
      const std::uintptr_t page = address & page_mask.load();
      // Records the fault before it maps zero pages. So a thread that has read zeros finds the fault afterwards.
      std::uintptr_t none = 0;
      region.fault.compare_exchange_strong(none, page);
      return map_zeros(page, end);
    }
  }
  return false;
}

void pass_on(int number, siginfo_t* info, void* context) {
  if ((previous.sa_flags & SA_SIGINFO) != 0) {
    previous.sa_sigaction(number, info, context);
    return;
  }
  const bool sent = info->si_code <= 0;  // The signal was sent by kill(2) or similar, not raised by an access.
  if (previous.sa_handler == SIG_IGN && sent) return;
  if (previous.sa_handler != SIG_IGN && previous.sa_handler != SIG_DFL) {
    previous.sa_handler(number);
    return;
  }
  // Restores the default action. When the handler returns, the access faults again, so the core dump has its address.
  struct sigaction standard {};
  standard.sa_handler = SIG_DFL;
  ::sigaction(number, &standard, nullptr);
  if (sent) ::raise(number);
}

void handle_sigbus(int number, siginfo_t* info, void* context) {
  const int saved_errno = errno;
  const bool access = info->si_code > 0;
  if (!access || !absorb(reinterpret_cast<std::uintptr_t>(info->si_addr))) pass_on(number, info, context);
  errno = saved_errno;
}

// End of the code that runs in the handler.

bool is_ours(const struct sigaction& action) {
  return (action.sa_flags & SA_SIGINFO) != 0 && action.sa_sigaction == &handle_sigbus;
}

bool install() {
  page_mask.store(~(static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE)) - 1));
  if (::sigaction(SIGBUS, nullptr, &previous) != 0 || is_ours(previous)) return false;
  struct sigaction ours {};
  ours.sa_sigaction = &handle_sigbus;
  // SA_NODEFER is set if the previous handler has it, because that handler runs inside ours.
  ours.sa_flags = SA_SIGINFO | SA_ONSTACK | (previous.sa_flags & (SA_NODEFER | SA_RESTART));
  ours.sa_mask = previous.sa_mask;
  return ::sigaction(SIGBUS, &ours, nullptr) == 0;
}

std::mutex& table_mutex() {
  static auto& mutex = *new std::mutex;
  return mutex;
}

void set_range(GuardedRegion& region, std::uintptr_t begin, std::uintptr_t end) {
  region.version.fetch_add(1);
  region.begin.store(begin);
  region.end.store(end);
  region.version.fetch_add(1);
}

}  // namespace

bool sigbus_guard_active() {
  static std::once_flag once;
  static bool installed = false;
  std::call_once(once, [] { installed = install(); });
  if (!installed) return false;
  struct sigaction now {};
  return ::sigaction(SIGBUS, nullptr, &now) == 0 && is_ours(now);
}

GuardedRegion* guard_region(std::uintptr_t begin, std::uintptr_t end) {
  std::scoped_lock lock(table_mutex());
  for (Block* block = &first_block;; block = block->next.load()) {
    for (GuardedRegion& region : block->slots) {
      if (region.taken.load()) continue;
      region.taken.store(true);
      region.fault.store(0);
      set_range(region, begin, end);
      return &region;
    }
    if (block->next.load() == nullptr) {
      // Owned by the table for the life of the process.
      auto more = std::unique_ptr<Block>(new (std::nothrow) Block);
      if (!more) return nullptr;
      block->next.store(more.release());
    }
  }
}

void unguard_region(GuardedRegion* region) {
  std::scoped_lock lock(table_mutex());
  set_range(*region, 0, 0);
  region->taken.store(false);
}

}  // namespace posixpar::sys::detail
