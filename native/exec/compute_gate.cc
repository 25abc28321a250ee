#include "native/exec/compute_gate.h"

#include "native/pool/thread_pool.h"

namespace posixpar {

ComputeGate& ComputeGate::instance() {
  static ComputeGate* gate = new ComputeGate;  // Outlives every thread.
  return *gate;
}

void ComputeGate::enter() {
  const unsigned width = pool::ThreadPool::instance().width(pool::Lane::compute);
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return inside_ < width; });
  inside_++;
}

void ComputeGate::leave() {
  {
    const std::lock_guard lock(mutex_);
    inside_--;
  }
  changed_.notify_one();
}

}  // namespace posixpar
