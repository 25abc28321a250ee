#pragma once
/// \file A job that consists of independent pieces of computation.
#include <atomic>
#include <cstddef>
#include <functional>
#include <mutex>
#include <optional>

#include "native/exec/write/operation.h"
#include "native/pool/cancel.h"

namespace posixpar {

/// Runs `count` pieces on the compute lane. If pieces fail, the error of the job is the error of the failed piece with
/// the lowest number.
class Pieces : public Operation {
 public:
  void start(std::function<void()> on_end) final;
  void cancel() final;
  [[nodiscard]] const std::optional<Error>& error() const final { return error_; }
  void stats(std::span<double>) const override {}
  pool::JobStep run(const pool::Slice& slice) final;
  [[nodiscard]] pool::Demand demand() const final { return {.expected_ns = expected_ns_}; }
  void finished() final;

 protected:
  /// \param max_threads  maximum number of threads; 0 for all threads of the compute lane.
  Pieces(std::size_t count, std::uint64_t expected_ns, unsigned max_threads = 0)
      : count_(count), expected_ns_(expected_ns), max_threads_(max_threads) {}
  /// Performs one piece. Several threads call it at the same time, with different pieces.
  virtual Status perform(std::size_t piece) = 0;
  /// Called once after all pieces have been performed without an error, on a thread of the pool. Its error is the error
  /// of the job.
  virtual Status complete() { return {}; }

 private:
  void fail(std::size_t piece, Error error);

  const std::size_t count_;
  const std::uint64_t expected_ns_;
  const unsigned max_threads_;
  pool::CancelToken cancel_;
  std::function<void()> on_end_;
  std::atomic<std::size_t> next_{0};
  std::atomic<std::size_t> done_{0};
  std::atomic<bool> stop_{false};
  std::mutex mutex_;  // Guards the error until the job has ended.
  std::optional<Error> error_;
  std::size_t error_piece_ = 0;
};

}  // namespace posixpar
