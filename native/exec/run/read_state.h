#pragma once
/// \file State that all threads of one read share.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "native/base/result.h"
#include "native/exec/chunk/layer_read.h"
#include "native/exec/plan/plan.h"
#include "native/exec/run/leases.h"
#include "native/exec/run/postponed_tasks.h"
#include "native/exec/run/progress.h"
#include "native/exec/run/task_context.h"
#include "native/exec/run/task_queue.h"
#include "native/exec/strategy/read_strategy.h"
#include "native/pool/cancel.h"

namespace posixpar {

/// Plan, strategy and progress of a read. Its functions are thread-safe. The members before `queue` do not change while
/// threads execute tasks.
struct ReadState {
  Plan plan;
  std::byte* target = nullptr;
  std::byte* mask = nullptr;                       ///< Null if no mask is wanted.
  std::optional<const ReadStrategy> strategy;      ///< Set when the read is prepared.
  std::vector<std::unique_ptr<LayerRead>> layers;  ///< One per layer of the plan.

  TaskQueue queue;
  PostponedTasks postponed;
  std::vector<TaskProgress> task_progress;  ///< One per task, once the read runs on threads.
  Progress progress;
  pool::CancelToken cancel;
  ReadLeases leases;

  std::mutex error_mutex;  ///< Guards `error` and `error_index` until the read has ended.
  std::optional<Error> error;
  std::size_t error_index = 0;

  /// Takes the next task. \returns false if no task is left for this thread, or the read was cancelled or has failed.
  bool next_task(TaskCursor& cursor, std::size_t& index);
  /// Fails the read with the error of task `index`, unless an earlier task has failed.
  void fail(std::size_t index, Error error_of_task);
  /// Fails the read because a file changed. Replaces other errors, because they may be consequences of the change.
  void fail_changed(Error change);
  /// Returns the device of the first layer that has an open file or a directory; 0 if there is none.
  [[nodiscard]] std::uint64_t device_id() const;

 private:
  /// Fails the read if one of its leases is broken. \returns false in that case.
  bool keeps_leases();
};

}  // namespace posixpar
