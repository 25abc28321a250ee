#include "native/pool/lane.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <thread>
#include <utility>

#include "native/pool/buffers.h"
#include "native/pool/thread_start.h"
#include "native/sys/clock.h"

namespace posixpar::pool {
namespace {

/// An idle thread gives its scratch memory back after so long.
constexpr auto kScratchIdle = std::chrono::seconds(5);

/// A thread that looks for work gives way at each look. When that takes longer than this, others want the CPU...
constexpr std::uint64_t kCrowdedNs = 100'000;
/// ...and so many times the lane's threads sleep at once, which brings them back sooner than giving way.
constexpr unsigned kCrowdedSkips = 200;

}  // namespace

ThreadLane::ThreadLane(LaneTraits traits, unsigned limit, std::uint64_t spin_ns)
    : traits_(traits), limit_(std::max(1U, limit)), spin_ns_(spin_ns) {}

void ThreadLane::configure(unsigned limit, std::uint64_t spin_ns, unsigned spinners) {
  Lock lock(mutex_);
  limit_ = std::max(1U, limit);
  spin_ns_ = spin_ns;
  max_spinners_ = spinners;
  wake_.notify_all();
  ensure_workers(2);
}

unsigned ThreadLane::limit() const {
  Lock lock(mutex_);
  return limit_;
}

Status ThreadLane::submit(const std::shared_ptr<Job>& job, unsigned copies) {
  Lock lock(mutex_);
  if (live_ == 0) {
    // The only case in which work could be stuck in the queue.
    auto spawned = spawn();
    if (!spawned.ok()) return spawned;
  }
  queue_.push_back({job, copies});
  pending_.fetch_add(copies, std::memory_order_release);
  ensure_workers(2);
  return {};
}

unsigned ThreadLane::take_back(const Job& job) {
  std::deque<Entry> removed;  // Destroyed after the lock: a job's destructor is not ours.
  Lock lock(mutex_);
  unsigned copies = 0;
  for (auto it = queue_.begin(); it != queue_.end();) {
    if (it->job.get() != &job) {
      ++it;
      continue;
    }
    copies += it->copies;
    removed.push_back(std::move(*it));
    it = queue_.erase(it);
  }
  pending_.fetch_sub(copies, std::memory_order_relaxed);
  return copies;
}

std::shared_ptr<Job> ThreadLane::next_copy() {
  // Round robin over jobs: a read that comes later does not wait for every copy of an earlier one to start.
  Entry front = std::move(queue_.front());
  queue_.pop_front();
  pending_.fetch_sub(1, std::memory_order_relaxed);
  if (--front.copies == 0) return std::move(front.job);
  auto job = front.job;
  queue_.push_back(std::move(front));
  return job;
}

void ThreadLane::ensure_workers(unsigned fan_out) {
  for (unsigned i = 0; i < fan_out; ++i) {
    const unsigned pending = pending_.load(std::memory_order_relaxed);
    if (pending <= spinning_ + waking_ + starting_)
      break;  // Enough threads look for it already; they will call this again.
    if (sleeping_ > waking_) {
      ++waking_;
      wake_.notify_one();
    } else if (live_ < limit_) {
      if (!spawn().ok()) break;
      ++i;  // A thread costs more to start than to wake.
    } else {
      break;
    }
  }
}

Status ThreadLane::spawn() {
  reap(workers_);
  char name[16];
  std::snprintf(name, sizeof name, "%s%u", traits_.prefix, next_name_ % 10000);
  workers_.push_back({.lane = this});
  auto started = start_thread(name, &ThreadLane::enter, &workers_.back());
  if (!started.ok()) {
    workers_.pop_back();
    return std::move(started).error();
  }
  workers_.back().thread = *started;
  ++next_name_;
  ++live_;
  ++starting_;
  ++spawned_;
  return {};
}

void ThreadLane::reap(std::list<Worker>& workers) {
  for (auto it = workers.begin(); it != workers.end();) {
    if (!it->exited) {
      ++it;
      continue;
    }
    // Its last act under the lock was to say so; joining waits only for the end of the thread itself.
    pthread_join(it->thread, nullptr);
    it = workers.erase(it);
  }
}

void* ThreadLane::enter(void* worker) {
  auto& self = *static_cast<Worker*>(worker);
  self.lane->work(self);
  return nullptr;
}

void ThreadLane::work(Worker& self) {
  Lock lock(mutex_);
  --starting_;
  while (await_work(lock)) {
    std::shared_ptr<Job> job = next_copy();
    ensure_workers(2);
    lock.unlock();
    job->run(traits_.lane);
    job->release(1);
    job.reset();
    lock.lock();
  }
  --live_;
  ensure_workers(1);  // Ending because of a lower limit, it may have been woken for work that is still there.
  self.exited = true;
  ended_.notify_all();
}

bool ThreadLane::await_work(Lock& lock) {
  bool spun = false;
  bool trimmed = false;
  for (;;) {
    if (live_ > limit_) return false;
    if (!queue_.empty()) return true;
    if (draining_ > 0) return false;
    if (!spun && spin_ns_ > 0 && spinning_ < max_spinners_) {
      spun = true;
      if (skip_spins_ == 0) {
        spin(lock);
        continue;
      }
      --skip_spins_;
    }
    const auto idle = std::chrono::nanoseconds(traits_.idle_exit_ns);
    ++sleeping_;
    bool timed_out = false;
    if (trimmed && traits_.idle_exit_ns == 0) {
      wake_.wait(lock);
    } else {
      timed_out = wake_.wait_for(lock, traits_.idle_exit_ns != 0 ? idle : kScratchIdle) == std::cv_status::timeout;
    }
    --sleeping_;
    if (waking_ > 0) --waking_;
    if (!timed_out) continue;
    if (queue_.empty() && traits_.idle_exit_ns != 0) return false;
    ThreadScratch::get().trim(0);
    trimmed = true;
  }
}

void ThreadLane::spin(Lock& lock) {
  const std::uint64_t spin_ns = spin_ns_;
  ++spinning_;
  lock.unlock();
  const std::uint64_t begin = sys::monotonic_ns();
  std::uint64_t now = begin;
  bool crowded = false;
  while (pending_.load(std::memory_order_acquire) == 0 && now - begin < spin_ns) {
    // Not a pause instruction: the kernel likes to wake a thread on the CPU of the one that woke it, and that one is
    // then kept from running, often the very thread that would bring the work.
    std::this_thread::yield();
    const std::uint64_t after = sys::monotonic_ns();
    crowded = crowded || after - now > kCrowdedNs;
    now = after;
  }
  lock.lock();
  --spinning_;
  if (crowded) skip_spins_ = kCrowdedSkips;
}

void ThreadLane::drain() {
  Lock lock(mutex_);
  ++draining_;
  wake_.notify_all();
  ended_.wait(lock, [this] { return live_ == 0 && queue_.empty(); });
  --draining_;
  std::list<Worker> ended;
  for (auto it = workers_.begin(); it != workers_.end();) {
    const auto next = std::next(it);
    if (it->exited) ended.splice(ended.end(), workers_, it);
    it = next;
  }
  lock.unlock();
  reap(ended);
}

unsigned ThreadLane::alive(std::uint64_t& spawned) const {
  Lock lock(mutex_);
  spawned += spawned_;
  return live_;
}

}  // namespace posixpar::pool
