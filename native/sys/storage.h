#pragma once
/// \file Properties of the storage of a file: required alignment, type of file system, and pages in the page cache.
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "native/base/result.h"

namespace posixpar::sys {

/// How the numbers of DirectAlignment were determined.
enum class AlignmentSource : std::uint8_t { statx, block_size };

/// Alignment that O_DIRECT requires. Both numbers are powers of two, or both are 0 if the file does not support direct
/// I/O.
struct DirectAlignment {
  std::uint32_t memory_bytes = 0;
  std::uint32_t offset_bytes = 0;
  AlignmentSource source = AlignmentSource::block_size;
  bool on_virtio = false;  ///< Result of sys::on_virtio().
};

/// Returns the alignment that statx(2) reports with STATX_DIOALIGN (Linux 6.1). If it reports none, returns the block
/// size of the file system, but at least 512 bytes and at most 64 KiB, rounded up to a power of two.
Result<DirectAlignment> direct_alignment(int fd, const std::string& path);

/// Returns the magic number of the file system (statfs(2)), such as 0xEF53 for ext4.
Result<std::uint64_t> filesystem_magic(int fd, const std::string& path);

/// Counts that cachestat(2) (Linux 6.5) reports for a range.
struct CacheState {
  std::uint64_t cached_pages = 0;
  std::uint64_t dirty_pages = 0;
  std::uint64_t writeback_pages = 0;
  std::uint64_t evicted_pages = 0;
  std::uint64_t recently_evicted_pages = 0;
};

/// Calls cachestat(2).
/// \param length  0 means up to the end of the file.
/// \returns `unsupported` if the kernel, the file system or a sandbox does not support the call, or if the kernel
/// refuses it because the file belongs to another user.
Result<CacheState> cache_state(int fd, std::uint64_t offset, std::uint64_t length, const std::string& path);

/// Calls mincore(2) for mapped memory. Since Linux 5.2 the kernel reports all pages as resident if the caller neither
/// owns the file nor may write it: see OpenFile::residency_visible().
/// \param address  page-aligned start of mapped memory.
/// \param pages    receives one byte per page; bit 0 is set if the page is resident.
Status resident_pages(const void* address, std::size_t length, std::span<unsigned char> pages, const std::string& path);

/// posix_fadvise(2); `advice` is a POSIX_FADV_ value. A `length` of 0 means up to the end of the file.
Status advise_file(int fd, std::uint64_t offset, std::uint64_t length, int advice, const std::string& path);

/// fdatasync(2): waits until the file's data is on the storage. A descriptor open for reading is enough on Linux.
Status flush_file(int fd, const std::string& path);

/// madvise(2); `advice` is a MADV_ value, `address` page-aligned.
Status advise_memory(void* address, std::size_t length, int advice);

/// Calls madvise(2) with MADV_HUGEPAGE for page-aligned memory. \returns `unsupported` if it is not available.
Status advise_huge_pages(void* address, std::size_t length);

/// Size of a memory page in bytes.
std::size_t page_size();

}  // namespace posixpar::sys
