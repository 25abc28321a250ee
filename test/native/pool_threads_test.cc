#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "native/pool/thread_pool.h"
#include "test/native/pool_support.h"

namespace posixpar::pool {
namespace {

using namespace std::chrono_literals;

TEST(ThreadPool, RunsEveryCopyOnceAndFinishesOnce) {
  ThreadPool pool({.threads = 3, .io_threads = 3});
  constexpr int kPieces = 10000;
  for (const Lane lane : {Lane::compute, Lane::io}) {
    std::vector<std::atomic<int>> done(kPieces);
    std::atomic<int> next{0};
    auto job = std::make_shared<FunctionJob>([&](Lane at) {
      EXPECT_EQ(at, lane);
      for (int i = next.fetch_add(1); i < kPieces; i = next.fetch_add(1))
        done[static_cast<std::size_t>(i)].fetch_add(1);
    });
    ASSERT_TRUE(pool.submit(lane, job, 3).ok());
    job->wait();
    EXPECT_TRUE(job->done());
    EXPECT_EQ(job->finished_count.load(), 1);
    for (const auto& count : done) ASSERT_EQ(count.load(), 1);
  }
}

/// A job that destroys its demand when it finishes.
class PassingJob : public Job {
 public:
  JobStep run(const Slice&) override {
    // Sleeps longer than a quantum, so that the thread computes the due time again.
    std::this_thread::sleep_for(std::chrono::nanoseconds(RunQueue::kQuantumNs + 1'000'000));
    return JobStep::done;
  }
  [[nodiscard]] Demand demand() const override {
    EXPECT_NE(demand_, nullptr);
    return demand_ == nullptr ? Demand{} : *demand_;
  }
  void finished() override { demand_.reset(); }

 private:
  // Not atomic: ThreadSanitizer reports a thread that asks for the demand when another one has finished the job.
  std::unique_ptr<Demand> demand_ = std::make_unique<Demand>();
};

TEST(ThreadPool, AsksForTheDemandOfAJobOnlyBeforeItHasFinished) {
  ThreadPool pool({.threads = 4, .io_threads = 4});
  for (const Lane lane : {Lane::compute, Lane::io}) {
    std::vector<std::shared_ptr<PassingJob>> jobs;
    for (int i = 0; i < 10; i++) {
      jobs.push_back(std::make_shared<PassingJob>());
      ASSERT_TRUE(pool.submit(lane, jobs.back(), 4).ok());
    }
    for (const auto& job : jobs) job->wait();
  }
}

TEST(ThreadPool, RunsAsManyThreadsConcurrentlyAsTheLaneHas) {
  ThreadPool pool({.threads = 2, .io_threads = 5});
  EXPECT_EQ(pool.width(Lane::compute), 2U);
  EXPECT_EQ(pool.width(Lane::io), 5U);
  for (const Lane lane : {Lane::compute, Lane::io}) {
    const int width = static_cast<int>(pool.width(lane));
    Gate gate;
    std::atomic<int> inside{0};
    std::atomic<int> most{0};
    auto job = std::make_shared<FunctionJob>([&](Lane) {
      const int now = inside.fetch_add(1) + 1;
      int seen = most.load();
      while (now > seen && !most.compare_exchange_weak(seen, now)) continue;
      gate.pass();
      inside.fetch_sub(1);
    });
    ASSERT_TRUE(pool.submit(lane, job, 12).ok());
    EXPECT_TRUE(gate.await_waiting(width)) << "all threads of the lane are at work";
    gate.open();
    job->wait();
    EXPECT_EQ(most.load(), width);
  }
}

/// A job that waits for a device.
class DeviceJob final : public FunctionJob {
 public:
  DeviceJob(std::uint64_t device, std::function<void(Lane)> body) : FunctionJob(std::move(body)), device_(device) {}
  [[nodiscard]] std::uint64_t device_id() const override { return device_; }

 private:
  std::uint64_t device_;
};

TEST(ThreadPool, AQueueWhoseThreadsAllWaitDoesNotBlockOthers) {
  ThreadPool pool({.threads = 2, .io_threads = 3});
  Gate gate;
  auto slow = std::make_shared<DeviceJob>(7, [&](Lane) { gate.pass(); });
  ASSERT_TRUE(pool.submit(Lane::io, slow, 9).ok());
  ASSERT_TRUE(gate.await_waiting(3)) << "all threads of the queue wait, and more copies of the job";
  std::atomic<int> ran{0};
  auto same = std::make_shared<DeviceJob>(7, [&](Lane) { ran.fetch_add(100); });
  ASSERT_TRUE(pool.submit(Lane::io, same, 1).ok());
  for (std::uint64_t queue = 8; queue < 11; queue++) {
    auto other = std::make_shared<DeviceJob>(queue, [&](Lane at) {
      EXPECT_EQ(at, Lane::io);
      ran.fetch_add(1);
    });
    ASSERT_TRUE(pool.submit(Lane::io, other, 2).ok());
    other->wait();
    auto here = std::make_shared<DeviceJob>(queue, [&](Lane) { ran.fetch_add(1); });
    pool.run_here(Lane::io, here, 1);
  }
  EXPECT_EQ(ran.load(), 9);
  EXPECT_EQ(pool.revoke(slow), 6U);
  gate.open();
  slow->wait();
  same->wait();
  EXPECT_EQ(ran.load(), 109);
}

TEST(ThreadPool, ManyQueuesShareThreads) {
  ThreadPool pool({.threads = 2, .io_threads = 1});
  std::atomic<int> ran{0};
  for (std::uint64_t queue = 0; queue < 100; queue++) {
    auto job = std::make_shared<DeviceJob>(queue, [&](Lane) { ran.fetch_add(1); });
    ASSERT_TRUE(pool.submit(Lane::io, job, 1).ok());
    job->wait();
  }
  EXPECT_EQ(ran.load(), 100);
  EXPECT_LE(pool.counters().io_threads, 16U);
  pool.shutdown();
  EXPECT_EQ(pool.counters().io_threads, 0U);
}

TEST(ThreadPool, NoThreadStartsBeforeThereIsWork) {
  ThreadPool pool({.threads = 2});
  EXPECT_EQ(pool.counters().compute_threads, 0U);
  EXPECT_EQ(pool.counters().spawned, 0U);
  auto job = std::make_shared<FunctionJob>([](Lane) {});
  ASSERT_TRUE(pool.submit(Lane::compute, job, 1).ok());
  job->wait();
  EXPECT_EQ(pool.counters().spawned, 1U) << "one copy needs one thread";
}

TEST(ThreadPool, DefaultsAreFilledIn) {
  ThreadPool pool({});
  EXPECT_GE(pool.options().threads, 1U);
  EXPECT_GE(pool.options().io_threads, 16U);
  EXPECT_NE(pool.options().spin_us, PoolOptions::kDefaultSpin);
}

TEST(ThreadPool, ACopyMaySubmitMoreOfItsJobToEitherLane) {
  ThreadPool pool({.threads = 2, .io_threads = 2});
  std::atomic<int> io{0};
  std::atomic<int> compute{0};
  std::shared_ptr<FunctionJob> job;
  job = std::make_shared<FunctionJob>([&](Lane lane) {
    if (lane == Lane::compute) {
      compute.fetch_add(1);
      return;
    }
    if (io.fetch_add(1) < 9) {
      ASSERT_TRUE(pool.submit(Lane::io, job, 1).ok());
    }
    ASSERT_TRUE(pool.submit(Lane::compute, job, 2).ok());
  });
  ASSERT_TRUE(pool.submit(Lane::io, job, 1).ok());
  job->wait();
  EXPECT_EQ(io.load(), 10);
  EXPECT_EQ(compute.load(), 20);
  EXPECT_EQ(job->finished_count.load(), 1);
}

TEST(ThreadPool, TheLastCopyEndsTheJobAndEveryWriteIsVisibleThere) {
  ThreadPool pool({.threads = 4});
  for (int round = 0; round < 200; ++round) {
    std::vector<int> cells(4, 0);
    std::atomic<std::size_t> next{0};
    int sum = 0;
    auto job = std::make_shared<FunctionJob>([&](Lane) { cells[next.fetch_add(1)] = 1; },
                                             [&] {
                                               for (const int cell : cells) sum += cell;
                                             });
    ASSERT_TRUE(pool.submit(Lane::compute, job, 4).ok());
    job->wait();
    ASSERT_EQ(sum, 4);
  }
}

TEST(ThreadPool, AHoldKeepsAJobFromFinishing) {
  ThreadPool pool({.threads = 1});
  std::atomic<int> runs{0};
  auto job = std::make_shared<FunctionJob>([&](Lane) { runs.fetch_add(1); });
  pool.hold(job);
  ASSERT_TRUE(pool.submit(Lane::compute, job, 1).ok());
  while (runs.load() < 1) std::this_thread::yield();
  std::this_thread::sleep_for(5ms);
  EXPECT_FALSE(job->done());
  ASSERT_TRUE(pool.submit(Lane::compute, job, 1).ok());
  pool.release(job);
  job->wait();
  EXPECT_EQ(runs.load(), 2);
}

TEST(ThreadPool, RevokedCopiesNeverRunAndCountAsEnded) {
  ThreadPool pool({.threads = 1, .io_threads = 1});
  Gate gate;
  auto blocker = std::make_shared<FunctionJob>([&](Lane) { gate.pass(); });
  ASSERT_TRUE(pool.submit(Lane::compute, blocker, 1).ok());
  ASSERT_TRUE(gate.await_waiting(1));
  std::atomic<int> runs{0};
  auto job = std::make_shared<FunctionJob>([&](Lane) { runs.fetch_add(1); });
  ASSERT_TRUE(pool.submit(Lane::compute, job, 3).ok());
  EXPECT_EQ(pool.counters().queued_compute, 3U);
  EXPECT_EQ(pool.revoke(job), 3U);
  EXPECT_TRUE(job->done());
  EXPECT_EQ(job->finished_count.load(), 1);
  EXPECT_EQ(pool.revoke(blocker), 0U);
  gate.open();
  blocker->wait();
  EXPECT_EQ(runs.load(), 0);
}

/// A job of many pieces that yields its thread at the end of its slice.
class PieceJob final : public Job {
 public:
  PieceJob(int pieces, Demand demand, std::function<void(int)> piece)
      : pieces_(pieces), demand_(demand), piece_(std::move(piece)) {}
  JobStep run(const Slice& slice) override {
    while (next_ < pieces_) {
      piece_(next_++);
      if (slice.over()) return JobStep::yielded;
    }
    return JobStep::done;
  }
  [[nodiscard]] Demand demand() const override { return demand_; }

 private:
  int next_ = 0;  // Used by one thread at a time.
  const int pieces_;
  const Demand demand_;
  std::function<void(int)> piece_;
};

constexpr Demand kLong{.priority = Priority::normal, .expected_ns = 10'000'000'000};

TEST(ThreadPool, AShortJobRunsBetweenTwoPiecesOfALongOne) {
  for (const Lane lane : {Lane::compute, Lane::io}) {
    ThreadPool pool({.threads = 1, .io_threads = 1});
    std::string order;  // Written by one thread.
    std::shared_ptr<FunctionJob> small;
    auto big = std::make_shared<PieceJob>(4, kLong, [&](int piece) {
      order += 'B';
      if (piece != 1) return;
      small = std::make_shared<FunctionJob>([&](Lane) { order += 's'; });
      ASSERT_TRUE(pool.submit(lane, small, 1).ok());
    });
    ASSERT_TRUE(pool.submit(lane, big, 1).ok());
    big->wait();
    small->wait();
    EXPECT_EQ(order, "BBsBB");
  }
}

TEST(ThreadPool, PrioritiesDecideWhatRunsFirst) {
  ThreadPool pool({.threads = 1});
  Gate gate;
  auto blocker = std::make_shared<FunctionJob>([&](Lane) { gate.pass(); });
  ASSERT_TRUE(pool.submit(Lane::compute, blocker, 1).ok());
  ASSERT_TRUE(gate.await_waiting(1));
  std::string order;
  std::vector<std::shared_ptr<PieceJob>> jobs;
  for (const auto& [name, priority] :
       {std::pair{'l', Priority::low}, std::pair{'n', Priority::normal}, std::pair{'h', Priority::high}}) {
    jobs.push_back(std::make_shared<PieceJob>(2, Demand{.priority = priority, .expected_ns = 0},
                                              [&order, name = name](int) { order += name; }));
    ASSERT_TRUE(pool.submit(Lane::compute, jobs.back(), 1).ok());
  }
  gate.open();
  for (const auto& job : jobs) job->wait();
  EXPECT_EQ(order, "hhnnll");
}

TEST(ThreadPool, AnExpeditedJobRunsNext) {
  ThreadPool pool({.threads = 1});
  Gate gate;
  auto blocker = std::make_shared<FunctionJob>([&](Lane) { gate.pass(); });
  ASSERT_TRUE(pool.submit(Lane::compute, blocker, 1).ok());
  ASSERT_TRUE(gate.await_waiting(1));
  std::string order;
  auto first = std::make_shared<FunctionJob>([&](Lane) { order += '1'; });
  auto second = std::make_shared<FunctionJob>([&](Lane) { order += '2'; });
  ASSERT_TRUE(pool.submit(Lane::compute, first, 1).ok());
  ASSERT_TRUE(pool.submit(Lane::compute, second, 1).ok());
  pool.expedite(second);
  gate.open();
  first->wait();
  second->wait();
  EXPECT_EQ(order, "21");
}

TEST(ThreadPool, YieldedCopiesEndOnceUnderConcurrentLoad) {
  ThreadPool pool({.threads = 3, .io_threads = 3});
  std::atomic<int> pieces{0};
  std::vector<std::shared_ptr<Job>> jobs;
  for (int i = 0; i < 200; i++) {
    const Lane lane = i % 3 == 0 ? Lane::io : Lane::compute;
    const Demand demand = i % 5 == 0 ? kLong : Demand{};
    auto job = std::make_shared<PieceJob>(50, demand, [&](int) { pieces.fetch_add(1); });
    ASSERT_TRUE(pool.submit(lane, job, 1).ok());
    if (i % 7 == 0) pool.expedite(job);
    jobs.push_back(job);
  }
  for (const auto& job : jobs) job->wait();
  EXPECT_EQ(pieces.load(), 200 * 50);
}

TEST(ThreadPool, StuckThreadsDoNotBlockOtherReadsOfTheirDevice) {
  ThreadPool pool({.threads = 1, .io_threads = 2, .stuck_ms = 1});
  Gate gate;
  auto hung = std::make_shared<FunctionJob>([&](Lane) { gate.pass(); });
  ASSERT_TRUE(pool.submit(Lane::io, hung, 40).ok());
  ASSERT_TRUE(gate.await_waiting(40)) << "each that is stuck makes room for another one";
  std::atomic<int> ran{0};
  auto other = std::make_shared<FunctionJob>([&](Lane) { ran.fetch_add(1); });
  ASSERT_TRUE(pool.submit(Lane::io, other, 1).ok());
  other->wait();
  EXPECT_EQ(ran.load(), 1);
  gate.open();
  hung->wait();
  pool.shutdown();
  EXPECT_EQ(pool.counters().io_threads, 0U);
}

TEST(ThreadPool, TheCallerHelpsAndDoesNotWaitForCopiesThatDidNotStart) {
  ThreadPool pool({.threads = 1});
  Gate gate;
  auto blocker = std::make_shared<FunctionJob>([&](Lane) { gate.pass(); });
  ASSERT_TRUE(pool.submit(Lane::compute, blocker, 1).ok());
  ASSERT_TRUE(gate.await_waiting(1));
  std::atomic<int> next{0};
  std::set<std::thread::id> threads;
  std::mutex mutex;
  auto job = std::make_shared<FunctionJob>([&](Lane) {
    while (next.fetch_add(1) < 100) continue;
    std::scoped_lock lock(mutex);
    threads.insert(std::this_thread::get_id());
  });
  pool.run_here(Lane::compute, job, 4);
  EXPECT_TRUE(job->done());
  EXPECT_EQ(threads, std::set{std::this_thread::get_id()});
  gate.open();
  blocker->wait();
}

TEST(ThreadPool, RunHereWaitsForTheCopiesThatDidStart) {
  ThreadPool pool({.threads = 2});
  for (int round = 0; round < 300; ++round) {
    std::atomic<int> next{0};
    std::atomic<int> done{0};
    auto job = std::make_shared<FunctionJob>([&](Lane) {
      while (next.fetch_add(1) < 20) {
        if (round % 10 == 0) std::this_thread::sleep_for(20us);
        done.fetch_add(1);
      }
    });
    pool.run_here(Lane::compute, job, 3);
    ASSERT_EQ(done.load(), 20);
    ASSERT_EQ(job->finished_count.load(), 1);
  }
}

}  // namespace
}  // namespace posixpar::pool
