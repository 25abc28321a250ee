/// \file How a read begins on the threads of the pool, with a plan or with one that they make.
#include <utility>

#include "native/exec/run/read.h"
#include "native/pool/thread_pool.h"
#include "native/sys/clock.h"

namespace posixpar {

Read::Read(MakePlan make, std::byte* target, std::byte* mask)
    : make_plan_(std::move(make)), is_prepared_(false), target_(target), mask_(mask), begin_ns_(sys::monotonic_ns()) {}

bool Read::make_plan() {
  auto plan = std::exchange(make_plan_, nullptr)();
  if (!plan.ok()) {
    fail(0, std::move(plan).error());
    return false;
  }
  plan_ = std::move(plan).value();
  if (!plan_.masked) mask_ = nullptr;
  prepare();
  is_prepared_.store(true, std::memory_order_release);
  auto& pool = pool::ThreadPool::instance();
  pool.readmit(shared_from_this());  // It is known now what the read asks of the threads.
  const unsigned threads = waits() ? waiting_threads() : wanted_threads() - 1;
  if (threads > 0) {
    auto status = pool.submit(waits() ? pool::Lane::io : pool::Lane::compute, shared_from_this(), threads);
    if (!status.ok()) fail(0, std::move(status).error());
  }
  return !waits();
}

void Read::start(std::function<void()> on_end) {
  on_end_ = std::move(on_end);
  const auto self = shared_from_this();
  auto& pool = pool::ThreadPool::instance();
  auto status = make_plan_ ? pool.submit(pool::Lane::compute, self, 1)
                : waits()  ? pool.submit(pool::Lane::io, self, waiting_threads())
                           : pool.submit(pool::Lane::compute, self, wanted_threads());
  if (status.ok()) return;
  fail(0, std::move(status).error());
  pool.hold(self);
  pool.release(self);  // Ends the read as its last copy would have done.
}

}  // namespace posixpar
