#include "native/pool/thread_pool.h"

#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "native/pool/lane.h"
#include "native/pool/stuck_watch.h"
#include "native/sys/clock.h"
#include "native/sys/parallelism.h"

namespace posixpar::pool {
namespace {

constexpr std::uint64_t kIoIdleExitNs = 5'000'000'000;
/// Maximum number of devices that have their own threads at the same time.
constexpr std::size_t kMaxDevices = 16;
/// When the last JavaScript environment ends, maximum time to wait for threads that are in a system call.
constexpr std::uint64_t kPatienceNs = 1'000'000'000;
// Time for which an idle thread spins before it sleeps. Measured on 2 virtual CPUs: handing a job to a thread and
// getting the end reported (epoll) takes 7 us with spinning, 13 us without. run_here() with two copies takes 2.6 us
// with spinning, 13 us without. All values from 20 to 100 us give the same result.
constexpr unsigned kMeasuredSpinUs = 50;

// True in the child after fork(). The child has no threads of the pool, and locks that these threads held stay locked.
std::atomic<bool> forked{false};

void watch_forks() {
  static std::once_flag once;
  std::call_once(once, [] { pthread_atfork(nullptr, nullptr, [] { forked.store(true); }); });
}

Error no_threads(const char* op) {
  return {.kind = ErrorKind::unsupported, .op = op, .path = {}, .message = "the threads do not survive a fork"};
}

PoolOptions filled_in(PoolOptions options) {
  static const unsigned cores = sys::available_parallelism();
  if (options.threads == 0) options.threads = cores;
  if (options.io_threads == 0) options.io_threads = std::max(16U, 2 * cores);
  // On a single core, a spinning thread would prevent the thread that submits work from running.
  if (options.spin_us == PoolOptions::kDefaultSpin) options.spin_us = cores > 1 ? kMeasuredSpinUs : 0;
  return options;
}

/// Returns the maximum number of spinning threads: half of the compute threads, so that cores are left for the threads
/// that submit work.
unsigned spinners(const PoolOptions& options) { return std::max(1U, options.threads / 2); }

}  // namespace

struct ThreadPool::State {
  explicit State(const PoolOptions& filled)
      : options(filled),
        watch(std::max<std::uint64_t>(1, filled.stuck_ms / 4) * 1'000'000, [this] { return find_stuck(); }),
        compute({.lane = Lane::compute, .prefix = "posixpar-c", .idle_exit_ns = 0}, filled.threads,
                std::uint64_t{filled.spin_us} * 1000) {}

  /// Returns the lane whose threads run a job: the compute lane, or the I/O lane of the job's device.
  ThreadLane& of(Lane lane, Job& job) {
    if (lane == Lane::compute) return compute;
    std::scoped_lock lock(mutex);
    ThreadLane* known = job.io_lane_.load(std::memory_order_relaxed);
    if (known == nullptr) {
      known = &of_device(job.device_id());
      job.io_lane_.store(known, std::memory_order_relaxed);
    }
    return *known;
  }

  /// Returns the I/O lane of a device. The first job of a device creates its lane, or chooses an existing lane if there
  /// are kMaxDevices lanes. Lanes are never destroyed. Needs the mutex.
  ThreadLane& of_device(std::uint64_t device) {
    if (const auto found = by_device.find(device); found != by_device.end()) return *found->second;
    ThreadLane* lane = nullptr;
    if (io.size() < kMaxDevices) {
      const auto saturated = [this] { watch.wake(); };
      LaneTraits traits{.lane = Lane::io,
                        .prefix = "posixpar-io",
                        .idle_exit_ns = kIoIdleExitNs,
                        .stuck_ns = std::uint64_t{options.stuck_ms} * 1'000'000,
                        .on_saturated = saturated};
      lane = io.emplace_back(std::make_unique<ThreadLane>(std::move(traits), options.io_threads, 0)).get();
    } else {
      // There are kMaxDevices lanes already, so the device shares the lane with the lowest load.
      lane = std::min_element(io.begin(), io.end(), [](const auto& a, const auto& b) {
               return a->load() < b->load();
             })->get();
      // If the lane has no queued copies and no live threads, its other devices do not need it now. The lane serves
      // only the new device from now on; the other devices get a lane with their next job.
      if (lane->load() == 0) std::erase_if(by_device, [lane](const auto& e) { return e.second == lane; });
    }
    by_device.emplace(device, lane);
    return *lane;
  }

  /// Returns all lanes. Lanes are never destroyed.
  std::vector<ThreadLane*> lanes() {
    std::vector<ThreadLane*> all;
    std::scoped_lock lock(mutex);
    for (auto& lane : io) all.push_back(lane.get());
    all.push_back(&compute);
    return all;
  }

  bool find_stuck() {
    bool waits = false;
    for (ThreadLane* lane : lanes()) {
      if (lane != &compute && lane->find_stuck()) waits = true;
    }
    return waits;
  }

  mutable std::mutex mutex;  // Guards options, attached, io and by_device.
  PoolOptions options;
  unsigned attached = 0;
  StuckWatch watch;
  LeaseWatch leases;
  ThreadLane compute;
  std::vector<std::unique_ptr<ThreadLane>> io;
  std::map<std::uint64_t, ThreadLane*> by_device;
};

ThreadPool& ThreadPool::instance() {
  static auto& pool = *new ThreadPool(PoolOptions{});
  return pool;
}

ThreadPool::ThreadPool(PoolOptions options) : state_(std::make_unique<State>(filled_in(options))) {
  watch_forks();
  configure(options);
}

ThreadPool::~ThreadPool() {
  if (forked.load()) {
    // Not destroyed: destroying a condition variable would wait forever for threads that exist only in the parent.
    (void)state_.release();
    return;
  }
  shutdown();
}

void ThreadPool::configure(PoolOptions options) {
  if (forked.load()) return;
  const PoolOptions filled = filled_in(options);
  std::scoped_lock lock(state_->mutex);
  state_->options = filled;
  state_->compute.configure(filled.threads, std::uint64_t{filled.spin_us} * 1000, spinners(filled));
  for (auto& lane : state_->io) lane->configure(filled.io_threads, 0, 0);
}

PoolOptions ThreadPool::options() const {
  std::scoped_lock lock(state_->mutex);
  return state_->options;
}

unsigned ThreadPool::width(Lane lane) const {
  if (lane == Lane::compute) return state_->compute.limit();
  std::scoped_lock lock(state_->mutex);
  return state_->options.io_threads;
}

Status ThreadPool::submit(Lane lane, const std::shared_ptr<Job>& job, unsigned copies) {
  if (forked.load()) {
    return no_threads("submit");
  }
  // Counted before the copies are queued, because they may end before submit() returns.
  job->add(copies);
  auto status = state_->of(lane, *job).submit(job, copies);
  if (!status.ok()) job->forget(copies);
  return status;
}

unsigned ThreadPool::revoke(const std::shared_ptr<Job>& job) {
  if (forked.load()) return 0;
  unsigned copies = state_->compute.take_back(*job);
  if (ThreadLane* io = job->io_lane_.load(std::memory_order_relaxed); io != nullptr) copies += io->take_back(*job);
  if (copies > 0) job->release(copies);
  return copies;
}

void ThreadPool::run_here(Lane lane, const std::shared_ptr<Job>& job, unsigned copies) {
  hold(job);
  // If this fails, the copy that runs below does all the work.
  if (copies > 1) (void)submit(lane, job, copies - 1);
  (void)job->run(Slice(lane));  // This slice is never over, so run() returns when no work is left to start.
  // Does not remove copies that the job has submitted to the other lane, because they may have work.
  if (const unsigned idle = state_->of(lane, *job).take_back(*job); idle > 0) job->release(idle);
  release(job);
  // The other copies are performing their last pieces of work. This usually takes less time than to sleep and wake up.
  const std::uint64_t until = sys::monotonic_ns() + std::uint64_t{options().spin_us} * 1000;
  while (!job->done() && sys::monotonic_ns() < until) std::this_thread::yield();
  job->wait();
}

void ThreadPool::hold(const std::shared_ptr<Job>& job) { job->add(1); }

void ThreadPool::release(const std::shared_ptr<Job>& job) { job->release(1); }

void ThreadPool::readmit(Lane lane, const std::shared_ptr<Job>& job) { state_->of(lane, *job).readmit(*job); }

void ThreadPool::expedite(const std::shared_ptr<Job>& job) {
  if (forked.load()) return;
  state_->compute.expedite(*job);
  if (ThreadLane* io = job->io_lane_.load(std::memory_order_relaxed); io != nullptr) io->expedite(*job);
}

void ThreadPool::attach() {
  std::scoped_lock lock(state_->mutex);
  ++state_->attached;
}

void ThreadPool::detach() {
  {
    std::scoped_lock lock(state_->mutex);
    if (state_->attached == 0 || --state_->attached > 0) return;
  }
  drain(kPatienceNs);
}

bool ThreadPool::is_attached() const {
  std::scoped_lock lock(state_->mutex);
  return state_->attached > 0;
}

void ThreadPool::drain(std::uint64_t patience_ns) {
  if (forked.load()) return;
  for (;;) {
    for (ThreadLane* lane : state_->lanes()) lane->drain(patience_ns);
    // Repeats until all lanes are empty, because the last jobs of one lane may have submitted copies to another lane.
    const PoolCounters now = counters();
    const bool ended = now.compute_threads + now.io_threads == 0 || patience_ns > 0;
    if (ended && now.queued_compute + now.queued_io == 0) break;
    std::scoped_lock lock(state_->mutex);
    if (state_->attached > 0) return;  // A new environment uses the pool; its detach() will drain the pool again.
  }
  state_->watch.stop();
  state_->leases.stop();
}

Result<std::shared_ptr<WatchedLease>> ThreadPool::take_lease(int fd, const std::string& path, const sys::Roots* roots,
                                                             std::atomic<bool>& broken) {
  if (forked.load()) return no_threads("lease");
  return state_->leases.take(fd, path, roots, broken);
}

void ThreadPool::end_lease(WatchedLease& lease) {
  if (!forked.load()) state_->leases.end(lease);
}

PoolCounters ThreadPool::counters() const {
  PoolCounters counters;
  counters.compute_threads = state_->compute.alive(counters.spawned);
  counters.queued_compute = state_->compute.queued();
  std::scoped_lock lock(state_->mutex);
  for (auto& lane : state_->io) {
    counters.io_threads += lane->alive(counters.spawned);
    counters.queued_io += lane->queued();
  }
  return counters;
}

}  // namespace posixpar::pool
