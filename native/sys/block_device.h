#pragma once
/// \file Finds out on what kind of block device a file is.
#include <string>

namespace posixpar::sys {

/// Returns true if the open file is on the disk of a virtual machine (virtio), according to sysfs. For such a disk,
/// each separate page of memory that a request fills costs the host as much as a small request. Returns false if the
/// disk is not known, for example for file systems that span several devices.
bool on_virtio(int fd, const std::string& path);

}  // namespace posixpar::sys
