/// \file Performs lookups on the JavaScript thread, with calls that cannot wait.
#include <cstddef>

#include "native/exec/lookup.h"
#include "native/sys/clock.h"
#include "native/sys/hooks.h"
#include "native/sys/local_devices.h"
#include "native/sys/platform.h"
#include "native/sys/roots.h"
#include "native/sys/statx.h"

namespace posixpar {
namespace {

/// Reads `length` bytes at `offset`. \returns false if a byte is not in the page cache, if the file ends earlier, or if
/// a read fails.
bool read_cached(int fd, std::byte* into, FileSlice slice, const std::string& path) {
  for (std::size_t done = 0; done < slice.length;) {
    const auto got = sys::pread_once(fd, into + done, slice.length - done, slice.offset + done, sys::Wait::no, path);
    if (!got.ok() || got->bytes == 0) return false;
    done += got->bytes;
  }
  return true;
}

}  // namespace

bool Lookup::try_without_waiting() {
  // Faults are for the calls of the pool: a call here that got one would only be repeated there.
  if (sys::has_faults()) return false;
  const std::uint64_t now_ns = sys::monotonic_ns();
  for (std::size_t i = 0; i < items_.size(); i++) {
    if (!perform_without_waiting(i, now_ns)) return false;
  }
  return true;
}

bool Lookup::perform_without_waiting(std::size_t index, std::uint64_t now_ns) {
  const LookupItem& item = items_[index];
  LookupAnswer& answer = answers_[index];
  if (item.kind != LookupKind::stat && item.kind != LookupKind::slice) return false;
  // O_PATH does not ask the file system to open the file. This finds out which file system it is.
  const auto found = sys::open_path_cached(item.path, O_PATH, roots_.get());
  if (!found) return false;
  const auto id = sys::stat_without_waiting(found->get(), item.path);
  if (!id || !sys::LocalDevices::instance().contains(id->device, now_ns)) return false;
  answer.id = *id;
  if (item.kind == LookupKind::stat) return true;
  if (!id->regular()) return false;
  const auto file = sys::open_path_cached(item.path, O_NONBLOCK, roots_.get());
  if (!file) return false;
  const FileSlice slice = slice_of(item, id->size);
  if (!read_cached(file->get(), item.into, slice, item.path)) return false;
  answer.bytes = slice.length;
  const auto after = sys::stat_without_waiting(file->get(), item.path);
  return after && *after == *id;
}

}  // namespace posixpar
