#pragma once
/// \file Reduces a range of a file that is in the page cache, without storing its elements.
#include <cstdint>
#include <memory>
#include <span>

#include "native/exec/plan/plan.h"
#include "native/exec/reduce/reduce_jobs.h"
#include "native/exec/run/progress.h"
#include "native/sys/page_cache.h"

namespace posixpar {

/// Adds the elements that a plan selects to one state. Each piece is read into memory of the thread that fits into the
/// processor's cache, and is added by the same thread at once. The job never waits for storage: it fails if a piece is
/// not in the page cache. If it fails for any reason, nothing has been added to the state. The caller then reads the
/// elements as usual, which also reports errors of the file.
class ReduceCached final : public Pieces {
 public:
  /// \param state  the only state of the request.
  /// \returns null if the plan does more than copy a contiguous range of an open file, or if its options or a strict
  /// memory budget need the usual read. Also null if the request has several states or other elements than the plan.
  static std::shared_ptr<ReduceCached> create(ReduceRequest request, const Plan& plan, std::uint64_t* state);

  /// Writes the statistics, as Progress::write().
  void stats(std::span<double> words) const override { progress_.write(words); }

 private:
  ReduceCached(ReduceRequest request, const Plan& plan, sys::ByteRange range, std::uint64_t* state);
  Status perform(std::size_t piece) override;
  Status complete() override;

  const ReduceRequest request_;
  const std::shared_ptr<sys::OpenFile> file_;
  const sys::ByteRange range_;
  const bool swap_;  // True if stored elements do not have the byte order of this machine.
  std::uint64_t* const state_;
  const std::uint64_t begin_ns_;
  TemporaryStates temporary_;
  Progress progress_;
};

}  // namespace posixpar
