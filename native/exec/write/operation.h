#pragma once
/// \file Interface of the jobs that JavaScript starts to change files or to compute.
#include <functional>
#include <memory>
#include <optional>
#include <span>

#include "native/base/result.h"
#include "native/pool/job.h"
#include "native/sys/open_file.h"

namespace posixpar {

/// A job of the pool that JavaScript starts, such as a write or a reduction.
class Operation : public pool::Job, public std::enable_shared_from_this<Operation> {
 public:
  /// Starts the operation on the pool and returns at once. `on_end` is called once, on any thread, when the operation
  /// has ended; no thread uses the caller's memory from then on.
  virtual void start(std::function<void()> on_end) = 0;
  /// Cancels the operation: skips work that has not started. The operation then ends with the error `cancelled`, unless
  /// no work was left.
  virtual void cancel() = 0;
  /// Error of the operation. If several parts failed, the first one in the order of the parts. \pre the operation has
  /// ended.
  [[nodiscard]] virtual const std::optional<Error>& error() const = 0;
  /// Writes the counters to `words`. May be called while the operation runs.
  virtual void stats(std::span<double> words) const = 0;
  /// File that the operation opened; null if it opened none. \pre the operation has ended.
  [[nodiscard]] virtual std::shared_ptr<sys::OpenFile> opened() const { return nullptr; }
};

}  // namespace posixpar
