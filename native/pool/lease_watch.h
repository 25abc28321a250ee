#pragma once
/// \file Releases a read lease (sys/lease.h) as soon as another process breaks it, because that process waits for this.
#include <pthread.h>
#include <sys/types.h>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "native/base/result.h"
#include "native/sys/lease.h"

namespace posixpar::pool {

/// A lease that a thread of LeaseWatch releases when another process breaks it. Thread-safe.
class WatchedLease {
 public:
  /// Number of system calls of a lease, for the statistics: LeaseWatch::take(), one check() and end().
  static constexpr std::uint64_t kSystemCalls = 8;
  /// \param broken  flag that is set to true when the lease is broken. Several leases may share it. Not used after
  /// end().
  WatchedLease(sys::ReadLease lease, std::atomic<bool>& broken)
      : descriptor_(lease.descriptor()), broken_(broken), lease_(std::move(lease)) {}

  /// Asks the kernel for the state of the lease, and releases it if it is broken. \returns `changed` if it was broken
  /// before end().
  Status check();
  /// Releases the lease and closes its descriptor. Idempotent.
  void end();
  [[nodiscard]] int descriptor() const { return descriptor_; }

 private:
  const int descriptor_;
  std::atomic<bool>& broken_;  // Not used after end().
  std::mutex mutex_;           // Guards the next two members.
  std::optional<sys::ReadLease> lease_;
  std::optional<Error> error_;
};

/// Takes leases. One thread, which is started with the first lease, waits for signals of broken leases.
class LeaseWatch {
 public:
  LeaseWatch() = default;
  LeaseWatch(const LeaseWatch&) = delete;
  LeaseWatch& operator=(const LeaseWatch&) = delete;
  /// \pre all leases have ended.
  ~LeaseWatch() { stop(); }

  /// Takes a lease. \param broken  as for WatchedLease.
  /// \returns `changed` if the lease is broken before this function returns; `io` if the thread cannot be started;
  /// otherwise, the same errors as sys::ReadLease::take().
  Result<std::shared_ptr<WatchedLease>> take(int fd, const std::string& path, const sys::Roots* roots,
                                             std::atomic<bool>& broken);
  /// Ends a lease that take() returned.
  void end(WatchedLease& lease);
  /// Ends and joins the thread; the next take() starts it again. Does nothing if there are still leases, which happens
  /// if reads are stuck in a system call.
  void stop();

 private:
  static void* enter(void* self);
  void watch();
  /// Starts the thread if it does not run, and increases `taking_`. \returns thread_id() of the thread.
  Result<pid_t> start();
  [[nodiscard]] std::vector<std::shared_ptr<WatchedLease>> find(int descriptor);

  std::mutex mutex_;  // Guards the members below.
  std::condition_variable changed_;
  std::unordered_map<int, std::shared_ptr<WatchedLease>> leases_;  // By descriptor.
  unsigned taking_ = 0;                                            // Number of running calls of take().
  bool started_ = false;
  bool stopping_ = false;
  pid_t number_ = 0;  // thread_id() of the thread; 0 before it runs.
  pthread_t thread_{};
};

}  // namespace posixpar::pool
