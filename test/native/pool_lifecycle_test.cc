#include <gtest/gtest.h>
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "native/pool/thread_pool.h"
#include "test/native/pool_support.h"
#include "test/native/sys_support.h"

namespace posixpar::pool {
namespace {

using namespace std::chrono_literals;

TEST(ThreadPoolLife, ShrinkingEndsThreadsAfterTheirCopyAndGrowingStartsMore) {
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

TEST(ThreadPoolLife, ShutdownRunsQueuedJobsAndTheNextSubmitRestarts) {
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

TEST(ThreadPoolLife, TheLastEnvironmentToDetachEndsTheThreads) {
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
  pool.detach();  // A superfluous detach() has no effect.
}

TEST(ThreadPoolLife, ThreadsHaveNamesAndBlockSignals) {
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

TEST(ThreadPoolLife, ManySubmittersUseBothLanesDuringReconfiguration) {
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

TEST(ThreadPoolLife, ShutdownLosesNoWorkOfConcurrentSubmitters) {
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

TEST(ThreadPoolLife, AForkedChildRefusesWorkAndExitsCleanly) {
#if defined(POSIXPAR_TSAN) || defined(__SANITIZE_ADDRESS__)
  GTEST_SKIP() << "Sanitizers can hold locks of their allocator in a forked child of a process with threads";
#endif
  ThreadPool pool({.threads = 2});
  auto warm = std::make_shared<FunctionJob>([](Lane) {});
  ASSERT_TRUE(pool.submit(Lane::compute, warm, 2).ok());
  warm->wait();
  const pid_t child = ::fork();
  if (child == 0) {
    ::alarm(60);  // A child that waits for a lock ends, and the test fails.
    auto job = std::make_shared<FunctionJob>([](Lane) {});
    const Status refused = pool.submit(Lane::compute, job, 1);
    bool right = !refused.ok() && refused.error().kind == ErrorKind::unsupported;
    pool.run_here(Lane::compute, job, 4);  // The caller does all the work in a forked child.
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

TEST(ThreadPoolLifeSlow, IdleIoThreadsEndAndComputeThreadsStay) {
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
