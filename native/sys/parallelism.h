#pragma once
/// \file Number of threads that can run at the same time.

#include <string>

namespace posixpar::sys {

/// Returns the number of CPUs in the affinity mask, limited by the CPU quota of the cgroups (v2 cpu.max, v1 cfs_quota),
/// rounded up; at least 1. Reads files, so call it once and keep the number.
unsigned available_parallelism();

/// Returns the CPU limit of the cgroups: the smallest quota of the process's cgroup and its ancestors, in CPUs, rounded
/// up; 0 if there is none.
/// \param cgroup_list  file that lists the cgroups of the process: /proc/self/cgroup.
/// \param mount_root   directory in which the hierarchies are mounted: /sys/fs/cgroup.
unsigned cgroup_cpu_limit(const std::string& cgroup_list, const std::string& mount_root);

}  // namespace posixpar::sys
