#include "native/exec/write/replaced_file.h"

#include <fcntl.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <map>
#include <utility>

#include "native/exec/chunk/decode_chunk.h"
#include "native/pool/budget.h"
#include "native/pool/buffers.h"
#include "native/sys/clock.h"
#include "native/sys/storage.h"
#include "native/sys/write.h"

namespace posixpar {
namespace {

constexpr mode_t kMode = 0666;  // The kernel removes the bits of the umask.

std::string parent_of(const std::string& name) {
  const std::size_t slash = name.rfind('/');
  return slash == std::string::npos ? std::string() : name.substr(0, slash);
}

/// Returns a path in the directory of `name` for a hidden temporary file. The path contains a counter that starts at
/// the current time in ns, so that other writes, also of other processes, use different paths.
std::string temporary_name(const std::string& name) {
  static std::atomic<std::uint64_t> next{sys::realtime_ns()};
  const std::string directory = parent_of(name);
  const std::string leaf = directory.empty() ? name : name.substr(directory.size() + 1);
  const std::string token = std::to_string(next.fetch_add(1, std::memory_order_relaxed));
  return (directory.empty() ? std::string() : directory + "/") + "." + leaf + "." + token + ".partial";
}

/// Directories whose entries this process has changed with Durability::full but not yet synchronized (fsync). A write
/// that fails does not synchronize its directories. So the next write to a file below them must do so, even if it did
/// not change them. Thread-safe.
class UnsyncedDirectories {
 public:
  static UnsyncedDirectories& instance() {
    static auto& it = *new UnsyncedDirectories;  // Never destroyed: pool threads may use it at the end of the process.
    return it;
  }

  void mark(const std::string& path) {
    const std::lock_guard lock(mutex_);
    changes_[path] = ++count_;
  }

  [[nodiscard]] bool contains(const std::string& path) const {
    const std::lock_guard lock(mutex_);
    return changes_.contains(path);
  }

  Status sync(const std::string& path) {
    const std::uint64_t before = last_change(path);
    POSIXPAR_RETURN_IF_ERROR(sys::sync_directory(path));
    const std::lock_guard lock(mutex_);
    const auto found = changes_.find(path);
    if (found != changes_.end() && found->second == before) changes_.erase(found);
    return {};
  }

 private:
  std::uint64_t last_change(const std::string& path) const {
    const std::lock_guard lock(mutex_);
    const auto found = changes_.find(path);
    return found == changes_.end() ? 0 : found->second;
  }

  mutable std::mutex mutex_;
  std::map<std::string, std::uint64_t> changes_;  // Path of each directory, and the number of its last change.
  std::uint64_t count_ = 0;
};

std::string absolute(const sys::Directory& directory, const std::string& path) {
  return path.empty() ? directory.path() : directory.path_of(path);
}

bool is_missing(const Error& error) { return error.sys_errno == ENOENT || error.sys_errno == ENOTDIR; }

}  // namespace

void ChangedDirectories::add(const std::string& path) {
  const std::lock_guard lock(mutex_);
  paths_.insert(path);
}

Status ChangedDirectories::sync(const sys::Directory& directory, std::uint64_t& calls) const {
  const std::lock_guard lock(mutex_);
  for (const std::string& path : paths_) {
    calls++;
    POSIXPAR_RETURN_IF_ERROR(UnsyncedDirectories::instance().sync(absolute(directory, path)));
  }
  return {};
}

Status ChangedDirectories::drain(const sys::Directory& directory, std::uint64_t& calls) {
  ChangedDirectories taken;
  {
    const std::lock_guard lock(mutex_);
    taken.paths_.swap(paths_);
  }
  auto status = taken.sync(directory, calls);
  if (!status.ok()) {
    const std::lock_guard lock(mutex_);
    paths_.merge(taken.paths_);
  }
  return status;
}

void ReplacedFile::mark(const std::string& directory) {
  if (context_.settings.durability != Durability::full) return;
  UnsyncedDirectories::instance().mark(absolute(directory_, directory));
  changed_.add(directory);
}

void ReplacedFile::add_unsynced() {
  if (context_.settings.durability != Durability::full) return;
  for (std::string directory = name_; !directory.empty();) {
    directory = parent_of(directory);
    if (UnsyncedDirectories::instance().contains(absolute(directory_, directory))) changed_.add(directory);
  }
}

Result<UniqueFd> ReplacedFile::open() const {
  auto fd = directory_.open_child(name_, O_NONBLOCK);
  if (!fd.ok() && is_missing(fd.error())) return UniqueFd();
  return fd;
}

Status ReplacedFile::replace(std::span<const Bytes> pieces) {
  return replace_by([&](int fd) { return write_pieces(fd, pieces); });
}

Status ReplacedFile::replace_by(const std::function<Status(int fd)>& write) {
  const std::string temporary = temporary_name(name_);
  auto fd = create(temporary);
  if (!fd.ok()) return std::move(fd).error();
  auto status = fill(fd->get(), write);
  fd->reset();
  if (status.ok()) {
    context_.counters[kWriteSystemCalls]++;
    status = sys::rename_at(directory_.fd(), temporary.c_str(), name_.c_str(), sys::Replace::yes, path_);
  }
  if (!status.ok()) {
    context_.counters[kWriteSystemCalls]++;
    static_cast<void>(sys::unlink_at(directory_.fd(), temporary.c_str(), path_).ok());
    return status;
  }
  mark(parent_of(name_));
  add_unsynced();
  return {};
}

Status ReplacedFile::remove() {
  context_.counters[kWriteSystemCalls]++;
  auto status = sys::unlink_at(directory_.fd(), name_.c_str(), path_);
  if (!status.ok() && !is_missing(status.error())) return status;
  if (status.ok()) mark(parent_of(name_));
  add_unsynced();
  return {};
}

Result<UniqueFd> ReplacedFile::create(const std::string& temporary) {
  context_.counters[kWriteSystemCalls]++;
  auto fd = sys::create_at(directory_.fd(), temporary.c_str(), kMode, path_);
  if (fd.ok() || fd.error().sys_errno != ENOENT) return fd;
  for (std::size_t slash = name_.find('/'); slash != std::string::npos; slash = name_.find('/', slash + 1)) {
    const std::string parent = name_.substr(0, slash);
    context_.counters[kWriteSystemCalls]++;
    // Marks the parent first: another write may use the new directory as soon as it exists.
    mark(parent_of(parent));
    auto status = sys::make_directory_at(directory_.fd(), parent.c_str(), directory_.path_of(parent));
    if (!status.ok() && status.error().sys_errno != EEXIST) return std::move(status).error();
  }
  context_.counters[kWriteSystemCalls]++;
  return sys::create_at(directory_.fd(), temporary.c_str(), kMode, path_);
}

Status ReplacedFile::fill(int fd, const std::function<Status(int fd)>& write) {
  const std::uint64_t begin = sys::monotonic_ns();
  POSIXPAR_RETURN_IF_ERROR(write(fd));
  const std::uint64_t written = sys::monotonic_ns();
  context_.counters[kWriteNs] += written - begin;
  if (context_.settings.durability == Durability::none) return {};
  context_.counters[kWriteSystemCalls]++;
  POSIXPAR_RETURN_IF_ERROR(sys::flush_file(fd, path_));
  context_.counters[kSyncNs] += sys::monotonic_ns() - written;
  return {};
}

Status ReplacedFile::write_pieces(int fd, std::span<const Bytes> pieces) {
  std::uint64_t& calls = context_.counters[kWriteSystemCalls];
  // With a strict budget, pieces are not collected, because no memory is reserved for that.
  const std::size_t batch_bytes = pool::Budget::instance().is_strict() ? 0 : kBatchBytes;
  std::uint64_t offset = 0;
  std::size_t next = 0;
  while (next < pieces.size()) {
    Bytes bytes = pieces[next++];
    if (bytes.size() < batch_bytes && next < pieces.size() && bytes.size() + pieces[next].size() <= batch_bytes) {
      auto memory = pool::ThreadScratch::get().take(kStoredSlot, batch_bytes);
      if (!memory.ok()) return std::move(memory).error();
      std::ranges::copy(bytes, memory->begin());
      std::size_t filled = bytes.size();
      for (; next < pieces.size() && filled + pieces[next].size() <= batch_bytes; next++) {
        std::ranges::copy(pieces[next], memory->subspan(filled).begin());
        filled += pieces[next].size();
      }
      bytes = memory->first(filled);
    }
    POSIXPAR_RETURN_IF_ERROR(sys::pwrite_full(fd, bytes.data(), bytes.size(), offset, path_, calls));
    offset += bytes.size();
  }
  context_.counters[kBytesWritten] += offset;
  return {};
}

}  // namespace posixpar
