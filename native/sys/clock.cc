#include "native/sys/clock.h"

#include <time.h>

#include <charconv>

#include "native/sys/unique_fd.h"

namespace posixpar::sys {
namespace {

std::uint64_t read_clock(clockid_t id) {
  timespec t{};
  ::clock_gettime(id, &t);
  return static_cast<std::uint64_t>(t.tv_sec) * 1'000'000'000U + static_cast<std::uint64_t>(t.tv_nsec);
}

}  // namespace

std::uint64_t monotonic_ns() { return read_clock(CLOCK_MONOTONIC); }

std::uint64_t realtime_ns() { return read_clock(CLOCK_REALTIME); }

void pause_ns(std::uint64_t ns) {
  const timespec time{0, static_cast<long>(ns)};
  ::nanosleep(&time, nullptr);
}

std::uint64_t thread_cpu_ns() { return read_clock(CLOCK_THREAD_CPUTIME_ID); }

std::optional<std::uint64_t> thread_run_delay_ns() {
  // The kernel resolves `thread-self` when the file is opened, so the descriptor always refers to this thread.
  thread_local const UniqueFd file(call_open_proc("/proc/thread-self/schedstat"));
  if (!file.valid()) return std::nullopt;
  char text[96];
  const ssize_t got = call_read_proc(file.get(), text, 0);
  if (got <= 0) return std::nullopt;
  const char* const end = text + got;
  std::uint64_t numbers[3] = {};  // Time on CPU, run delay, and how often it got a CPU.
  const char* at = text;
  for (std::uint64_t& number : numbers) {
    while (at != end && *at == ' ') ++at;
    const auto parsed = std::from_chars(at, end, number);
    if (parsed.ec != std::errc{}) return std::nullopt;
    at = parsed.ptr;
  }
  // The calling thread has got a CPU at least once. So if the number is 0, the kernel does not record these numbers.
  if (numbers[2] == 0) return std::nullopt;
  return numbers[1];
}

}  // namespace posixpar::sys
