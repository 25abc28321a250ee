#include "native/pool/stuck_watch.h"

#include <chrono>

#include "native/pool/thread_start.h"

namespace posixpar::pool {

void StuckWatch::wake() {
  const std::scoped_lock lock(mutex_);
  if (wanted_ || stopping_) return;
  wanted_ = true;
  if (started_) {
    changed_.notify_all();
    return;
  }
  auto thread = start_thread("posixpar-watch", &StuckWatch::enter, this);
  if (!thread.ok()) {
    wanted_ = false;  // The next wake() tries again.
    return;
  }
  thread_ = *thread;
  started_ = true;
}

void StuckWatch::stop() {
  {
    const std::scoped_lock lock(mutex_);
    if (!started_ || stopping_) return;
    stopping_ = true;
    changed_.notify_all();
  }
  pthread_join(thread_, nullptr);
  const std::scoped_lock lock(mutex_);
  started_ = false;
  wanted_ = false;
  stopping_ = false;
}

void* StuckWatch::enter(void* self) {
  static_cast<StuckWatch*>(self)->watch();
  return nullptr;
}

void StuckWatch::watch() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (!wanted_) {
      changed_.wait(lock);
      continue;
    }
    changed_.wait_for(lock, std::chrono::nanoseconds(interval_ns_));
    if (stopping_) return;
    // The lock is released during look(), because lanes call wake() with their own locks.
    wanted_ = false;
    lock.unlock();
    const bool again = look_();
    lock.lock();
    wanted_ = wanted_ || again;
  }
}

}  // namespace posixpar::pool
