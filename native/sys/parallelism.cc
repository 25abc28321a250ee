#include "native/sys/parallelism.h"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <fstream>
#include <limits>
#include <memory>
#include <optional>
#include <sstream>
#include <string_view>

#include "native/sys/platform.h"

namespace posixpar::sys {
namespace {

unsigned affinity_cpus() {
#if POSIXPAR_LINUX
  // If the machine has more CPUs than the set can hold, the call fails with EINVAL. Then tries a larger set.
  for (int cpus = 1024; cpus <= 1 << 18; cpus *= 4) {
    const std::unique_ptr<cpu_set_t, void (*)(cpu_set_t*)> set(CPU_ALLOC(static_cast<std::size_t>(cpus)),
                                                               [](cpu_set_t* s) { CPU_FREE(s); });
    if (!set) break;
    const std::size_t bytes = CPU_ALLOC_SIZE(static_cast<std::size_t>(cpus));
    if (::sched_getaffinity(0, bytes, set.get()) == 0) {
      return static_cast<unsigned>(CPU_COUNT_S(bytes, set.get()));
    }
  }
#endif
  const long online = ::sysconf(_SC_NPROCESSORS_ONLN);
  return online > 0 ? static_cast<unsigned>(online) : 1;
}

std::optional<std::int64_t> parse(std::string_view text) {
  std::int64_t value = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  if (result.ec != std::errc{}) return std::nullopt;
  return value;
}

std::string first_line(const std::string& path) {
  std::string line;
  std::ifstream file(path);
  std::getline(file, line);
  return line;
}

/// Returns a quota in CPUs, rounded up; 0 if there is none.
unsigned rounded_up(std::optional<std::int64_t> quota, std::optional<std::int64_t> period) {
  if (!quota || !period || *quota <= 0 || *period <= 0) return 0;
  const std::int64_t cpus = *quota / *period + (*quota % *period != 0 ? 1 : 0);
  return static_cast<unsigned>(std::min<std::int64_t>(cpus, std::numeric_limits<int>::max()));
}

unsigned quota_v2(const std::string& directory) {
  const std::string line = first_line(directory + "/cpu.max");  // "max 100000" or "150000 100000"
  const std::size_t space = line.find(' ');
  if (space == std::string::npos) return 0;
  return rounded_up(parse(std::string_view(line).substr(0, space)), parse(std::string_view(line).substr(space + 1)));
}

unsigned quota_v1(const std::string& directory) {
  return rounded_up(parse(first_line(directory + "/cpu.cfs_quota_us")),
                    parse(first_line(directory + "/cpu.cfs_period_us")));
}

/// Returns the smallest quota of `group` and its ancestors; 0 if there is none. Inside a container, the directory of a
/// group may be missing; such a group counts as one without a quota.
unsigned smallest(const std::string& root, std::string group, unsigned (*quota)(const std::string&)) {
  unsigned least = 0;
  for (;;) {
    const unsigned here = quota(root + group);
    if (here != 0) least = least == 0 ? here : std::min(least, here);
    const std::size_t slash = group.rfind('/');
    if (slash == std::string::npos) return least;
    group.resize(slash);
  }
}

bool has_controller(std::string_view list, std::string_view name) {
  while (!list.empty()) {
    const std::size_t comma = list.find(',');
    if (list.substr(0, comma) == name) return true;
    if (comma == std::string_view::npos) return false;
    list.remove_prefix(comma + 1);
  }
  return false;
}

}  // namespace

unsigned cgroup_cpu_limit(const std::string& cgroup_list, const std::string& mount_root) {
  unsigned least = 0;
  const auto limit = [&least](unsigned cpus) {
    if (cpus != 0) least = least == 0 ? cpus : std::min(least, cpus);
  };
  std::ifstream file(cgroup_list);
  for (std::string line; std::getline(file, line);) {  // "hierarchy:controllers:path", cgroups(7)
    const std::size_t first = line.find(':');
    const std::size_t second = first == std::string::npos ? first : line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const std::string group = line.substr(second + 1);
    if (controllers.empty()) {
      limit(smallest(mount_root, group == "/" ? "" : group, quota_v2));
    } else if (has_controller(controllers, "cpu")) {
      limit(smallest(mount_root + "/" + controllers, group == "/" ? "" : group, quota_v1));
      limit(smallest(mount_root + "/cpu", group == "/" ? "" : group, quota_v1));
    }
  }
  return least;
}

unsigned available_parallelism() {
  const unsigned cpus = affinity_cpus();
  const unsigned quota = cgroup_cpu_limit("/proc/self/cgroup", "/sys/fs/cgroup");
  return std::max(1U, quota == 0 ? cpus : std::min(cpus, quota));
}

}  // namespace posixpar::sys
