#include "native/sys/thread_usage.h"

#include <sys/resource.h>

#include <charconv>
#include <string_view>

#include "native/sys/clock.h"
#include "native/sys/platform.h"
#include "native/sys/unique_fd.h"

namespace posixpar::sys {
namespace {

std::optional<std::uint64_t> bytes_from_storage() {
  const UniqueFd file(call_open_proc("/proc/thread-self/io"));
  if (!file.valid()) return std::nullopt;
  char buffer[512];
  const ssize_t got = call_read_proc(file.get(), buffer, 0);
  if (got <= 0) return std::nullopt;
  const std::string_view text(buffer, static_cast<std::size_t>(got));
  constexpr std::string_view key = "\nread_bytes: ";
  const std::size_t at = text.find(key);
  if (at == std::string_view::npos) return std::nullopt;
  std::uint64_t bytes = 0;
  const auto parsed = std::from_chars(text.data() + at + key.size(), text.data() + text.size(), bytes);
  return parsed.ec == std::errc{} ? std::optional(bytes) : std::nullopt;
}

}  // namespace

ThreadUsage thread_usage() {
  ThreadUsage usage;
  usage.cpu_ns = thread_cpu_ns();
  usage.run_delay_ns = thread_run_delay_ns();
#if POSIXPAR_LINUX
  rusage r{};
  if (::getrusage(RUSAGE_THREAD, &r) == 0) {
    usage.voluntary_switches = static_cast<std::uint64_t>(r.ru_nvcsw);
    usage.involuntary_switches = static_cast<std::uint64_t>(r.ru_nivcsw);
    usage.major_faults = static_cast<std::uint64_t>(r.ru_majflt);
  }
#endif
  usage.device_bytes = bytes_from_storage();
  return usage;
}

std::uint64_t thread_major_faults() {
#if POSIXPAR_LINUX
  rusage r{};
  if (::getrusage(RUSAGE_THREAD, &r) == 0) return static_cast<std::uint64_t>(r.ru_majflt);
#endif
  return 0;
}

}  // namespace posixpar::sys
