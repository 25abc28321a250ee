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
#include "native/sys/clock.h"
#include "native/sys/parallelism.h"

namespace posixpar::pool {
namespace {

constexpr std::uint64_t kIoIdleExitNs = 5'000'000'000;
/// Queues with threads of their own; what comes later shares those of the first one.
constexpr std::size_t kMostQueues = 16;
// On 2 virtual CPUs a round trip caller -> thread -> caller (epoll) takes 7 us with it and 13 us without; run_here()
// with two copies 2.6 us against 13 us. 20 to 100 us are the same.
constexpr unsigned kMeasuredSpinUs = 50;

// In the child of a fork the threads are gone, and locks may be held by threads that are not there.
std::atomic<bool> forked{false};

void watch_forks() {
  static std::once_flag once;
  std::call_once(once, [] { pthread_atfork(nullptr, nullptr, [] { forked.store(true); }); });
}

PoolOptions filled_in(PoolOptions options) {
  static const unsigned cores = sys::available_parallelism();
  if (options.threads == 0) options.threads = cores;
  if (options.io_threads == 0) options.io_threads = std::max(16U, 2 * cores);
  // A thread that spins on the only core keeps the one that it waits for from running.
  if (options.spin_us == PoolOptions::kDefaultSpin) options.spin_us = cores > 1 ? kMeasuredSpinUs : 0;
  return options;
}

/// At most half of the cores spin: the others belong to those who will bring the work.
unsigned spinners(const PoolOptions& options) { return std::max(1U, options.threads / 2); }

}  // namespace

struct ThreadPool::State {
  explicit State(const PoolOptions& filled)
      : options(filled),
        compute({.lane = Lane::compute, .prefix = "posixpar-c", .idle_exit_ns = 0}, filled.threads,
                std::uint64_t{filled.spin_us} * 1000) {}

  /// The threads that a job runs on. Made by the first job of a queue, and kept.
  ThreadLane& of(Lane lane, const Job& job) {
    if (lane == Lane::compute) return compute;
    std::scoped_lock lock(mutex);
    auto found = io.find(job.queue());
    if (found == io.end() && io.size() == kMostQueues) found = io.begin();
    if (found == io.end()) {
      const LaneTraits traits{.lane = Lane::io, .prefix = "posixpar-io", .idle_exit_ns = kIoIdleExitNs};
      found = io.emplace(job.queue(), std::make_unique<ThreadLane>(traits, options.io_threads, 0)).first;
    }
    return *found->second;
  }
  /// Every lane; none ever goes.
  std::vector<ThreadLane*> lanes() {
    std::vector<ThreadLane*> all;
    std::scoped_lock lock(mutex);
    for (auto& [queue, lane] : io) all.push_back(lane.get());
    all.push_back(&compute);
    return all;
  }

  mutable std::mutex mutex;  // Guards options, attached and the map.
  PoolOptions options;
  unsigned attached = 0;
  ThreadLane compute;
  std::map<std::uint64_t, std::unique_ptr<ThreadLane>> io;
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
    // Left as it is: destroying a condition variable would wait for sleepers that exist only in the parent.
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
  for (auto& [queue, lane] : state_->io) lane->configure(filled.io_threads, 0, 0);
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
    return Error{
        .kind = ErrorKind::unsupported, .op = "submit", .path = {}, .message = "the threads do not survive a fork"};
  }
  // Before it is queued: the copies may be over before submit returns.
  job->add(copies);
  auto status = state_->of(lane, *job).submit(job, copies);
  if (!status.ok()) job->forget(copies);
  return status;
}

unsigned ThreadPool::revoke(const std::shared_ptr<Job>& job) {
  if (forked.load()) return 0;
  const unsigned copies = state_->compute.take_back(*job) + state_->of(Lane::io, *job).take_back(*job);
  if (copies > 0) job->release(copies);
  return copies;
}

void ThreadPool::run_here(Lane lane, const std::shared_ptr<Job>& job, unsigned copies) {
  hold(job);
  // Without threads the caller's copy does what the others would have done.
  if (copies > 1) (void)submit(lane, job, copies - 1);
  job->run(lane);
  // Not those that the job has submitted to the other lane: there they have work of their own to do.
  if (const unsigned idle = state_->of(lane, *job).take_back(*job); idle > 0) job->release(idle);
  release(job);
  // What is left are the last pieces of copies that run now: mostly sooner done than a sleep and a wake.
  const std::uint64_t until = sys::monotonic_ns() + std::uint64_t{options().spin_us} * 1000;
  while (!job->done() && sys::monotonic_ns() < until) std::this_thread::yield();
  job->wait();
}

void ThreadPool::hold(const std::shared_ptr<Job>& job) { job->add(1); }

void ThreadPool::release(const std::shared_ptr<Job>& job) { job->release(1); }

bool ThreadPool::contended(Lane lane) const {
  const PoolCounters now = counters();
  return (lane == Lane::compute ? now.queued_compute : now.queued_io) > 0;
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
  shutdown();
}

void ThreadPool::shutdown() {
  if (forked.load()) return;
  for (;;) {
    for (ThreadLane* lane : state_->lanes()) lane->drain();
    // The last jobs of one lane may have submitted to the other.
    const PoolCounters now = counters();
    if (now.compute_threads == 0 && now.io_threads == 0) return;
    std::scoped_lock lock(state_->mutex);
    if (state_->attached > 0) return;  // A new environment has begun; its end will shut down again.
  }
}

PoolCounters ThreadPool::counters() const {
  PoolCounters counters;
  counters.compute_threads = state_->compute.alive(counters.spawned);
  counters.queued_compute = state_->compute.queued();
  std::scoped_lock lock(state_->mutex);
  for (auto& [queue, lane] : state_->io) {
    counters.io_threads += lane->alive(counters.spawned);
    counters.queued_io += lane->queued();
  }
  return counters;
}

}  // namespace posixpar::pool
