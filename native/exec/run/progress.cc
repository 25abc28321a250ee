#include "native/exec/run/progress.h"

#include <algorithm>

namespace posixpar {

void Progress::set_inline(std::size_t tasks, const ReadCounters& counters) {
  tasks_.store(tasks, std::memory_order_relaxed);
  bytes_.store(counters.words[kBytesDone], std::memory_order_relaxed);
  chunks_.store(counters.words[kChunksDone], std::memory_order_relaxed);
}

void Progress::merge_thread(const ReadCounters& counters) {
  const std::lock_guard lock(mutex_);
  total_.merge(counters);
  const auto self = std::this_thread::get_id();
  if (std::find(threads_.begin(), threads_.end(), self) == threads_.end()) threads_.push_back(self);
  total_[kThreadsUsed] = threads_.size();
}

void Progress::start(const ReadCounters& counters) {
  const std::lock_guard lock(mutex_);
  total_ = counters;
}

void Progress::finish(const ReadCounters& counters) {
  const std::lock_guard lock(mutex_);
  total_.merge(counters);
  total_[kOnCaller] = counters.words[kOnCaller];
  total_[kElapsedNs] = counters.words[kElapsedNs];
}

void Progress::set(StatWord word, std::uint64_t value) {
  const std::lock_guard lock(mutex_);
  total_[word] = value;
}

void Progress::write(std::span<double> words) const {
  const std::lock_guard lock(mutex_);
  for (std::size_t w = 0; w < kStatWords && w < words.size(); w++) words[w] = static_cast<double>(total_.words[w]);
  if (words.size() < kStatWords || total_.words[kElapsedNs] != 0) return;
  words[kBytesDone] = static_cast<double>(bytes_.load(std::memory_order_relaxed));
  words[kChunksDone] = static_cast<double>(chunks_.load(std::memory_order_relaxed));
}

}  // namespace posixpar
