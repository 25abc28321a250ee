#include "native/exec/write/cache_flush.h"

#include <algorithm>
#include <utility>

#include "native/pool/budget.h"
#include "native/pool/buffers.h"
#include "native/pool/run_queue.h"
#include "native/pool/thread_pool.h"

namespace posixpar {
namespace {

/// Maximum size of the scratch memory that an I/O thread keeps after a flush.
constexpr std::size_t kKeptScratch = std::size_t{512} << 10;

}  // namespace

void CacheFlush::start(std::function<void()> on_end) {
  on_end_ = std::move(on_end);
  const auto self = shared_from_this();
  auto& pool = pool::ThreadPool::instance();
  const WriteWidth width = WriteWidth::of_pool(0);
  const unsigned first = first_write_threads(width, cache_->encodes(), cache_->synchronizes());
  const unsigned copies = copies_.begin(width, first, names_.size());
  auto status = pool.submit(pool::Lane::io, self, copies);
  if (status.ok()) return;
  fail(0, std::move(status).error());
  pool.hold(self);
  pool.release(self);  // Calls finished(), because no thread will run this job.
}

void CacheFlush::cancel() {
  cancel_.cancel();
  pool::ThreadPool::instance().expedite(shared_from_this());
}

pool::JobStep CacheFlush::run(const pool::Slice& slice) {
  auto step = pool::JobStep::done;
  for (bool first = true; !cancel_.cancelled(); first = false) {
    if (!first && slice.over()) {
      step = pool::JobStep::yielded;
      break;
    }
    const std::size_t index = next_.fetch_add(1, std::memory_order_relaxed);
    if (index >= names_.size()) break;
    WriteCounters counters;
    auto status = write_back(names_[index], counters, slice);
    done_.fetch_add(1, std::memory_order_relaxed);
    if (!status.ok()) fail(index, std::move(status).error());
    const bool may_add = next_.load(std::memory_order_relaxed) < names_.size();
    const auto submit = [&] { return pool::ThreadPool::instance().submit(pool::Lane::io, shared_from_this(), 1).ok(); };
    const WriteTimes times = add(counters);
    if (!copies_.adapt(times, may_add, submit)) break;
  }
  if (step == pool::JobStep::done) pool::ThreadScratch::get().trim(kKeptScratch);
  return step;
}

WriteTimes CacheFlush::add(const WriteCounters& counters) {
  const std::lock_guard lock(mutex_);
  total_.add(counters);
  return WriteTimes::of(total_, done_.load(std::memory_order_relaxed));
}

Status CacheFlush::write_back(const std::string& name, WriteCounters& counters, const pool::Slice& slice) {
  auto& budget = pool::Budget::instance();
  // The threads that use chunks of the file have their reservations already, so they do not wait for this one.
  const auto memory = budget.acquire(cache_->write_back_memory(name), &cancel_, slice.due_ns(), cache_->device());
  if (!memory.ok()) return located_at(memory.error(), name, 0, 0);
  auto status = cache_->write_back(name, counters, {&ComputeGate::instance(), slice.due_ns()});
  if (budget.is_strict()) pool::ThreadScratch::get().trim(0);
  return status;
}

void CacheFlush::fail(std::size_t file, Error error) {
  const std::lock_guard lock(mutex_);
  if (error_ && error_file_ <= file) return;
  error_ = std::move(error);
  error_file_ = file;
}

void CacheFlush::finished() {
  if (!error_ && done_.load(std::memory_order_relaxed) < names_.size()) {
    fail(names_.size(), {.kind = ErrorKind::cancelled, .op = "write", .path = {}, .message = {}});
  }
  if (auto status = cache_->sync(total_); !status.ok()) fail(names_.size(), std::move(status).error());
  if (on_end_) on_end_();
}

void CacheFlush::stats(std::span<double> words) const {
  const std::lock_guard lock(mutex_);
  const std::size_t count = std::min<std::size_t>(words.size(), kWriteStatWords);
  for (std::size_t w = 0; w < count; w++) words[w] = static_cast<double>(total_.words[w]);
}

}  // namespace posixpar
