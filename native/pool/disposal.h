#pragma once
/// \file Destroys objects on the pool, so that a JavaScript thread does not wait.
#include <cstdint>
#include <memory>

namespace posixpar::pool {

/// Releases a reference on a thread of the I/O lane and returns at once. If it is the last reference, destroying the
/// object may block: closing a file may need a server, and freeing a plan of 10^7 entries takes many milliseconds. If
/// no environment uses the pool, the calling thread releases the reference.
/// \param device  device that may block (Job::device_id).
void dispose(std::shared_ptr<const void> object, std::uint64_t device);

}  // namespace posixpar::pool
