#pragma once
/// \file Destroys objects on the pool, so that a JavaScript thread need not wait for it.
#include <cstdint>
#include <memory>

namespace posixpar::pool {

/// Gives up a reference on a thread of the I/O lane. If it is the last one, destroying the object may block: closing a
/// file may ask a server, and freeing a plan of 10^7 entries takes many milliseconds. Returns at once. If no
/// environment uses the pool, the reference is given up by the calling thread.
/// \param device  that may block (Job::device_id).
void dispose(std::shared_ptr<const void> object, std::uint64_t device);

}  // namespace posixpar::pool
