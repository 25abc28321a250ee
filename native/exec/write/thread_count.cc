#include "native/exec/write/thread_count.h"

#include <algorithm>

#include "native/pool/thread_pool.h"

namespace posixpar {

WriteTimes WriteTimes::of(const WriteCounters& total, std::uint64_t tasks) {
  const auto& words = total.words;
  return {.busy_ns = words[kGatherNs] + words[kEncodeNs] + words[kWriteNs] + total.decode_ns,
          .waited_ns = words[kSyncNs] + total.load_ns,
          .tasks = tasks};
}

WriteWidth WriteWidth::of_pool(unsigned limit) {
  const auto& pool = pool::ThreadPool::instance();
  WriteWidth width;
  width.widest = std::max(1U, limit != 0 ? limit : pool.width(pool::Lane::io));
  width.computing = std::clamp(pool.width(pool::Lane::compute), 1U, width.widest);
  return width;
}

unsigned first_write_threads(const WriteWidth& width, bool encodes, bool waits) {
  if (!waits) return width.computing;
  // Synchronizing a file usually takes longer than copying it to the page cache, and not longer than encoding it.
  return encodes ? std::min(2 * width.computing, width.widest) : width.widest;
}

unsigned wanted_write_threads(const WriteTimes& times, const WriteWidth& width, unsigned first) {
  if (times.tasks < width.computing || times.busy_ns == 0) return std::clamp(first, width.computing, width.widest);
  const unsigned fewest = std::clamp(std::min(first, 2 * width.computing), width.computing, width.widest);
  const double waits = static_cast<double>(times.waited_ns) / static_cast<double>(times.busy_ns);
  const double wanted = static_cast<double>(width.computing) * (1 + waits) + 0.5;  // Rounded.
  return wanted >= width.widest ? width.widest : std::max(static_cast<unsigned>(wanted), fewest);
}

unsigned AdaptiveCopies::begin(const WriteWidth& width, unsigned first, std::size_t tasks) {
  width_ = width;
  first_ = first;
  const auto copies = static_cast<unsigned>(std::clamp<std::size_t>(tasks, 1, std::max(first, 1U)));
  copies_.store(copies, std::memory_order_relaxed);
  return copies;
}

bool AdaptiveCopies::adapt(const WriteTimes& times, bool may_add, const std::function<bool()>& submit) {
  const unsigned wanted = wanted_write_threads(times, width_, first_);
  unsigned copies = copies_.load(std::memory_order_relaxed);
  while (copies > wanted) {
    if (copies_.compare_exchange_weak(copies, copies - 1, std::memory_order_relaxed)) return false;
  }
  while (may_add && copies < wanted) {
    if (!copies_.compare_exchange_weak(copies, copies + 1, std::memory_order_relaxed)) continue;
    copies++;
    if (!submit()) break;
  }
  return true;
}

}  // namespace posixpar
