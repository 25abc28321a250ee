#include "native/pool/lane.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <thread>
#include <utility>

#include "native/pool/buffers.h"
#include "native/pool/thread_start.h"
#include "native/sys/clock.h"
#include "native/sys/cpu.h"

namespace posixpar::pool {
namespace {

/// Time after which an idle thread frees its scratch memory.
constexpr auto kScratchIdle = std::chrono::seconds(5);

/// If a spinning thread loses its CPU for longer than this, the spin has failed, because other threads need the CPU.
constexpr std::uint64_t kCrowdedNs = 100'000;
/// Maximum number of times that threads of the lane sleep without spinning after a failed spin. A spin fails if the
/// thread lost its CPU for longer than kCrowdedNs. Sleeping is then better, because the kernel gives a busy CPU sooner
/// to a thread that wakes up than to one that was spinning. A spin also fails if it found no copy, because the next
/// copies probably come too late, too.
constexpr unsigned kMaxSkippedSpins = 256;
/// Maximum number of stuck threads that do not count towards the limit of a lane.
constexpr unsigned kMaxStuck = 256;

}  // namespace

ThreadLane::ThreadLane(LaneTraits traits, unsigned limit, std::uint64_t spin_ns)
    : traits_(std::move(traits)),
      queue_(traits_.lane),
      limit_(std::max(1U, limit)),
      spin_ns_(spin_ns),
      spins_(kMaxSkippedSpins) {}

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
    // There is no live thread. If none can be started, the copies would stay in the queue forever.
    auto spawned = spawn();
    if (!spawned.ok()) return spawned;
  }
  queue_.push(job, copies, static_cast<std::int64_t>(sys::monotonic_ns()));
  submit_cpu_.store(sys::current_cpu(), std::memory_order_relaxed);
  pending_.fetch_add(copies, std::memory_order_release);
  ensure_workers(2);
  return {};
}

unsigned ThreadLane::take_back(Job& job) {
  std::pair<unsigned, std::shared_ptr<Job>> removed;  // Destroyed after the lock is released: destructors may be slow.
  const Lock lock(mutex_);
  removed = queue_.remove(job);
  pending_.fetch_sub(removed.first, std::memory_order_relaxed);
  return removed.first;
}

void ThreadLane::readmit(Job& job) {
  const Lock lock(mutex_);
  queue_.readmit(job, static_cast<std::int64_t>(sys::monotonic_ns()));
}

void ThreadLane::expedite(Job& job) {
  const Lock lock(mutex_);
  queue_.expedite(job);
}

unsigned ThreadLane::allowed() const { return limit_ + std::min(stuck_, kMaxStuck); }

bool ThreadLane::find_stuck() {
  const Lock lock(mutex_);
  const auto now = static_cast<std::int64_t>(sys::monotonic_ns());
  for (Worker& worker : workers_) {
    if (worker.stuck || worker.begin_ns == 0) continue;
    if (now - worker.begin_ns < static_cast<std::int64_t>(traits_.stuck_ns)) continue;
    worker.stuck = true;
    ++stuck_;
  }
  ensure_workers(2);
  return pending_.load(std::memory_order_relaxed) > 0;
}

void ThreadLane::ensure_workers(unsigned fan_out) {
  for (unsigned i = 0; i < fan_out; ++i) {
    const unsigned pending = pending_.load(std::memory_order_relaxed);
    if (pending <= spinning_ + waking_ + starting_)
      break;  // Enough threads are waking up or starting. Each of them will call this function again.
    if (sleeping_ > waking_) {
      ++waking_;
      wake_.notify_one();
    } else if (live_ < allowed()) {
      if (!spawn().ok()) break;
      ++i;  // A start counts twice towards `fan_out`, because starting a thread costs more than waking one.
    } else {
      if (traits_.on_saturated) traits_.on_saturated();
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
    // The thread set `exited` and will not take the lock again, so joining it takes little time.
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
  while (await_work(lock)) run_next(self, lock);
  --live_;
  ensure_workers(1);  // This thread ends, for example because of a lower limit. A copy for which it was woken may wait.
  self.exited = true;
  ended_.notify_all();
}

void ThreadLane::run_next(Worker& self, Lock& lock) {
  std::shared_ptr<Job> job = queue_.pop();
  pending_.fetch_sub(1, std::memory_order_relaxed);
  self.begin_ns = static_cast<std::int64_t>(sys::monotonic_ns());
  const Slice slice(traits_.lane, queue_, *job, self.begin_ns);
  ensure_workers(2);
  lock.unlock();
  const JobStep step = job->run(slice);
  const Demand demand = job->demand();
  if (step == JobStep::done) {
    job->release(1);
    if (job->done()) job.reset();
  }
  lock.lock();
  const std::int64_t begin_ns = std::exchange(self.begin_ns, 0);
  if (std::exchange(self.stuck, false)) --stuck_;
  if (job == nullptr) return;
  const auto now = static_cast<std::int64_t>(sys::monotonic_ns());
  queue_.charge(*job, demand, static_cast<std::uint64_t>(now - begin_ns), now);
  if (step == JobStep::yielded) {
    queue_.push(job, 1, now);
    pending_.fetch_add(1, std::memory_order_release);
    return;  // The queue refers to the job, so `job` is not the last reference.
  }
  lock.unlock();
  job.reset();  // Destroys the job without the lock.
  lock.lock();
}

bool ThreadLane::await_work(Lock& lock) {
  bool spun = false;
  bool trimmed = false;
  for (;;) {
    if (live_ > allowed()) return false;
    if (!queue_.empty()) return true;
    if (draining_ > 0) return false;
    if (!spun && spin_ns_ > 0 && spinning_ < max_spinners_) {
      spun = true;
      if (spins_.should_try()) {
        spin(lock);
        continue;
      }
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
    // The kernel often wakes a thread on the CPU of the thread that submits copies. While this thread spins on that
    // CPU, the submitter cannot run to queue more copies, so this thread yields. On any other CPU, a yield could only
    // give the CPU to another program, which would delay the next copy.
    if (sys::current_cpu() == submit_cpu_.load(std::memory_order_relaxed)) {
      std::this_thread::yield();
    } else {
      sys::relax_cpu();
    }
    const std::uint64_t after = sys::monotonic_ns();
    crowded = crowded || after - now > kCrowdedNs;
    now = after;
  }
  lock.lock();
  --spinning_;
  spins_.note(!crowded && pending_.load(std::memory_order_relaxed) > 0);
}

void ThreadLane::drain(std::uint64_t patience_ns) {
  Lock lock(mutex_);
  ++draining_;
  wake_.notify_all();
  const auto ended = [this] { return live_ == 0 && queue_.empty(); };
  if (patience_ns == 0) {
    ended_.wait(lock, ended);
  } else {
    // Waits until the queue is empty. Queued copies always run, because stuck threads are replaced (find_stuck).
    while (!ended_.wait_for(lock, std::chrono::nanoseconds(patience_ns), ended)) {
      if (queue_.empty()) break;
    }
  }
  --draining_;
  std::list<Worker> gone;
  for (auto it = workers_.begin(); it != workers_.end();) {
    const auto next = std::next(it);
    if (it->exited) gone.splice(gone.end(), workers_, it);
    it = next;
  }
  lock.unlock();
  reap(gone);
}

unsigned ThreadLane::load() const {
  const Lock lock(mutex_);
  return live_ + pending_.load(std::memory_order_relaxed);
}

unsigned ThreadLane::alive(std::uint64_t& spawned) const {
  Lock lock(mutex_);
  spawned += spawned_;
  return live_;
}

}  // namespace posixpar::pool
