#include "native/sys/directory_listing.h"

#include <dirent.h>
#include <fcntl.h>

#include <cerrno>
#include <memory>
#include <string_view>

#include "native/sys/file.h"
#include "native/sys/hooks.h"

namespace posixpar::sys {
namespace {

struct CloseDirectory {
  void operator()(DIR* stream) const {
    consult_faults(Op::close, "");  // A fault may delay or hold this call, but not make it fail.
    ::closedir(stream);
  }
};

/// readdir(3), which calls getdents(2). \returns null at the end, and with errno set if it fails.
const dirent* next_entry(DIR* stream, const std::string& path) {
  errno = 0;
  if (const auto fault = consult_faults(Op::getdents, path); fault && fault->action == FaultAction::error) {
    errno = static_cast<int>(fault->value);
    return nullptr;
  }
  errno = 0;
  return ::readdir(stream);  // NOLINT(concurrency-mt-unsafe): no other thread has this stream
}

}  // namespace

Result<std::vector<std::string>> list_directory(const std::string& path, const Roots* roots) {
  auto fd = open_path(path, O_DIRECTORY, roots);
  if (!fd.ok()) return std::move(fd).error();
  const std::unique_ptr<DIR, CloseDirectory> stream(::fdopendir(fd->get()));
  if (stream == nullptr) return io_error("opendir", errno, path);
  (void)fd->release();  // The stream closes the descriptor.
  std::vector<std::string> names;
  for (;;) {
    const dirent* const entry = next_entry(stream.get(), path);
    if (entry == nullptr) break;
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  if (errno != 0) return io_error("readdir", errno, path);
  return names;
}

}  // namespace posixpar::sys
