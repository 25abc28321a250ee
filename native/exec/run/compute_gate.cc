#include "native/exec/run/compute_gate.h"

#include "native/pool/thread_pool.h"

namespace posixpar {

ComputeGate& ComputeGate::instance() {
  static ComputeGate* gate = new ComputeGate;  // Outlives every thread.
  return *gate;
}

void ComputeGate::enter(std::int64_t due_ns) {
  const unsigned width = pool::ThreadPool::instance().width(pool::Lane::compute);
  std::unique_lock lock(mutex_);
  if (inside_ >= width || !waiting_.empty()) {
    pool::WaitLine::Place place(waiting_, due_ns);
    while (!place.first() || inside_ >= width) place.wait(lock);
    inside_++;  // Must happen before the destructor of `place` wakes the next thread, which checks this number.
    return;
  }
  inside_++;
}

void ComputeGate::leave() {
  const std::lock_guard lock(mutex_);
  inside_--;
  waiting_.notify();
}

}  // namespace posixpar
