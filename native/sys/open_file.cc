#include "native/sys/open_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "native/sys/calls.h"
#include "native/sys/clock.h"
#include "native/sys/file_cache.h"
#include "native/sys/local_devices.h"
#include "native/sys/openat2.h"
#include "native/sys/statx.h"
#include "native/sys/storage.h"

namespace posixpar::sys {
namespace {

std::string differs(const char* what, std::int64_t expected, std::int64_t found) {
  return std::string("the file's ") + what + " changed from " + std::to_string(expected) + " to " +
         std::to_string(found);
}

std::string differs(const char* what, std::uint64_t expected, std::uint64_t found) {
  return std::string("the file's ") + what + " changed from " + std::to_string(expected) + " to " +
         std::to_string(found);
}

Status compare(const FileId& expected, const FileId& found, const std::string& path) {
  std::string message;
  if (found.device != expected.device) {
    message = differs("device", expected.device, found.device);
  } else if (found.inode != expected.inode) {
    message = differs("inode", expected.inode, found.inode) + ": it was replaced";
  } else if (found.size != expected.size) {
    message = differs("size in bytes", expected.size, found.size);
  } else if (found.mtime_ns != expected.mtime_ns) {
    message = differs("modification time in ns", expected.mtime_ns, found.mtime_ns);
  } else {
    return {};
  }
  return Error{.kind = ErrorKind::changed, .op = "stat", .path = path, .message = std::move(message)};
}

/// True if the file system keeps its files in memory. \param known  stores the answer; negative until it is known.
bool ask_once(std::atomic<int>& known, int fd, const std::string& path) {
  constexpr std::uint64_t kTmpfs = 0x01021994;
  constexpr std::uint64_t kRamfs = 0x858458F6;
  constexpr std::uint64_t kHugetlbfs = 0x958458F6;
  int answer = known.load(std::memory_order_relaxed);
  if (answer < 0) {
    const auto magic = filesystem_magic(fd, path);
    answer = magic.ok() && (*magic == kTmpfs || *magic == kRamfs || *magic == kHugetlbfs) ? 1 : 0;
    known.store(answer, std::memory_order_relaxed);
  }
  return answer == 1;
}

}  // namespace

Result<std::shared_ptr<Mapping>> OpenFile::mapping() {
  std::scoped_lock lock(mutex_);
  if (mapping_ && !mapping_->faulted()) return mapping_;
  mapping_.reset();
  auto made = Mapping::create(fd(), id_, path_);
  if (made.ok()) mapping_ = *made;
  return made;
}

std::shared_ptr<Mapping> OpenFile::existing_mapping() {
  const std::unique_lock lock(mutex_, std::try_to_lock);
  return lock.owns_lock() && mapping_ && !mapping_->faulted() ? mapping_ : nullptr;
}

Result<int> OpenFile::descriptor(Access access) {
  if (access == Access::normal) return fd();
  const bool direct = access == Access::direct || access == Access::direct_write;
  if (direct && direct_refused(id_.device)) return io_error("open", EINVAL, path_);
  std::scoped_lock lock(mutex_);
  UniqueFd& kept = descriptors_[static_cast<std::size_t>(access)];
  if (!kept.valid()) {
    auto opened = reopen(fd(), access, path_, roots_.get());
    if (!opened.ok()) {
      if (direct && opened.error().sys_errno == EINVAL) refuse_direct(id_.device);
      return std::move(opened).error();
    }
    kept = std::move(*opened);
  }
  return kept.get();
}

Result<DirectAlignment> OpenFile::alignment() {
  std::scoped_lock lock(mutex_);
  if (!alignment_) {
    auto asked = direct_alignment(fd(), path_);
    if (!asked.ok()) return asked;
    alignment_ = *asked;
  }
  return *alignment_;
}

bool OpenFile::residency_visible() {
  int known = residency_visible_.load(std::memory_order_relaxed);
  if (known < 0) {
    // Since Linux 5.2, only owners and writers of a file see its residency (can_do_mincore in mm/mincore.c). Checks the
    // write permission through the descriptor, because the path may now lead to another file.
    const uid_t user = ::geteuid();
    const std::string self = "/proc/self/fd/" + std::to_string(fd());
    known = user == 0 || user == id_.uid || call_access(self, W_OK) == 0 ? 1 : 0;
    residency_visible_.store(known, std::memory_order_relaxed);
  }
  return known == 1;
}

Status OpenFile::check_unchanged(std::uint64_t now_ns, std::uint64_t& calls) {
  if (now_ns - path_checked_ns_.load(std::memory_order_relaxed) < kPathCheckNs) {
    calls++;
    const auto now = stat_fd(fd(), path_);
    if (now.ok() && *now == id_) return {};
  }
  return check_path(now_ns, calls);
}

Status OpenFile::check_path(std::uint64_t now_ns, std::uint64_t& calls) {
  calls++;
  auto status = revalidate(path_, id_, roots_.get());
  if (status.ok()) note_path(now_ns);
  return status;
}

void OpenFile::note_path(std::uint64_t now_ns) {
  if (stats_at_once_.load(std::memory_order_relaxed) < 0) {
    const auto magic = filesystem_magic(fd(), path_);
    stats_at_once_.store(magic.ok() && is_local_filesystem(*magic) ? 1 : 0, std::memory_order_relaxed);
  }
  path_checked_ns_.store(now_ns, std::memory_order_relaxed);
}

bool OpenFile::surely_unchanged(std::uint64_t& calls) {
  if (stats_at_once_.load(std::memory_order_relaxed) != 1) return false;
  calls++;
  const auto now = stat_without_waiting(fd(), path_);
  return now && *now == id_;
}

bool OpenFile::in_memory() { return ask_once(in_memory_, fd(), path_); }

bool Directory::in_memory() { return ask_once(in_memory_, fd(), path_); }

Status revalidate(const std::string& path, const FileId& expected, const Roots* roots) {
  auto found = stat_path(path, roots);
  if (found.ok()) return compare(expected, *found, path);
  Error error = std::move(found).error();
  if (error.sys_errno == ENOENT || error.sys_errno == ENOTDIR) error.kind = ErrorKind::changed;
  return error;
}

Status revalidate(const OpenFile& file, const FileId& expected) {
  return revalidate(file.path(), expected, file.roots());
}

Status unmodified(int fd, const FileId& before, const std::string& path) {
  const auto now = stat_fd(fd, path);
  return now.ok() ? compare(before, *now, path) : now.error();
}

Result<std::shared_ptr<Directory>> Directory::open(const std::string& path, std::shared_ptr<const Roots> roots) {
  auto fd = open_path(path, O_PATH | O_DIRECTORY, roots.get());
  if (!fd.ok()) return std::move(fd).error();
  const auto id = stat_fd(fd->get(), path);
  return std::make_shared<Directory>(std::move(*fd), path, id.ok() ? id->device : 0, std::move(roots));
}

std::string Directory::path_of(const std::string& name) const {
  return path_.empty() || path_.back() == '/' ? path_ + name : path_ + "/" + name;
}

Result<UniqueFd> Directory::open_child(const std::string& name, int flags) const {
  if (roots_ != nullptr) {
    const std::string path = path_of(name);
    auto fd = open_beneath(fd_.get(), name.c_str(), flags, path);
    return fd.ok() || fd.error().sys_errno == ENOENT ? std::move(fd) : open_path(path, flags, roots_.get());
  }
  return FileCache::instance().open_descriptor(fd(), name.c_str(), flags, path_of(name));
}

}  // namespace posixpar::sys
