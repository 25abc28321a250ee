#pragma once
/// \file Receives the elements of a read that has no result in memory, such as a reduction.
#include <cstddef>
#include <cstdint>
#include <span>

#include "native/base/result.h"
#include "native/exec/plan/plan.h"
#include "native/kernels/scatter.h"

namespace posixpar {

/// The selected elements of a decoded chunk, or of a part of it.
struct SelectedElements {
  const std::byte* first = nullptr;  ///< The first selected element.
  std::span<const CopyDim> dims;     ///< Their positions relative to `first`. The destinations have no meaning.
  const Conversion& conversion;      ///< Converts a stored element to an element of Plan::out_type.
  const Conversion* mask = nullptr;  ///< Converts a stored element to an element of the mask; null without a mask.
};

/// Receives the elements of a read, in any order, while threads still read and decode others. If the read fails or is
/// cancelled, complete() is not called, and the elements that were added must have no effect.
class ElementSink {
 public:
  ElementSink() = default;
  ElementSink(const ElementSink&) = delete;
  ElementSink& operator=(const ElementSink&) = delete;
  virtual ~ElementSink() = default;

  /// Adds elements. Several threads call it at the same time, for different elements.
  virtual Status add(const SelectedElements& elements) = 0;
  /// Adds `count` elements that no chunk stores. Several threads call it at the same time.
  virtual void add_fill(const Fill& fill, std::uint64_t count, const Plan& plan) = 0;
  /// Called once, after all elements that layers supply have been added, if the read has succeeded. Adds the fill value
  /// for the elements of the plan that no layer supplies.
  virtual void complete(const Plan& plan) = 0;
};

/// Size of the scratch memory that add() may use on each thread (kSinkSlot).
inline constexpr std::size_t kSinkScratchBytes = std::size_t{64} << 10;
/// Slot of pool::ThreadScratch for this memory.
inline constexpr std::size_t kSinkSlot = 2;

}  // namespace posixpar
