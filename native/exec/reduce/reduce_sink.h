#pragma once
/// \file Adds the elements of a read to the state of a reduction, on the threads that read and decode them.
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include "native/exec/plan/element_sink.h"
#include "native/exec/reduce/reduce_jobs.h"

namespace posixpar {

/// Adds elements to one state. Each thread adds to a temporary state. complete() merges these into the state of the
/// caller, so a read that fails does not change it.
class ReduceSink final : public ElementSink {
 public:
  /// \param state  the only state of the request. Must stay valid until the read has ended.
  /// \returns null if the request has several states, or if temporary states would need much memory.
  static std::shared_ptr<ReduceSink> create(ReduceRequest request, std::uint64_t* state);

  /// True if the elements of `plan` have the type of the request.
  [[nodiscard]] bool accepts(const Plan& plan) const { return plan.out_type == request_.spec.type; }

  Status add(const SelectedElements& elements) override;
  void add_fill(const Fill& fill, std::uint64_t count, const Plan& plan) override;
  void complete(const Plan& plan) override;

 private:
  ReduceSink(ReduceRequest request, std::uint64_t* state) : request_(std::move(request)), state_(state) {}

  const ReduceRequest request_;
  std::uint64_t* const state_;
  TemporaryStates temporary_;
  std::atomic<std::uint64_t> added_{0};  // Number of elements that layers have supplied.
};

}  // namespace posixpar
