#include "native/exec/lookup.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>

#include "native/pool/thread_pool.h"
#include "native/sys/directory_listing.h"

namespace posixpar {
namespace {

bool is_absent(const Error& error) { return error.sys_errno == ENOENT || error.sys_errno == ENOTDIR; }

/// Where a slice begins in a file of `size` bytes.
std::uint64_t slice_start(std::int64_t offset, std::uint64_t size) {
  if (offset >= 0) return std::min(static_cast<std::uint64_t>(offset), size);
  const std::uint64_t back = 0 - static_cast<std::uint64_t>(offset);
  return back >= size ? 0 : size - back;
}

Status read_into(const LookupItem& item, const sys::OpenFile& file, std::uint64_t offset, std::size_t length,
                 LookupAnswer& answer) {
  auto got = sys::pread_full(file.fd(), item.into, length, offset, file.path());
  if (!got.ok()) {
    // The place that was asked for, not that of the rest.
    got.error().offset = offset;
    got.error().length = length;
    return std::move(got).error();
  }
  answer.bytes = *got;
  return {};
}

}  // namespace

/// Opens what must be a regular file. O_NONBLOCK: opening a FIFO returns; regular files do not care.
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

Status Lookup::read_from_path(const LookupItem& item, LookupAnswer& answer) const {
  auto file = open_regular(item.path);
  if (!file.ok()) return std::move(file).error();
  answer.id = (*file)->id();
  const std::uint64_t start = slice_start(item.offset, answer.id.size);
  const auto length = static_cast<std::size_t>(std::min<std::uint64_t>(item.length, answer.id.size - start));
  POSIXPAR_RETURN_IF_ERROR(read_into(item, **file, start, length, answer));
  if (item.kind == LookupKind::open) answer.opened = std::move(file).value();
  return {};
}

Status Lookup::perform(const LookupItem& item, LookupAnswer& answer) const {
  switch (item.kind) {
    case LookupKind::stat: {
      auto id = sys::stat_path(item.path, roots_.get());
      if (!id.ok()) return std::move(id).error();
      answer.id = *id;
      return {};
    }
    case LookupKind::open:
    case LookupKind::slice:
      return read_from_path(item, answer);
    case LookupKind::read:
      return read_into(item, *item.file, static_cast<std::uint64_t>(item.offset), item.length, answer);
    case LookupKind::list: {
      auto names = sys::list_directory(item.path, roots_.get());
      if (!names.ok()) return std::move(names).error();
      answer.names = std::move(names).value();
      return {};
    }
  }
  return {};
}

void Lookup::start(std::function<void()> on_end) {
  on_end_ = std::move(on_end);
  const auto self = shared_from_this();
  auto& pool = pool::ThreadPool::instance();
  const std::size_t copies = std::clamp<std::size_t>(items_.size(), 1, pool.width(pool::Lane::io));
  auto status = pool.submit(pool::Lane::io, self, static_cast<unsigned>(copies));
  if (status.ok()) return;
  fail(0, std::move(status).error());
  pool.hold(self);
  pool.release(self);  // Ends the lookup as its last copy would have done.
}

void Lookup::run(pool::Lane) {
  while (!stop_.load(std::memory_order_acquire)) {
    const std::size_t index = next_.fetch_add(1, std::memory_order_relaxed);
    if (index >= items_.size()) return;
    if (cancel_.cancelled()) {
      Error error;
      error.kind = ErrorKind::cancelled;
      error.op = "lookup";
      return fail(index, std::move(error));
    }
    auto status = perform(items_[index], answers_[index]);
    if (status.ok()) continue;
    if (items_[index].kind != LookupKind::read && is_absent(status.error())) {
      answers_[index].absent = true;
      continue;
    }
    fail(index, std::move(status).error());
  }
}

void Lookup::fail(std::size_t index, Error error) {
  stop_.store(true, std::memory_order_release);
  const std::lock_guard lock(mutex_);
  if (error_ && error_index_ <= index) return;
  error_ = std::move(error);
  error_index_ = index;
}

void Lookup::finished() {
  if (on_end_) on_end_();
}

}  // namespace posixpar
