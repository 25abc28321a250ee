#pragma once
/// \file What lies under a file: the block device.

namespace posixpar::sys {

/// Whether the device that the open file lies on is a virtual machine's (virtio), as sysfs tells it. Each page of the
/// memory that such a device is to fill costs the host as much as a small request. False where it is not known, such as
/// for file systems of several devices.
bool on_virtio(int fd);

}  // namespace posixpar::sys
