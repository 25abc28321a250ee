#include "native/exec/reduce/pieces.h"

#include <algorithm>
#include <utility>

#include "native/pool/run_queue.h"
#include "native/pool/thread_pool.h"

namespace posixpar {

void Pieces::start(std::function<void()> on_end) {
  on_end_ = std::move(on_end);
  const auto self = shared_from_this();
  auto& pool = pool::ThreadPool::instance();
  auto widest = std::max<std::size_t>(pool.width(pool::Lane::compute), 1);
  if (max_threads_ > 0) widest = std::min<std::size_t>(widest, max_threads_);
  const auto copies = static_cast<unsigned>(std::clamp<std::size_t>(count_, 1, widest));
  auto status = pool.submit(pool::Lane::compute, self, copies);
  if (status.ok()) return;
  fail(0, std::move(status).error());
  pool.hold(self);
  pool.release(self);  // Calls finished(), because no thread will run this job.
}

void Pieces::cancel() {
  cancel_.cancel();
  pool::ThreadPool::instance().expedite(shared_from_this());
}

pool::JobStep Pieces::run(const pool::Slice& slice) {
  for (bool first = true; !stop_.load(std::memory_order_acquire) && !cancel_.cancelled(); first = false) {
    if (!first && slice.over()) return pool::JobStep::yielded;
    const std::size_t piece = next_.fetch_add(1, std::memory_order_relaxed);
    if (piece >= count_) break;
    auto status = perform(piece);
    if (status.ok()) {
      done_.fetch_add(1, std::memory_order_relaxed);
    } else {
      fail(piece, std::move(status).error());
    }
  }
  return pool::JobStep::done;
}

void Pieces::fail(std::size_t piece, Error error) {
  stop_.store(true, std::memory_order_release);
  const std::lock_guard lock(mutex_);
  if (error_ && error_piece_ <= piece) return;
  error_ = std::move(error);
  error_piece_ = piece;
}

void Pieces::finished() {
  if (!error_ && done_.load(std::memory_order_relaxed) < count_) {
    fail(count_, {.kind = ErrorKind::cancelled, .op = "reduce", .path = {}, .message = {}});
  }
  if (!error_) {
    if (auto status = complete(); !status.ok()) fail(count_, std::move(status).error());
  }
  if (on_end_) on_end_();
}

}  // namespace posixpar
