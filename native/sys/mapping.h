#pragma once
/// \file A whole file mapped for reading, and the guard that turns SIGBUS into an error.
///
/// A file that is truncated under its mapping, or whose pages cannot be read, raises SIGBUS at the access. A
/// process-wide handler, installed with the first mapping and chained to the one before it, recognises addresses inside
/// our mappings, notes the fault in the mapping, and puts zero pages from there to its end, so that the reader goes on
/// and finds out at MappedAccess::finish(). Any other SIGBUS goes to the previous handler, or ends the process as it
/// would have.
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "native/base/result.h"
#include "native/sys/file.h"

namespace posixpar::sys {

namespace detail {
struct GuardedRegion;
}

/// Expected pattern of accesses to a mapping (madvise(2)).
enum class MappingAdvice : std::uint8_t { normal, random, sequential };

/// A read-only shared mapping of a whole regular file. Bytes are read only through MappedAccess.
class Mapping {
 public:
  /// \param id  the file as it was opened; its size is the size of the mapping.
  /// \returns `changed` when the file has another size by now; `invalid` for an empty file or one that is not regular;
  ///          `unsupported` when somebody replaced the SIGBUS handler; `io` when mmap fails.
  static Result<std::shared_ptr<Mapping>> create(int fd, const FileId& id, const std::string& path,
                                                 MappingAdvice advice = MappingAdvice::normal);
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  ~Mapping();

  [[nodiscard]] std::size_t size() const { return size_; }
  /// Page-aligned; for advise_memory and resident_pages. Don't read through it.
  [[nodiscard]] void* address() const { return address_; }
  /// Returns the file offset of the first access to a missing page, if any. A mapping with a fault holds zeros instead
  /// of data and must not be used again.
  [[nodiscard]] std::optional<std::uint64_t> fault() const;
  [[nodiscard]] bool faulted() const { return fault().has_value(); }

 private:
  friend class MappedAccess;
  Mapping(void* address, std::size_t size, detail::GuardedRegion* region, FileId id, std::string path)
      : address_(address), size_(size), region_(region), id_(id), path_(std::move(path)) {}

  void* address_;
  std::size_t size_;
  detail::GuardedRegion* region_;  // Borrowed from the guard's table, which lives as long as the process.
  FileId id_;
  std::string path_;
};

/// The scope in which a thread reads from a mapping. Any number of threads and scopes may read one mapping.
class MappedAccess {
 public:
  /// `fd` is the open file under the mapping; it must stay open until finish().
  MappedAccess(std::shared_ptr<const Mapping> mapping, int fd) : mapping_(std::move(mapping)), fd_(fd) {}
  MappedAccess(const MappedAccess&) = delete;
  MappedAccess& operator=(const MappedAccess&) = delete;

  [[nodiscard]] std::span<const std::byte> bytes() const {
    return {static_cast<const std::byte*>(mapping_->address()), mapping_->size()};
  }
  /// A hint for stopping early; finish() decides.
  [[nodiscard]] bool faulted() const { return mapping_->faulted(); }

  /// Says whether everything read in this scope was data of the file: no fault, and the file's size and mtime are still
  /// those of its FileId (a truncation inside the last page reads as zeros without any signal).
  /// \returns `eof` (the file is shorter), `changed`, or `io` EIO (a page could not be read; its
  ///          offset).
  Status finish() const;

 private:
  std::shared_ptr<const Mapping> mapping_;
  int fd_;
};

}  // namespace posixpar::sys
