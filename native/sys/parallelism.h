#pragma once
/// \file Number of threads that can run at the same time.

#include <string>

namespace posixpar::sys {

/// CPUs in the affinity mask, limited by the CPU quota of the cgroups (v2 cpu.max, v1 cfs_quota), rounded up; at
/// least 1. Reads files; call it once and keep the number.
unsigned available_parallelism();

/// Limit of the cgroups alone: the smallest quota on the way up, in CPUs rounded up; 0 when there is none.
/// \param cgroup_list  the process's membership, as /proc/self/cgroup.
/// \param mount_root   where the hierarchies are mounted, as /sys/fs/cgroup.
unsigned cgroup_cpu_limit(const std::string& cgroup_list, const std::string& mount_root);

}  // namespace posixpar::sys
