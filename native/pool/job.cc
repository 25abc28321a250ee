#include "native/pool/job.h"

namespace posixpar::pool {

void Job::release(std::uint32_t copies) {
  // Acquire and release, so that finished() sees everything that the copies wrote.
  if (active_.fetch_sub(copies, std::memory_order_acq_rel) != copies) return;
  finished();
  done_.store(1, std::memory_order_release);
  done_.notify_all();
}

void Job::wait() const {
  while (!done()) done_.wait(0, std::memory_order_acquire);
}

}  // namespace posixpar::pool
