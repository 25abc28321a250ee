#include "native/sys/mapping.h"

#include <sys/mman.h>

#include <cerrno>
#include <limits>
#include <utility>

#include "native/base/checked.h"
#include "native/sys/calls.h"
#include "native/sys/sigbus_guard.h"
#include "native/sys/storage.h"

namespace posixpar::sys {
namespace {

std::string sizes(std::uint64_t expected, std::uint64_t found) {
  return "expected a size of " + std::to_string(expected) + " bytes, found " + std::to_string(found);
}

int advice_value(MappingAdvice advice) {
  switch (advice) {
    case MappingAdvice::random:
      return MADV_RANDOM;
    case MappingAdvice::sequential:
      return MADV_SEQUENTIAL;
    case MappingAdvice::normal:
      break;
  }
  return MADV_NORMAL;
}

}  // namespace

Result<std::shared_ptr<Mapping>> Mapping::create(int fd, const FileId& id, const std::string& path,
                                                 MappingAdvice advice) {
  if (!id.regular() || id.size == 0 || id.size > std::numeric_limits<std::size_t>::max() - page_size()) {
    return Error{.kind = ErrorKind::invalid,
                 .op = "mmap",
                 .path = path,
                 .length = id.size,
                 .message = "only a regular file that is not empty can be mapped"};
  }
  if (!detail::sigbus_guard_active()) {
    return Error{.kind = ErrorKind::unsupported,
                 .op = "mmap",
                 .path = path,
                 .message = "other code in this process has replaced the SIGBUS handler that mapped files need"};
  }
  auto now = stat_fd(fd, path);
  if (!now.ok()) return std::move(now).error();
  if (now->size != id.size) {
    return Error{.kind = ErrorKind::changed, .op = "mmap", .path = path, .message = sizes(id.size, now->size)};
  }
  const auto size = static_cast<std::size_t>(id.size);
  void* const address = call_mmap(fd, 0, size, path);
  if (address == MAP_FAILED) return io_error("mmap", errno, path, 0, size);
  const auto begin = reinterpret_cast<std::uintptr_t>(address);
  detail::GuardedRegion* const region = detail::guard_region(begin, begin + align_up(size, page_size()));
  if (region == nullptr) {
    call_munmap(address, size);
    return io_error("mmap", ENOMEM, path, 0, size);
  }
  std::shared_ptr<Mapping> mapping(new Mapping(address, size, region, id, path));
  // Ignores errors, because this is only advice.
  if (advice != MappingAdvice::normal) (void)advise_memory(address, size, advice_value(advice));
  return mapping;
}

Mapping::~Mapping() {
  detail::unguard_region(region_);
  call_munmap(address_, size_);
}

std::optional<std::uint64_t> Mapping::fault() const {
  const std::uintptr_t page = region_->fault.load();
  if (page == 0) return std::nullopt;
  return page - reinterpret_cast<std::uintptr_t>(address_);
}

Status MappedAccess::finish() const {
  const Mapping& mapping = *mapping_;
  // Checks for faults after the fstat, so that a fault which occurs in between is found, too.
  auto now = stat_fd(fd_, mapping.path_);
  if (!now.ok()) return std::move(now).error();
  if (now->size < mapping.size_) {
    return Error{.kind = ErrorKind::eof,
                 .op = "mmap",
                 .path = mapping.path_,
                 .offset = now->size,
                 .length = mapping.size_ - now->size,
                 .message = "the file was truncated while it was read: " + sizes(mapping.size_, now->size)};
  }
  if (now->size != mapping.size_ || now->mtime_ns != mapping.id_.mtime_ns) {
    return Error{.kind = ErrorKind::changed,
                 .op = "mmap",
                 .path = mapping.path_,
                 .message = "the file was modified while it was read"};
  }
  if (const auto fault = mapping.fault()) return io_error("mmap", EIO, mapping.path_, *fault, page_size());
  return {};
}

}  // namespace posixpar::sys
