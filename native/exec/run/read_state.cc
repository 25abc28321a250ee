#include "native/exec/run/read_state.h"

#include <utility>

#include "native/sys/open_file.h"

namespace posixpar {

bool ReadState::next_task(TaskCursor& cursor, std::size_t& index) {
  if (cancel.cancelled()) {
    Error cancelled;
    cancelled.kind = ErrorKind::cancelled;
    cancelled.op = "read";
    fail(queue.size(), std::move(cancelled));
    return false;
  }
  return keeps_leases() && queue.next(cursor, index);
}

void ReadState::fail(std::size_t index, Error error_of_task) {
  queue.stop_at(index);
  const std::lock_guard lock(error_mutex);
  if (error && error_index <= index) return;
  error = std::move(error_of_task);
  error_index = index;
}

void ReadState::fail_changed(Error change) {
  queue.stop_at(0);
  const std::lock_guard lock(error_mutex);
  error = std::move(change);
  error_index = 0;
}

bool ReadState::keeps_leases() {
  if (plan.consistency != Consistency::lease) return true;
  auto status = leases.poll();
  const bool kept = status.ok();
  if (!kept) fail_changed(std::move(status).error());
  return kept;
}

std::uint64_t ReadState::device_id() const {
  for (const PlanLayer& layer : plan.layers) {
    if (layer.where.file != nullptr) return layer.where.file->id().device;
    if (layer.where.directory != nullptr) return layer.where.directory->device();
  }
  return 0;
}

}  // namespace posixpar
