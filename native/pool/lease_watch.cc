#include "native/pool/lease_watch.h"

#include <utility>

#include "native/pool/thread_start.h"
#include "native/sys/lease_signal.h"

namespace posixpar::pool {

Status WatchedLease::check() {
  const std::scoped_lock lock(mutex_);
  if (lease_ && !error_) {
    if (auto status = lease_->check(); !status.ok()) {
      error_ = std::move(status).error();
      broken_.store(true, std::memory_order_release);
      // Keeps the descriptor open. Signals name a lease by its descriptor; if it were closed, another lease could get
      // the same number.
      lease_->release();
    }
  }
  if (error_) return *error_;
  return {};
}

void WatchedLease::end() {
  const std::scoped_lock lock(mutex_);
  lease_.reset();
}

Result<std::shared_ptr<WatchedLease>> LeaseWatch::take(int fd, const std::string& path, const sys::Roots* roots,
                                                       std::atomic<bool>& broken) {
  auto receiver = start();
  if (!receiver.ok()) return std::move(receiver).error();
  auto lease = sys::ReadLease::take(fd, path, *receiver, roots);
  std::shared_ptr<WatchedLease> watched;
  {
    const std::scoped_lock lock(mutex_);
    taking_--;
    if (!lease.ok()) return std::move(lease).error();
    watched = std::make_shared<WatchedLease>(std::move(*lease), broken);
    leases_.insert_or_assign(watched->descriptor(), watched);
  }
  // The lease may have been broken before it was added to `leases_`. The thread then could not find it, so this
  // function checks it.
  if (auto status = watched->check(); !status.ok()) {
    end(*watched);
    return std::move(status).error();
  }
  return watched;
}

void LeaseWatch::end(WatchedLease& lease) {
  {
    const std::scoped_lock lock(mutex_);
    // Erases the entry before the descriptor is closed, because another lease may then get its number.
    leases_.erase(lease.descriptor());
  }
  lease.end();
}

Result<pid_t> LeaseWatch::start() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return !stopping_; });
  if (!started_) {
    auto thread = start_thread("posixpar-lease", &LeaseWatch::enter, this);
    if (!thread.ok()) return std::move(thread).error();
    thread_ = *thread;
    started_ = true;
  }
  taking_++;
  changed_.wait(lock, [this] { return number_ != 0; });
  return number_;
}

void LeaseWatch::stop() {
  {
    const std::scoped_lock lock(mutex_);
    if (!started_ || stopping_ || taking_ > 0 || !leases_.empty()) return;
    stopping_ = true;
    sys::wake_lease_waiter(thread_);
  }
  pthread_join(thread_, nullptr);
  const std::scoped_lock lock(mutex_);
  started_ = false;
  stopping_ = false;
  number_ = 0;
  changed_.notify_all();
}

std::vector<std::shared_ptr<WatchedLease>> LeaseWatch::find(int descriptor) {
  std::vector<std::shared_ptr<WatchedLease>> found;
  const std::scoped_lock lock(mutex_);
  if (descriptor == sys::kAnyLease) {
    for (const auto& [key, lease] : leases_) found.push_back(lease);
  } else if (const auto known = leases_.find(descriptor); known != leases_.end()) {
    found.push_back(known->second);
  }
  return found;
}

void* LeaseWatch::enter(void* self) {
  static_cast<LeaseWatch*>(self)->watch();
  return nullptr;
}

void LeaseWatch::watch() {
  {
    const std::scoped_lock lock(mutex_);
    number_ = sys::thread_id();
    changed_.notify_all();
  }
  for (;;) {
    const int descriptor = sys::wait_for_broken_lease();
    {
      const std::scoped_lock lock(mutex_);
      if (stopping_) return;
    }
    // Checks the lease: the signal may be about an earlier lease that had the same descriptor number.
    for (const auto& lease : find(descriptor)) (void)lease->check();
  }
}

}  // namespace posixpar::pool
