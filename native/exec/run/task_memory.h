#pragma once
/// \file Reserves the scratch memory of the tasks that one thread executes.
#include <cstdint>
#include <optional>
#include <string>

#include "native/base/result.h"
#include "native/exec/chunk/layer_read.h"
#include "native/exec/run/read_state.h"
#include "native/pool/budget.h"

namespace posixpar {

/// Returns the bytes that a task of a layer reserves: an upper bound if the budget of the process is strict, else an
/// estimate.
std::uint64_t bytes_to_reserve(const LayerStrategy& strategy);

/// Describes an error of the budget: adds the file or directory of the layer.
Error located_in(Error error, const PlanLayer& layer);

/// Checks that the tasks of all layers fit into the budget. \returns `memory` if a strict budget can never admit one.
Status check_memory(const ReadState& read);

/// The reservation of one thread while it executes tasks one after the other. With a strict budget, the thread keeps no
/// scratch memory that is not reserved.
class TaskMemory {
 public:
  enum class MayWait : std::uint8_t { no, yes };

  /// \param may_wait  `no` on the compute lane. If the budget is not strict, such a thread reserves nothing: the
  /// number of these threads limits their memory. \param due_ns  Slice::due_ns.
  TaskMemory(const ReadState& read, MayWait may_wait, std::int64_t due_ns)
      : read_(read), may_wait_(may_wait), due_ns_(due_ns) {}
  TaskMemory(const TaskMemory&) = delete;
  TaskMemory& operator=(const TaskMemory&) = delete;
  ~TaskMemory() { release(); }

  /// Reserves the memory of a task. Replaces the reservation of the task before.
  /// \returns false if the memory is not available and the thread must not wait for it; `cancelled` if the read was
  /// cancelled while the thread waited; `memory` if the budget can never admit the task.
  Result<bool> reserve(const LayerRead& layer);
  /// Frees the scratch memory of the thread if the budget is strict, and ends the reservation.
  void release();

 private:
  const ReadState& read_;
  const MayWait may_wait_;
  const std::int64_t due_ns_;
  const LayerRead* layer_ = nullptr;
  std::optional<pool::Reservation> memory_;
};

}  // namespace posixpar
