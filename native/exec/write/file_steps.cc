#include "native/exec/write/file_steps.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "native/exec/write/failed_syncs.h"
#include "native/pool/run_queue.h"
#include "native/pool/thread_pool.h"
#include "native/sys/directory_listing.h"
#include "native/sys/file.h"
#include "native/sys/file_lock.h"
#include "native/sys/mount_table.h"
#include "native/sys/storage.h"
#include "native/sys/write.h"

namespace posixpar {
namespace {

Error no_open_file() {
  Error error;
  error.kind = ErrorKind::invalid;
  error.op = "write";
  error.message = "a step needs an open file";
  return error;
}

/// Removes a directory with its content. Does not follow symbolic links in it.
Status remove_tree(const std::string& root) {
  // Each directory comes after its parent. So if the directories are removed in reverse order, each is empty when its
  // turn comes.
  std::vector<std::string> directories{root};
  for (std::size_t i = 0; i < directories.size(); i++) {
    auto names = sys::list_directory(directories[i]);
    if (!names.ok()) return i == 0 && names.error().sys_errno == ENOENT ? Status() : std::move(names).error();
    const std::string directory = directories[i] + "/";
    for (const std::string& name : *names) {
      const std::string path = directory + name;
      auto status = sys::unlink_at(AT_FDCWD, path.c_str(), path);
      if (status.ok() || status.error().sys_errno == ENOENT) continue;
      // unlinkat(2) fails for a directory: with EISDIR on Linux, with EPERM according to POSIX.
      if (status.error().sys_errno != EISDIR && status.error().sys_errno != EPERM) return status;
      directories.push_back(path);
    }
  }
  for (std::size_t i = directories.size(); i-- > 0;) POSIXPAR_RETURN_IF_ERROR(sys::remove_directory(directories[i]));
  return {};
}

}  // namespace

void FileSteps::start(std::function<void()> on_end) {
  on_end_ = std::move(on_end);
  const auto self = shared_from_this();
  auto& pool = pool::ThreadPool::instance();
  // Runs on a compute thread first, because the I/O lane needs the device of the files. Finding it may require reading
  // the mount table, and the calling thread must not wait for that.
  auto status = pool.submit(pool::Lane::compute, self, 1);
  if (status.ok()) return;
  error_ = std::move(status).error();
  pool.hold(self);
  pool.release(self);  // Calls finished(), because no thread will run this job.
}

void FileSteps::cancel() {
  cancel_.cancel();
  pool::ThreadPool::instance().expedite(shared_from_this());
}

pool::JobStep FileSteps::run(const pool::Slice& slice) {
  if (slice.lane() == pool::Lane::compute) {
    device_id_ = file_ != nullptr ? file_->id().device
                 : steps_.empty() ? 0
                                  : sys::MountTable::instance().device_of(steps_.front().path);
    auto status = pool::ThreadPool::instance().submit(pool::Lane::io, shared_from_this(), 1);
    if (!status.ok()) error_ = std::move(status).error();
    return pool::JobStep::done;
  }
  for (const FileStep& step : steps_) {
    if (cancel_.cancelled()) {
      error_ = Error{.kind = ErrorKind::cancelled, .op = "write", .path = {}, .message = {}};
      break;
    }
    if (auto status = perform(step); !status.ok()) {
      error_ = std::move(status).error();
      break;
    }
  }
  if (error_) {
    opened_.reset();
    remove_created();
  }
  return pool::JobStep::done;
}

Status FileSteps::open(UniqueFd fd, const std::string& path) {
  auto id = sys::stat_fd(fd.get(), path);
  if (!id.ok()) return std::move(id).error();
  if (!id->regular()) {
    Error error = sys::io_error("open", EINVAL, path);
    error.message = "it is not a regular file";
    return error;
  }
  opened_ = std::make_shared<sys::OpenFile>(std::move(fd), *id, path);
  file_ = opened_;
  return {};
}

Status FileSteps::create(const FileStep& step) {
  auto fd = sys::create_at(AT_FDCWD, step.path.c_str(), static_cast<mode_t>(step.mode), step.path);
  if (!fd.ok()) return std::move(fd).error();
  created_.push_back(step.path);
  POSIXPAR_RETURN_IF_ERROR(sys::allocate(fd->get(), step.size, step.path));
  return open(std::move(*fd), step.path);
}

Status FileSteps::open_existing(const FileStep& step) {
  auto fd = sys::open_for_writing(step.path);
  if (!fd.ok()) return std::move(fd).error();
  return open(std::move(*fd), step.path);
}

Status FileSteps::open_same(const FileStep& step) {
  auto fd = sys::open_for_writing(step.path, O_NOFOLLOW);
  if (!fd.ok()) return std::move(fd).error();
  auto id = sys::stat_fd(fd->get(), step.path);
  if (!id.ok()) return std::move(id).error();
  const std::string identity = std::to_string(id->device) + ":" + std::to_string(id->inode);
  if (!step.to.empty() && step.to != identity) {
    Error error = sys::io_error("open", ESTALE, step.path);
    error.message = "another file has replaced it";
    return error;
  }
  return open(std::move(*fd), step.path);
}

Status FileSteps::lock() {
  POSIXPAR_RETURN_IF_ERROR(sys::lock_file(file_->fd(), file_->path()));
  // Another program may have replaced the file after it was opened. A lock on the old file would then not exclude
  // writers of the new one.
  auto id = sys::stat_path(file_->path());
  if (!id.ok()) return std::move(id).error();
  if (id->device == file_->id().device && id->inode == file_->id().inode) return {};
  return sys::io_error("lock", EAGAIN, file_->path());
}

Status FileSteps::perform(const FileStep& step) {
  const bool needs_file = step.kind == FileStepKind::write || step.kind == FileStepKind::resize ||
                          step.kind == FileStepKind::sync || step.kind == FileStepKind::lock ||
                          step.kind == FileStepKind::unlock;
  if (needs_file && file_ == nullptr) return no_open_file();
  switch (step.kind) {
    case FileStepKind::create:
      return create(step);
    case FileStepKind::open:
      return open_existing(step);
    case FileStepKind::open_same:
      return open_same(step);
    case FileStepKind::lock:
      return lock();
    case FileStepKind::unlock:
      return sys::unlock_file(file_->fd(), file_->path());
    case FileStepKind::write: {
      std::uint64_t calls = 0;
      return sys::pwrite_full(file_->fd(), step.bytes.data(), step.bytes.size(), step.size, file_->path(), calls);
    }
    case FileStepKind::resize:
      return sys::resize(file_->fd(), step.size, file_->path());
    case FileStepKind::sync: {
      auto status = sys::flush_file(file_->fd(), file_->path());
      if (!status.ok()) FailedSyncs::instance().note(file_->id());
      return status;
    }
    case FileStepKind::rename:
    case FileStepKind::replace:
    case FileStepKind::exchange: {
      const auto replace = step.kind == FileStepKind::rename    ? sys::Replace::no
                           : step.kind == FileStepKind::replace ? sys::Replace::yes
                                                                : sys::Replace::exchange;
      POSIXPAR_RETURN_IF_ERROR(sys::rename_at(AT_FDCWD, step.path.c_str(), step.to.c_str(), replace, step.to));
      std::erase(created_, step.path);
      return {};
    }
    case FileStepKind::remove: {
      auto status = sys::unlink_at(AT_FDCWD, step.path.c_str(), step.path);
      return !status.ok() && status.error().sys_errno == ENOENT ? Status() : status;
    }
    case FileStepKind::remove_tree:
      return remove_tree(step.path);
    case FileStepKind::make_directory:
      return sys::make_directory_at(AT_FDCWD, step.path.c_str(), step.path);
    case FileStepKind::sync_directory:
      return sys::sync_directory(step.path);
  }
  return {};
}

void FileSteps::remove_created() {
  // Ignores errors, because the error of the failed step is reported.
  for (const std::string& path : created_) static_cast<void>(sys::unlink_at(AT_FDCWD, path.c_str(), path).ok());
  created_.clear();
}

}  // namespace posixpar
