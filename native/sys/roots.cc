#include "native/sys/roots.h"

#include <fcntl.h>
#include <stdlib.h>

#include <cerrno>
#include <optional>
#include <utility>

#include "native/sys/calls.h"
#include "native/sys/file_cache.h"
#include "native/sys/openat2.h"

namespace posixpar::sys {
namespace {

std::string without_end_slashes(std::string path) {
  while (!path.empty() && path.back() == '/') path.pop_back();
  return path;
}

/// Returns `path` relative to the directory `root`; `.` if they are the same; nothing if `path` is not beneath `root`.
std::optional<std::string> below(const std::string& path, const std::string& root) {
  if (path.compare(0, root.size(), root) != 0) return std::nullopt;
  if (path.size() > root.size() && path[root.size()] != '/') return std::nullopt;
  const std::size_t start = path.find_first_not_of('/', root.size());
  return start == std::string::npos ? "." : path.substr(start);
}

/// Returns the path with symbolic links resolved, or nothing if realpath(3) fails.
std::optional<std::string> resolved(const std::string& path) {
  struct Free {
    void operator()(char* text) const { ::free(text); }  // NOLINT(cppcoreguidelines-no-malloc): of realpath(3)
  };
  const std::unique_ptr<char, Free> text(call_realpath(path));
  if (text == nullptr) return std::nullopt;
  return std::string(text.get());
}

bool leads_out(const Error& error) { return error.sys_errno == EXDEV || error.sys_errno == ELOOP; }

}  // namespace

Result<std::shared_ptr<const Roots>> Roots::open(const std::vector<std::string>& paths) {
  std::vector<Root> roots;
  for (const std::string& path : paths) {
    auto fd = FileCache::instance().open_descriptor(AT_FDCWD, path.c_str(), O_PATH | O_DIRECTORY, path);
    if (!fd.ok()) return std::move(fd).error();
    // Checks that openat2(2) is available: opening the root itself can only fail if the system rejects the call.
    auto tried = open_beneath(fd->get(), ".", O_PATH | O_DIRECTORY, path);
    if (!tried.ok()) {
      Error error = std::move(tried).error();
      if (error.sys_errno != ENOSYS && error.sys_errno != EPERM) return error;
      error.kind = ErrorKind::unsupported;
      error.message =
          std::string("openat2(2), without which files cannot be confined to the roots of `options.externalFiles`: ") +
          (error.sys_errno == ENOSYS ? "the kernel does not know it; Linux has it since version 5.6"
                                     : "it is refused with EPERM, probably by a seccomp filter");
      return error;
    }
    Root root{.fd = std::make_shared<const UniqueFd>(std::move(*fd)), .names = {without_end_slashes(path)}};
    if (auto real = resolved(path); real && without_end_slashes(*real) != root.names[0]) {
      root.names.push_back(without_end_slashes(std::move(*real)));
    }
    roots.push_back(std::move(root));
  }
  return std::shared_ptr<const Roots>(new Roots(std::move(roots)));
}

std::shared_ptr<const Roots> Roots::join(const std::vector<std::shared_ptr<const Roots>>& parts) {
  std::vector<Root> roots;
  for (const auto& part : parts) roots.insert(roots.end(), part->roots_.begin(), part->roots_.end());
  return std::shared_ptr<const Roots>(new Roots(std::move(roots)));
}

Result<UniqueFd> Roots::open(const std::string& path, int flags) const {
  bool contained = false;
  for (const Root& root : roots_) {
    for (const std::string& name : root.names) {
      const auto rest = below(path, name);
      if (!rest) continue;
      contained = true;
      auto fd = open_beneath(root.fd->get(), rest->c_str(), flags, path);
      if (fd.ok() || !leads_out(fd.error())) return fd;
    }
  }
  return refusal(
      path, contained
                ? "a symbolic link on the way leads out of the roots (as absolute ones do) or in a circle, or '..' does"
                : "it lies outside the roots");
}

Result<FileId> Roots::stat(const std::string& path) const {
  auto fd = open_path(path, O_PATH, this);
  if (!fd.ok()) return std::move(fd).error();
  return stat_fd(fd->get(), path);
}

std::optional<UniqueFd> Roots::open_cached(const std::string& path, int flags) const {
  for (const Root& root : roots_) {
    for (const std::string& name : root.names) {
      const auto rest = below(path, name);
      if (rest) return sys::open_cached(root.fd->get(), rest->c_str(), flags, Confined::yes);
    }
  }
  return std::nullopt;
}

Error Roots::refusal(const std::string& path, const char* why) const {
  std::string message = why;
  const char* separator = " ";
  for (const Root& root : roots_) {
    message += separator;
    message += root.names[0].empty() ? "/" : root.names[0];
    separator = ", ";
  }
  return Error{
      .kind = ErrorKind::refused, .op = "open", .sys_errno = EXDEV, .path = path, .message = std::move(message)};
}

Result<UniqueFd> open_path(const std::string& path, int flags, const Roots* roots) {
  if (roots == nullptr) return FileCache::instance().open_descriptor(AT_FDCWD, path.c_str(), flags, path);
  auto fd = roots->open(path, flags);
  if (fd.ok() || (fd.error().sys_errno != EMFILE && fd.error().sys_errno != ENFILE)) return fd;
  FileCache::instance().drop_idle();
  return roots->open(path, flags);
}

std::optional<UniqueFd> open_path_cached(const std::string& path, int flags, const Roots* roots) {
  return roots == nullptr ? open_cached(AT_FDCWD, path.c_str(), flags, Confined::no) : roots->open_cached(path, flags);
}

Result<FileId> stat_path(const std::string& path, const Roots* roots) {
  return roots == nullptr ? stat_path(path) : roots->stat(path);
}

}  // namespace posixpar::sys
