#include "native/exec/run/task_memory.h"

#include <utility>

#include "native/pool/buffers.h"
#include "native/sys/open_file.h"

namespace posixpar {

std::uint64_t bytes_to_reserve(const LayerStrategy& strategy) {
  return pool::Budget::instance().is_strict() ? strategy.max_scratch_bytes : strategy.scratch_bytes;
}

Error located_in(Error error, const PlanLayer& layer) {
  if (!error.path.empty()) return error;
  if (layer.where.file != nullptr) error.path = layer.where.file->path();
  if (layer.where.directory != nullptr) error.path = layer.where.directory->path();
  return error;
}

Status check_memory(const ReadState& read) {
  for (const auto& layer : read.layers) {
    auto status = pool::Budget::instance().check(bytes_to_reserve(layer->strategy));
    if (!status.ok()) return located_in(std::move(status).error(), layer->plan);
  }
  return {};
}

Result<bool> TaskMemory::reserve(const LayerRead& layer) {
  auto& budget = pool::Budget::instance();
  const bool is_strict = budget.is_strict();
  if (may_wait_ == MayWait::no && !is_strict) return true;
  const std::uint64_t bytes = bytes_to_reserve(layer.strategy);
  if (bytes == 0) return true;
  // The next task of a layer needs no more memory than the last one. Other threads that wait come first.
  if (is_strict && memory_ && layer_ == &layer && memory_->bytes() >= bytes && budget.waiting() == 0) return true;
  release();
  layer_ = &layer;
  const std::uint64_t device = read_.device_id();
  memory_ = budget.try_acquire(bytes, device);
  if (memory_) return true;
  if (auto status = budget.check(bytes); !status.ok()) return located_in(std::move(status).error(), layer.plan);
  if (may_wait_ == MayWait::no) return false;
  // Before it waits for memory, a thread frees its scratch memory, because the scratch memory of all I/O threads
  // together may be several times the budget.
  pool::ThreadScratch::get().trim(0);
  auto waited = budget.acquire(bytes, &read_.cancel, due_ns_, device);
  if (!waited.ok()) return located_in(std::move(waited).error(), layer.plan);
  memory_ = std::move(*waited);
  return true;
}

void TaskMemory::release() {
  if (pool::Budget::instance().is_strict()) pool::ThreadScratch::get().trim(0);
  memory_.reset();
}

}  // namespace posixpar
