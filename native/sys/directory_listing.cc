#include "native/sys/directory_listing.h"

#include <dirent.h>
#include <fcntl.h>

#include <cerrno>
#include <memory>
#include <string_view>

#include "native/sys/file.h"

namespace posixpar::sys {
namespace {

struct CloseDirectory {
  void operator()(DIR* stream) const { ::closedir(stream); }
};

}  // namespace

Result<std::vector<std::string>> list_directory(const std::string& path, const Roots* roots) {
  auto fd = open_path(path, O_DIRECTORY, roots);
  if (!fd.ok()) return std::move(fd).error();
  const std::unique_ptr<DIR, CloseDirectory> stream(::fdopendir(fd->get()));
  if (stream == nullptr) return io_error("opendir", errno, path);
  (void)fd->release();  // The stream closes it.
  std::vector<std::string> names;
  for (;;) {
    errno = 0;
    const dirent* entry = ::readdir(stream.get());  // NOLINT(concurrency-mt-unsafe): a stream of its own
    if (entry == nullptr) break;
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  if (errno != 0) return io_error("readdir", errno, path);
  return names;
}

}  // namespace posixpar::sys
