#include <gtest/gtest.h>
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "native/pool/thread_pool.h"
#include "native/sys/clock.h"
#include "test/native/sys_support.h"

namespace posixpar::pool {
namespace {

using namespace std::chrono_literals;

/// A job that runs functions.
class FunctionJob : public Job {
 public:
  explicit FunctionJob(std::function<void(Lane)> body, std::function<void()> end = {})
      : body_(std::move(body)), end_(std::move(end)) {}
  void run(Lane lane) override { body_(lane); }
  void finished() override {
    finished_count.fetch_add(1);
    if (end_) end_();
  }
  std::atomic<int> finished_count{0};

 private:
  std::function<void(Lane)> body_;
  std::function<void()> end_;
};

/// Opens once; lets a test hold threads inside run().
class Gate {
 public:
  void open() {
    std::scoped_lock lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  void pass() {
    std::unique_lock lock(mutex_);
    ++waiting_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return open_; });
  }
  /// Whether `count` threads stand at the gate, within 10 s.
  bool await_waiting(int count) {
    std::unique_lock lock(mutex_);
    for (int i = 0; i < 1000 && waiting_ < count; ++i)
      changed_.wait_until(lock, std::chrono::system_clock::now() + 10ms);
    return waiting_ >= count;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int waiting_ = 0;
  bool open_ = false;
};

TEST(ThreadPool, RunsEveryPieceOnceAndFinishesOnce) {
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

TEST(ThreadPool, AsManyThreadsAsTheLaneHasRunAtTheSameTimeAndNoMore) {
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
    EXPECT_TRUE(pool.contended(lane));
    gate.open();
    job->wait();
    EXPECT_EQ(most.load(), width);
    EXPECT_FALSE(pool.contended(lane));
  }
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

TEST(ThreadPool, JobsTakeTurns) {
  ThreadPool pool({.threads = 1});
  Gate gate;
  auto blocker = std::make_shared<FunctionJob>([&](Lane) { gate.pass(); });
  ASSERT_TRUE(pool.submit(Lane::compute, blocker, 1).ok());
  ASSERT_TRUE(gate.await_waiting(1));
  std::string order;  // One thread writes it.
  auto big = std::make_shared<FunctionJob>([&](Lane) { order += 'B'; });
  auto small = std::make_shared<FunctionJob>([&](Lane) { order += 's'; });
  ASSERT_TRUE(pool.submit(Lane::compute, big, 4).ok());
  ASSERT_TRUE(pool.submit(Lane::compute, small, 1).ok());
  gate.open();
  big->wait();
  small->wait();
  EXPECT_EQ(order, "BsBBB");
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

TEST(ThreadPool, ShrinkingEndsThreadsAfterTheirCopyAndGrowingStartsThem) {
  ThreadPool pool({.threads = 4});
  Gate first;
  auto wide = std::make_shared<FunctionJob>([&](Lane) { first.pass(); });
  ASSERT_TRUE(pool.submit(Lane::compute, wide, 4).ok());
  ASSERT_TRUE(first.await_waiting(4));
  pool.configure({.threads = 1});
  EXPECT_EQ(pool.width(Lane::compute), 1U);
  EXPECT_EQ(pool.counters().compute_threads, 4U);
  first.open();
  wide->wait();
  for (int i = 0; i < 1000 && pool.counters().compute_threads > 1; ++i) std::this_thread::sleep_for(1ms);
  EXPECT_EQ(pool.counters().compute_threads, 1U);

  Gate second;
  auto queued = std::make_shared<FunctionJob>([&](Lane) { second.pass(); });
  ASSERT_TRUE(pool.submit(Lane::compute, queued, 3).ok());
  ASSERT_TRUE(second.await_waiting(1));
  pool.configure({.threads = 3});
  EXPECT_TRUE(second.await_waiting(3)) << "queued work gets the new threads at once";
  second.open();
  queued->wait();
}

TEST(ThreadPool, ShutdownRunsWhatIsQueuedAndTheNextSubmitStartsAgain) {
  ThreadPool pool({.threads = 2, .io_threads = 2});
  for (int round = 0; round < 20; ++round) {
    std::atomic<int> runs{0};
    std::shared_ptr<FunctionJob> job;
    job = std::make_shared<FunctionJob>([&](Lane lane) {
      runs.fetch_add(1);
      if (lane == Lane::compute) {
        EXPECT_TRUE(pool.submit(Lane::io, job, 1).ok());
      }
    });
    ASSERT_TRUE(pool.submit(Lane::compute, job, 10).ok());
    pool.shutdown();
    EXPECT_TRUE(job->done());
    EXPECT_EQ(runs.load(), 20);
    EXPECT_EQ(pool.counters().compute_threads + pool.counters().io_threads, 0U);
  }
}

TEST(ThreadPool, TheLastEnvironmentThatGoesEndsTheThreads) {
  ThreadPool pool({.threads = 1});
  pool.attach();
  pool.attach();
  auto job = std::make_shared<FunctionJob>([](Lane) {});
  ASSERT_TRUE(pool.submit(Lane::compute, job, 1).ok());
  job->wait();
  pool.detach();
  EXPECT_EQ(pool.counters().compute_threads, 1U);
  pool.detach();
  EXPECT_EQ(pool.counters().compute_threads, 0U);
  pool.detach();  // One too many does no harm.
}

TEST(ThreadPool, ThreadsAreNamedAndLeaveSignalsToOthers) {
  ThreadPool pool({.threads = 1, .io_threads = 1});
  for (const Lane lane : {Lane::compute, Lane::io}) {
    std::string name;
    sigset_t mask;
    auto job = std::make_shared<FunctionJob>([&](Lane) {
      char text[32] = "";
      pthread_getname_np(pthread_self(), text, sizeof text);
      name = text;
      pthread_sigmask(SIG_SETMASK, nullptr, &mask);
    });
    ASSERT_TRUE(pool.submit(lane, job, 1).ok());
    job->wait();
    EXPECT_EQ(name, lane == Lane::compute ? "posixpar-c0" : "posixpar-io0");
    for (const int blocked : {SIGINT, SIGTERM, SIGCHLD, SIGUSR1, SIGHUP}) EXPECT_EQ(sigismember(&mask, blocked), 1);
    for (const int open : {SIGBUS, SIGSEGV, SIGFPE, SIGILL, SIGABRT, SIGPROF}) EXPECT_EQ(sigismember(&mask, open), 0);
  }
  sigset_t own;
  pthread_sigmask(SIG_SETMASK, nullptr, &own);
  EXPECT_EQ(sigismember(&own, SIGTERM), 0) << "the caller's mask is as before";
}

TEST(ThreadPool, ManySubmittersBothLanesWhileItIsConfigured) {
  ThreadPool pool({.threads = 2, .io_threads = 4});
  std::atomic<bool> stop{false};
  std::thread changer([&] {
    std::mt19937 generator(7);
    const auto random = [&generator] { return static_cast<unsigned>(generator()); };
    while (!stop.load()) {
      pool.configure({.threads = 1 + random() % 4, .io_threads = 1 + random() % 6, .spin_us = random() % 2 * 30});
      std::this_thread::sleep_for(200us);
    }
  });
  std::vector<std::thread> submitters;
  std::atomic<int> wrong{0};
  for (unsigned t = 0; t < 4; ++t) {
    submitters.emplace_back([&, t] {
      std::mt19937 generator(t);
      const auto random = [&generator] { return static_cast<unsigned>(generator()); };
      for (int round = 0; round < 300; ++round) {
        std::atomic<int> next{0};
        std::atomic<int> done{0};
        std::shared_ptr<FunctionJob> job;
        job = std::make_shared<FunctionJob>([&](Lane lane) {
          const int mine = next.fetch_add(1);
          if (mine < 50) {
            done.fetch_add(1);
            const Lane other = lane == Lane::io ? Lane::compute : Lane::io;
            if (!pool.submit(mine % 2 == 0 ? lane : other, job, 1).ok()) wrong.fetch_add(1);
          }
        });
        const Lane lane = random() % 2 == 0 ? Lane::compute : Lane::io;
        if (random() % 3 == 0) {
          pool.run_here(lane, job, 3);
        } else {
          if (!pool.submit(lane, job, 1 + random() % 4).ok()) wrong.fetch_add(1);
          job->wait();
        }
        if (job->finished_count.load() != 1 || next.load() < done.load()) wrong.fetch_add(1);
      }
    });
  }
  for (std::thread& submitter : submitters) submitter.join();
  stop.store(true);
  changer.join();
  EXPECT_EQ(wrong.load(), 0);
}

TEST(ThreadPool, ShutdownMeetsSubmittersWithoutLosingWork) {
  ThreadPool pool({.threads = 2});
  std::vector<std::thread> submitters;
  std::atomic<int> runs{0};
  for (int t = 0; t < 3; ++t) {
    submitters.emplace_back([&] {
      for (int round = 0; round < 200; ++round) {
        auto job = std::make_shared<FunctionJob>([&](Lane) { runs.fetch_add(1); });
        ASSERT_TRUE(pool.submit(Lane::compute, job, 2).ok());
        job->wait();
      }
    });
  }
  for (int i = 0; i < 50; ++i) pool.shutdown();
  for (std::thread& submitter : submitters) submitter.join();
  EXPECT_EQ(runs.load(), 1200);
}

TEST(ThreadPool, AForkedChildRefusesWorkAndEndsInPeace) {
#ifdef POSIXPAR_TSAN
  GTEST_SKIP() << "ThreadSanitizer does not follow forks of processes with threads";
#endif
  ThreadPool pool({.threads = 2});
  auto warm = std::make_shared<FunctionJob>([](Lane) {});
  ASSERT_TRUE(pool.submit(Lane::compute, warm, 2).ok());
  warm->wait();
  const pid_t child = ::fork();
  if (child == 0) {
    auto job = std::make_shared<FunctionJob>([](Lane) {});
    const Status refused = pool.submit(Lane::compute, job, 1);
    bool right = !refused.ok() && refused.error().kind == ErrorKind::unsupported;
    pool.run_here(Lane::compute, job, 4);  // The caller does it all.
    right = right && job->done();
    pool.configure({.threads = 3});
    pool.shutdown();
    { ThreadPool another({.threads = 1}); }
    ::_exit(right ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST(ThreadPoolSlow, IdleIoThreadsEndAndComputeThreadsStay) {
  ThreadPool pool({.threads = 1, .io_threads = 3});
  Gate gate;
  auto io = std::make_shared<FunctionJob>([&](Lane) { gate.pass(); });
  ASSERT_TRUE(pool.submit(Lane::io, io, 3).ok());
  ASSERT_TRUE(gate.await_waiting(3));
  auto compute = std::make_shared<FunctionJob>([](Lane) {});
  ASSERT_TRUE(pool.submit(Lane::compute, compute, 1).ok());
  gate.open();
  io->wait();
  compute->wait();
  for (int i = 0; i < 150 && pool.counters().io_threads > 0; ++i) std::this_thread::sleep_for(100ms);
  EXPECT_EQ(pool.counters().io_threads, 0U);
  EXPECT_EQ(pool.counters().compute_threads, 1U);
  auto again = std::make_shared<FunctionJob>([](Lane) {});
  ASSERT_TRUE(pool.submit(Lane::io, again, 1).ok());
  again->wait();
}

}  // namespace
}  // namespace posixpar::pool
