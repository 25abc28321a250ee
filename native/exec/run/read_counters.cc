/// \file What a read counts: for its statistics, for reports of progress, and for limits on memory.
#include <algorithm>
#include <thread>

#include "native/exec/run/read.h"

namespace posixpar {

void Read::count_done(std::uint64_t bytes, std::uint64_t chunks) {
  tasks_done_.fetch_add(1, std::memory_order_relaxed);
  live_bytes_.fetch_add(bytes, std::memory_order_relaxed);
  untouched_.touch(bytes);
  live_chunks_.fetch_add(chunks, std::memory_order_relaxed);
}

void Read::add(const ReadCounters& counters) {
  const std::lock_guard lock(mutex_);
  total_.merge(counters);
  const auto self = std::this_thread::get_id();
  if (std::find(threads_.begin(), threads_.end(), self) == threads_.end()) threads_.push_back(self);
  total_[kThreadsUsed] = threads_.size();
}

void Read::stats(std::span<double> words) const {
  if (!is_prepared_.load(std::memory_order_acquire)) {
    std::fill(words.begin(), words.end(), 0);
    return;
  }
  const std::lock_guard lock(mutex_);
  for (std::size_t w = 0; w < kStatWords && w < words.size(); w++) words[w] = static_cast<double>(total_.words[w]);
  if (words.size() >= kStatWords && total_.words[kElapsedNs] == 0) {
    words[kBytesDone] = static_cast<double>(live_bytes_.load(std::memory_order_relaxed));
    words[kChunksDone] = static_cast<double>(live_chunks_.load(std::memory_order_relaxed));
  }
}

}  // namespace posixpar
