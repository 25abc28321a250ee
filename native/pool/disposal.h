#pragma once
/// \file Destroys objects on the pool, so that a JavaScript thread does not wait.
#include <cstdint>
#include <memory>

namespace posixpar::pool {

/// Releases a reference on a thread of the I/O lane, and returns at once. If it is the last reference, the thread
/// destroys the object. This may take long: closing a file may need a reply of a file server, and freeing a plan of
/// 10^7 entries takes many milliseconds. If no JavaScript environment uses the pool, or no thread can be started, the
/// calling thread releases the reference.
/// \param device  device for which destroying the object may wait (Job::device_id).
void dispose(std::shared_ptr<const void> object, std::uint64_t device);

}  // namespace posixpar::pool
