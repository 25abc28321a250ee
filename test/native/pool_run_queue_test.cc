#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "native/pool/run_queue.h"
#include "test/native/pool_support.h"

namespace posixpar::pool {
namespace {

constexpr std::int64_t kMs = 1'000'000;

/// A job that never runs. The simulation decides how much time it takes.
class PaperJob final : public FunctionJob {
 public:
  PaperJob(char letter, Demand demand) : FunctionJob([](Lane) {}), name(letter), demand_(demand) {}
  [[nodiscard]] Demand demand() const override { return demand_; }
  const char name;

 private:
  Demand demand_;
};

std::shared_ptr<PaperJob> job(char name, std::int64_t expected_ms, Priority priority = Priority::normal) {
  return std::make_shared<PaperJob>(
      name, Demand{.priority = priority, .expected_ns = static_cast<std::uint64_t>(expected_ms * kMs)});
}

char name_of(const std::shared_ptr<Job>& popped) { return static_cast<const PaperJob&>(*popped).name; }

std::string drain(RunQueue& queue) {
  std::string order;
  while (!queue.empty()) order += name_of(queue.pop());
  return order;
}

TEST(RunQueue, ShortJobsPrecedeLongOnesAndEqualOnesKeepTheirOrder) {
  RunQueue queue(Lane::compute);
  queue.push(job('L', 2400), 2, 0);
  queue.push(job('M', 20), 1, 1 * kMs);
  queue.push(job('a', 0), 1, 2 * kMs);
  queue.push(job('b', 0), 1, 2 * kMs);
  EXPECT_EQ(queue.next_due_ns(), 2 * kMs);
  EXPECT_EQ(drain(queue), "abMLL");
  EXPECT_EQ(queue.next_due_ns(), RunQueue::kNeverDue);
}

TEST(RunQueue, ALongJobThatHasWaitedLongEnoughPrecedesShortOnes) {
  RunQueue queue(Lane::compute);
  queue.push(job('L', 2400), 1, 0);
  queue.push(job('a', 0), 1, 499 * kMs);
  queue.push(job('b', 0), 1, 501 * kMs);
  EXPECT_EQ(drain(queue), "aLb");
}

TEST(RunQueue, PrioritiesShiftDueTimesWithoutStarvingOtherJobs) {
  RunQueue queue(Lane::compute);
  queue.push(job('l', 0, Priority::low), 1, 0);
  queue.push(job('n', 0), 1, 500 * kMs);
  queue.push(job('h', 0, Priority::high), 1, 900 * kMs);
  queue.push(job('m', 0), 1, 1100 * kMs);
  EXPECT_EQ(drain(queue), "hnlm");
}

TEST(RunQueue, AJobIsDueAgainLaterOnceItHasUsedItsQuantum) {
  RunQueue queue(Lane::compute);
  const auto a = job('A', 2400);
  const auto b = job('B', 2400);
  queue.push(a, 2, 0);
  queue.push(b, 2, 1);
  queue.charge(*a, a->demand(), 20 * kMs, 5 * kMs);
  EXPECT_EQ(name_of(queue.pop()), 'A') << "it has not used its quantum";
  queue.charge(*a, a->demand(), 30 * kMs, 10 * kMs);
  EXPECT_EQ(queue.turn(*a).due_ns, 510 * kMs);
  EXPECT_EQ(drain(queue), "BBA") << "the queued copy of A moves behind B";
  queue.charge(*b, b->demand(), 100 * kMs, 20 * kMs);
  EXPECT_EQ(queue.turn(*b).due_ns, 520 * kMs);
  queue.readmit(*b, 30 * kMs);
  EXPECT_EQ(queue.turn(*b).due_ns, 530 * kMs) << "as if it arrived now";
}

TEST(RunQueue, RemovesCopiesAndRunsAnExpeditedJobNext) {
  RunQueue queue(Lane::io);
  const auto a = job('A', 0);
  const auto b = job('B', 100);
  const auto c = job('C', 2400);
  queue.push(a, 1, 0);
  queue.push(b, 3, 0);
  queue.push(c, 2, 0);
  EXPECT_EQ(queue.remove(*b).first, 3U);
  EXPECT_EQ(queue.remove(*b).first, 0U);
  queue.expedite(*c);
  EXPECT_EQ(drain(queue), "CCA");
  queue.expedite(*b);  // `b` is not queued now, so this applies when it is queued again.
  queue.push(a, 1, 0);
  queue.push(b, 1, 0);
  EXPECT_EQ(drain(queue), "BA");
}

TEST(RunQueue, ASliceIsOverWhenAnotherJobIsDueFirst) {
  RunQueue queue(Lane::compute);
  const auto big = job('B', 2400);
  queue.push(big, 1, 0);
  const auto running = queue.pop();
  const Slice slice(Lane::compute, queue, *running, 0);
  EXPECT_FALSE(slice.over_at(10'000 * kMs)) << "nothing else waits";
  queue.push(job('L', 2400), 1, 1 * kMs);
  EXPECT_FALSE(slice.over_at(49 * kMs)) << "another long job waits for the end of the quantum";
  EXPECT_TRUE(slice.over_at(50 * kMs));
  queue.push(job('s', 0), 1, 2 * kMs);
  EXPECT_TRUE(slice.over_at(2 * kMs)) << "a short one does not";
  EXPECT_FALSE(Slice(Lane::compute).over_at(0)) << "a thread that its caller lends does not leave";
}

/// Simulates threads and jobs in virtual time. A job is a list of task costs.
class Simulation {
 public:
  struct Read {
    std::shared_ptr<PaperJob> job;
    std::vector<std::int64_t> tasks;  // Costs in ns.
    std::int64_t arrival = 0;
    std::size_t taken = 0;
    std::size_t done = 0;
    std::optional<std::int64_t> end;
    unsigned caller = 0;
  };

  explicit Simulation(unsigned threads) : threads_(threads) {}

  Read& submit(std::vector<std::int64_t> tasks, std::int64_t at, Priority priority = Priority::normal) {
    std::int64_t expected = 0;
    for (const std::int64_t task : tasks) expected += task;
    auto read = std::make_unique<Read>();
    read->job = job('r', expected / kMs, priority);
    read->arrival = at;
    read->tasks = std::move(tasks);
    const auto copies = static_cast<unsigned>(std::min(read->tasks.size(), threads_.size()));
    queue_.push(read->job, copies, at);
    reads_.push_back(std::move(read));
    return *reads_.back();
  }

  /// Runs until the time `stop`. `ended` is called at the end of each read and may submit further reads.
  template <typename Ended>
  void run(std::int64_t stop, Ended ended) {
    while (now_ < stop) {
      for (Thread& thread : threads_) {
        while (thread.read == nullptr && !queue_.empty()) start(thread, queue_.pop());
      }
      std::int64_t next = stop;
      for (const Thread& thread : threads_) {
        if (thread.read != nullptr) next = std::min(next, thread.free_at);
      }
      if (!arrivals_.empty()) next = std::min(next, arrivals_.back().first);
      now_ = next;
      if (!arrivals_.empty() && arrivals_.back().first <= now_) {
        const auto arrival = std::move(arrivals_.back());
        arrivals_.pop_back();
        arrival.second(*this, now_);
        continue;
      }
      for (Thread& thread : threads_) {
        if (thread.read != nullptr && thread.free_at <= now_) step(thread, ended);
      }
    }
  }
  void run(std::int64_t stop) {
    run(stop, [](Simulation&, Read&) {});
  }
  /// Schedules `body` at a time. Calls must be in descending order of time.
  void at(std::int64_t time, std::function<void(Simulation&, std::int64_t)> body) {
    arrivals_.emplace_back(time, std::move(body));
  }
  [[nodiscard]] std::int64_t now() const { return now_; }

 private:
  struct Thread {
    Read* read = nullptr;
    std::optional<Slice> slice;
    std::int64_t begin = 0;
    std::int64_t free_at = 0;
  };

  void start(Thread& thread, const std::shared_ptr<Job>& popped) {
    const auto found = std::find_if(reads_.rbegin(), reads_.rend(), [&](const auto& r) { return r->job == popped; });
    thread.read = found->get();
    thread.slice.emplace(Lane::compute, queue_, *popped, now_);
    thread.begin = now_;
    if (!take(thread)) leave(thread, false);
  }
  bool take(Thread& thread) {
    Read& read = *thread.read;
    if (read.taken == read.tasks.size()) return false;
    thread.free_at = now_ + read.tasks[read.taken++];
    return true;
  }
  void leave(Thread& thread, bool yields) {
    Read& read = *thread.read;
    queue_.charge(*read.job, read.job->demand(), static_cast<std::uint64_t>(now_ - thread.begin), now_);
    if (yields) queue_.push(read.job, 1, now_);
    thread.read = nullptr;
  }
  template <typename Ended>
  void step(Thread& thread, Ended ended) {
    Read& read = *thread.read;
    if (++read.done == read.tasks.size()) {
      read.end = now_;
      leave(thread, false);
      ended(*this, read);
    } else if (thread.slice->over_at(now_)) {
      leave(thread, true);
    } else if (!take(thread)) {
      leave(thread, false);
    }
  }

  RunQueue queue_{Lane::compute};
  std::vector<Thread> threads_;
  std::vector<std::unique_ptr<Read>> reads_;
  std::vector<std::pair<std::int64_t, std::function<void(Simulation&, std::int64_t)>>> arrivals_;
  std::int64_t now_ = 0;
};

TEST(RunQueue, AShortReadWaitsForAtMostOneTaskOfEightLongReads) {
  Simulation simulation(2);
  std::vector<std::int64_t> chunks(200, 20 * kMs);
  for (int i = 0; i < 8; i++) simulation.submit(chunks, 0);
  std::vector<Simulation::Read*> shorts;
  for (int i = 500; i > 0; i--) {
    simulation.at(i * 3 * kMs, [&](Simulation& s, std::int64_t now) { shorts.push_back(&s.submit({kMs / 20}, now)); });
  }
  simulation.run(4000 * kMs);
  ASSERT_EQ(shorts.size(), 500U);
  for (const auto* read : shorts) {
    ASSERT_TRUE(read->end.has_value());
    EXPECT_LE(*read->end - read->arrival, 21 * kMs);
  }
}

TEST(RunQueue, LongReadsGetEqualSharesAndEndAtTheSameTime) {
  Simulation simulation(2);
  std::vector<std::int64_t> tasks(400, 5 * kMs);
  const auto& a = simulation.submit(tasks, 0);
  const auto& b = simulation.submit(tasks, 10 * kMs);
  simulation.run(1000 * kMs);
  EXPECT_NEAR(static_cast<double>(a.done), static_cast<double>(b.done), 15);
  simulation.run(3000 * kMs);
  ASSERT_TRUE(a.end && b.end);
  EXPECT_LE(*b.end, 2001 * kMs) << "no thread was ever idle";
}

TEST(RunQueue, ALowReadGetsItsShareUnderPermanentLoad) {
  for (const Priority load : {Priority::normal, Priority::high}) {
    Simulation simulation(1);
    const std::vector<std::int64_t> endless(100'000, 5 * kMs);
    const auto lower = load == Priority::high ? Priority::normal : Priority::low;
    const auto& low = simulation.submit(endless, 0, lower);
    const auto& other = simulation.submit(endless, 0, load);
    simulation.run(60'000 * kMs);
    const double share = static_cast<double>(low.done) / static_cast<double>(low.done + other.done);
    EXPECT_GT(share, 0.015) << "it is not starved";
    EXPECT_LT(share, 0.05) << "and it is not in the way";
  }
}

TEST(RunQueue, TheSlowestOfTwoHundredCallersWaitsAtMostFiveTimesTheMedian) {
  // `chunk`: time to decode one chunk. Below, `box` draws boxes of up to 64 elements per axis from arrays with chunks
  // of 64 x 128 x 128.
  for (const std::int64_t chunk : {5 * kMs, 10 * kMs, 25 * kMs}) {
    Simulation simulation(2);
    std::mt19937 generator(11);
    const auto random = [&generator](unsigned below) { return static_cast<unsigned>(generator()) % below; };
    const auto box = [&] {
      const auto along = [&](unsigned axis) { return (random(axis) + random(64)) / axis + 1; };
      const std::size_t chunks = std::size_t{along(64)} * along(128) * along(128);
      const unsigned kind = random(10);
      if (kind < 2) return std::vector<std::int64_t>{kMs / 20};  // A box of a cached array without chunks.
      return std::vector<std::int64_t>(chunks, kind < 4 ? kMs / 4 : chunk);
    };
    std::vector<std::int64_t> latencies;
    for (int i = 0; i < 200; i++) simulation.submit(box(), 0);
    simulation.run(60'000 * kMs, [&](Simulation& s, Simulation::Read& read) {
      latencies.push_back(*read.end - read.arrival);
      s.submit(box(), s.now());
    });
    ASSERT_GT(latencies.size(), 2000U) << "the threads were never idle";
    std::sort(latencies.begin(), latencies.end());
    EXPECT_LE(latencies.back(), 5 * latencies[latencies.size() / 2]) << chunk;
  }
}

}  // namespace
}  // namespace posixpar::pool
