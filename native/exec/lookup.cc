#include "native/exec/lookup.h"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "native/exec/chunk/decode_chunk.h"
#include "native/pool/budget.h"
#include "native/pool/buffers.h"
#include "native/pool/run_queue.h"
#include "native/pool/thread_pool.h"
#include "native/sys/clock.h"
#include "native/sys/directory_listing.h"
#include "native/sys/file_cache.h"
#include "native/sys/local_devices.h"
#include "native/sys/mount_table.h"

namespace posixpar {
namespace {

bool is_absent(const Error& error) { return error.sys_errno == ENOENT || error.sys_errno == ENOTDIR; }

/// True if a path that does not exist is no error for an item of `kind`. LookupAnswer::absent is set instead.
bool may_be_absent(LookupKind kind) {
  return kind == LookupKind::stat || kind == LookupKind::open || kind == LookupKind::slice || kind == LookupKind::list;
}

/// Maximum number of bytes per read into the thread's scratch memory, from which they are copied to the caller's
/// memory.
constexpr std::size_t kStagingBytes = std::size_t{256} << 10;
/// The same for memory on the stack, which is used instead if the budget of the process is strict: it must contain all
/// scratch memory, and a lookup must not wait for other reads.
constexpr std::size_t kStackBytes = std::size_t{16} << 10;

std::uint64_t device_of(const LookupItem& item) {
  if (item.kind == LookupKind::restore) return 0;
  return item.file != nullptr ? item.file->id().device : sys::MountTable::instance().device_of(item.path);
}

}  // namespace

FileSlice slice_of(const LookupItem& item, std::uint64_t size) {
  const std::uint64_t back = 0 - static_cast<std::uint64_t>(item.offset);
  const std::uint64_t start =
      item.offset >= 0 ? std::min(static_cast<std::uint64_t>(item.offset), size) : size - std::min(back, size);
  return {.offset = start, .length = static_cast<std::size_t>(std::min<std::uint64_t>(item.length, size - start))};
}

Status Lookup::read_into(std::size_t index, const sys::OpenFile& file, std::uint64_t offset, std::size_t length) {
  std::byte* const into = items_[index].into;
  std::array<std::byte, kStackBytes> on_stack;
  std::span<std::byte> staging = on_stack;
  if (length > kStackBytes && !pool::Budget::instance().is_strict()) {
    auto scratch = pool::ThreadScratch::get().take(kStoredSlot, std::min(length, kStagingBytes));
    if (!scratch.ok()) return std::move(scratch).error();
    staging = *scratch;
  }
  std::size_t done = 0;
  while (done < length) {
    const std::size_t part = std::min(length - done, staging.size());
    auto got = sys::pread_full(file.fd(), staging.data(), part, offset + done, file.path());
    if (!got.ok()) {
      // The error reports the requested range, not only the part that is still unread.
      got.error().offset = offset;
      got.error().length = length;
      return std::move(got).error();
    }
    const std::shared_lock lock(callers_mutex_);
    if (abandoned_) break;
    std::memcpy(into + done, staging.data(), *got);
    done += *got;
    if (*got < part) break;
  }
  answers_[index].bytes = done;
  return {};
}

/// Opens a regular file. Uses O_NONBLOCK, because opening a FIFO would wait for a writer. The flag does not affect
/// regular files.
Result<std::shared_ptr<sys::OpenFile>> Lookup::open_regular(const std::string& path) const {
  auto fd = sys::open_path(path, O_NONBLOCK, roots_.get());
  if (!fd.ok()) return std::move(fd).error();
  auto id = sys::stat_fd(fd->get(), path);
  if (!id.ok()) return std::move(id).error();
  if (!id->regular()) {
    Error error = sys::io_error("open", S_ISDIR(id->mode) ? EISDIR : EINVAL, path);
    error.message = "it is not a regular file";
    return error;
  }
  return std::make_shared<sys::OpenFile>(std::move(*fd), *id, path, roots_);
}

Status Lookup::read_from_path(std::size_t index) {
  const LookupItem& item = items_[index];
  LookupAnswer& answer = answers_[index];
  auto file = open_regular(item.path);
  if (!file.ok()) return std::move(file).error();
  answer.id = (*file)->id();
  const auto [start, length] = slice_of(item, answer.id.size);
  POSIXPAR_RETURN_IF_ERROR(read_into(index, **file, start, length));
  if (item.kind == LookupKind::open) answer.opened = std::move(file).value();
  return {};
}

Status Lookup::perform(std::size_t index) {
  const LookupItem& item = items_[index];
  LookupAnswer& answer = answers_[index];
  switch (item.kind) {
    case LookupKind::stat: {
      auto id = sys::stat_path(item.path, roots_.get());
      if (!id.ok()) return std::move(id).error();
      answer.id = *id;
      sys::LocalDevices::instance().learn(id->device, item.path, roots_.get(), sys::monotonic_ns());
      return {};
    }
    case LookupKind::open:
    case LookupKind::slice:
      return read_from_path(index);
    case LookupKind::read:
      return read_into(index, *item.file, static_cast<std::uint64_t>(item.offset), item.length);
    case LookupKind::list: {
      auto names = sys::list_directory(item.path, roots_.get());
      if (!names.ok()) return std::move(names).error();
      answer.names = std::move(names).value();
      return {};
    }
    case LookupKind::share: {
      auto file = sys::FileCache::instance().open(item.path, nullptr, roots_);
      if (!file.ok()) return std::move(file).error();
      answer.opened = std::move(file).value();
      answer.id = answer.opened->id();
      return {};
    }
    case LookupKind::directory: {
      auto directory = sys::Directory::open(item.path, roots_);
      if (!directory.ok()) return std::move(directory).error();
      answer.directory = std::move(directory).value();
      return {};
    }
    case LookupKind::root: {
      auto root = sys::Roots::open({item.path});
      if (!root.ok()) return std::move(root).error();
      answer.root = std::move(root).value();
      return {};
    }
    case LookupKind::inflate: {
      auto scanned = scan_deflate(item.file->fd(), item.file->path(), item.scan, cancel_);
      if (!scanned.ok()) return std::move(scanned).error();
      answer.index = std::move(scanned).value();
      answer.id = item.file->id();
      return {};
    }
    case LookupKind::first_pass: {
      POSIXPAR_RETURN_IF_ERROR(check_deflate_scan(item.scan));
      answer.first_pass = std::make_shared<const DeflateFirstPass>(item.file, item.scan);
      answer.id = item.file->id();
      return {};
    }
    case LookupKind::restore:
      return restore_index(index);
    case LookupKind::heap:
      return join_heap(index);
  }
  return {};
}

Status Lookup::restore_index(std::size_t index) {
  const LookupItem& item = items_[index];
  LookupAnswer& answer = answers_[index];
  // abandon() waits for this lock. It waits for a computation only, not for a system call.
  const std::shared_lock lock(callers_mutex_);
  if (abandoned_) return {};
  auto found = DeflateIndex::parse({item.into, item.length}, static_cast<std::uint64_t>(item.offset));
  answer.absent = !found.ok();
  if (found.ok()) answer.index = std::make_shared<const DeflateIndex>(std::move(found).value());
  return {};
}

Status Lookup::join_heap(std::size_t index) {
  const LookupItem& item = items_[index];
  LookupAnswer& answer = answers_[index];
  std::vector<std::byte> references;
  {
    const std::shared_lock lock(callers_mutex_);
    if (abandoned_) return {};
    references.assign(item.heap.references.begin(), item.heap.references.end());
  }
  auto values = join_heap_values(item.file->fd(), item.file->path(), item.heap.spec, references, item.length, cancel_);
  if (!values.ok()) {
    answer.absent = values.error().kind == ErrorKind::codec;
    return answer.absent ? Status() : std::move(values).error();
  }
  const std::shared_lock lock(callers_mutex_);
  if (abandoned_) return {};
  std::copy(values->bytes.begin(), values->bytes.end(), item.into);
  std::transform(values->ends.begin(), values->ends.end(), item.heap.ends.begin(),
                 [&](std::uint64_t end) { return static_cast<double>(item.offset) + static_cast<double>(end); });
  answer.bytes = values->bytes.size();
  return {};
}

void Lookup::start(std::function<void()> on_end) {
  on_end_ = std::move(on_end);
  const auto self = shared_from_this();
  auto& pool = pool::ThreadPool::instance();
  // Runs on a compute thread first, to find the device of the first item. This may require reading the mount table, and
  // the calling thread must not wait for that.
  auto status = pool.submit(pool::Lane::compute, self, 1);
  if (status.ok()) return;
  fail(0, std::move(status).error());
  pool.hold(self);
  pool.release(self);  // Calls finished(), because no thread will run this job.
}

void Lookup::cancel() {
  cancel_.cancel();
  pool::ThreadPool::instance().expedite(shared_from_this());
}

void Lookup::abandon() {
  {
    const std::scoped_lock lock(callers_mutex_);
    abandoned_ = true;
  }
  cancel();
}

void Lookup::hand_to_device() {
  if (!items_.empty()) device_id_ = device_of(items_.front());
  auto& pool = pool::ThreadPool::instance();
  const std::size_t copies = std::clamp<std::size_t>(items_.size(), 1, pool.width(pool::Lane::io));
  auto status = pool.submit(pool::Lane::io, shared_from_this(), static_cast<unsigned>(copies));
  if (!status.ok()) fail(0, std::move(status).error());
}

pool::JobStep Lookup::run(const pool::Slice& slice) {
  if (slice.lane() == pool::Lane::compute) {
    hand_to_device();
    return pool::JobStep::done;
  }
  for (bool first = true; !stop_.load(std::memory_order_acquire); first = false) {
    if (!first && slice.over()) return pool::JobStep::yielded;
    const std::size_t index = next_.fetch_add(1, std::memory_order_relaxed);
    if (index >= items_.size()) break;
    if (cancel_.cancelled()) {
      Error error;
      error.kind = ErrorKind::cancelled;
      error.op = "lookup";
      fail(index, std::move(error));
      break;
    }
    auto status = perform(index);
    if (status.ok()) continue;
    if (may_be_absent(items_[index].kind) && is_absent(status.error())) {
      answers_[index].absent = true;
      continue;
    }
    fail(index, std::move(status).error());
  }
  return pool::JobStep::done;
}

void Lookup::fail(std::size_t index, Error error) {
  stop_.store(true, std::memory_order_release);
  const std::lock_guard lock(mutex_);
  if (error_ && error_index_ <= index) return;
  error_ = std::move(error);
  error_index_ = index;
}

void Lookup::finished() {
  const std::shared_lock lock(callers_mutex_);
  if (on_end_ && !abandoned_) on_end_();
}

}  // namespace posixpar
