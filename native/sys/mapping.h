#pragma once
/// \file Maps a file for reading, and turns SIGBUS into an error.
///
/// If a mapped file was truncated, or one of its pages cannot be read, an access raises SIGBUS. A process-wide handler
/// is installed with the first mapping. If the address is inside one of our mappings, the handler records the fault in
/// the mapping, and maps zero pages from the address to the end of the mapping. The reader then continues, and
/// MappedAccess::finish() returns the error. The handler passes any other SIGBUS to the previous handler, or to the
/// default action, which ends the process.
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "native/base/result.h"
#include "native/sys/file.h"
#include "native/sys/recent_pages.h"

namespace posixpar::sys {

namespace detail {
struct GuardedRegion;
}

/// Access pattern for which the kernel should optimize a mapping (madvise(2)).
enum class MappingAdvice : std::uint8_t { normal, random, sequential };

/// A read-only shared mapping of a whole regular file. Read its bytes only through MappedAccess.
class Mapping {
 public:
  /// \param id  state of the file when it was opened; its size is the size of the mapping.
  /// \returns `changed` if the file has another size by now; `invalid` if the file is empty or not regular;
  ///          `unsupported` if other code has replaced the SIGBUS handler; `io` if mmap fails.
  static Result<std::shared_ptr<Mapping>> create(int fd, const FileId& id, const std::string& path,
                                                 MappingAdvice advice = MappingAdvice::normal);
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  ~Mapping();

  [[nodiscard]] std::size_t size() const { return size_; }
  /// Page-aligned address, for advise_memory() and resident_pages(). Do not read through it.
  [[nodiscard]] void* address() const { return address_; }
  /// Returns the file offset of the page whose access first raised SIGBUS (the file was truncated, or the page could
  /// not be read); nothing if there was no fault. After a fault the mapping holds zeros from there on and must not be
  /// used again.
  [[nodiscard]] std::optional<std::uint64_t> fault() const;
  [[nodiscard]] bool faulted() const { return fault().has_value(); }
  /// Pages that were accessed a moment ago. Threads that read the mapping add them.
  [[nodiscard]] RecentPages& recent_pages() { return recent_pages_; }
  [[nodiscard]] const RecentPages& recent_pages() const { return recent_pages_; }

 private:
  friend class MappedAccess;
  Mapping(void* address, std::size_t size, detail::GuardedRegion* region, FileId id, std::string path)
      : address_(address), size_(size), region_(region), id_(id), path_(std::move(path)), recent_pages_(size) {}

  void* address_;
  std::size_t size_;
  detail::GuardedRegion* region_;  // Owned by the table of the SIGBUS guard, which is never destroyed.
  FileId id_;
  std::string path_;
  RecentPages recent_pages_;
};

/// Scope in which a thread reads from a mapping. Call finish() after reading. Several threads may read one mapping at
/// the same time.
class MappedAccess {
 public:
  /// \param fd  the file of the mapping; it must stay open until finish().
  MappedAccess(std::shared_ptr<const Mapping> mapping, int fd) : mapping_(std::move(mapping)), fd_(fd) {}
  MappedAccess(const MappedAccess&) = delete;
  MappedAccess& operator=(const MappedAccess&) = delete;

  [[nodiscard]] std::span<const std::byte> bytes() const {
    return {static_cast<const std::byte*>(mapping_->address()), mapping_->size()};
  }
  /// True if a fault has already occurred, so that it is useless to read further. Only finish() gives the final result.
  [[nodiscard]] bool faulted() const { return mapping_->faulted(); }

  /// Checks that all bytes that were read in this scope are data of the file: there was no fault, and the file still
  /// has the size and mtime of its FileId. (If the file was truncated inside a page, the rest of that page reads as
  /// zeros without a signal.) \returns `eof` if the file is shorter, `changed` if it is longer or has another mtime,
  /// `io` with EIO and the offset if a page could not be read.
  Status finish() const;

 private:
  std::shared_ptr<const Mapping> mapping_;
  int fd_;
};

}  // namespace posixpar::sys
