#pragma once
/// \file Writes aligned parts of a file with O_DIRECT.
#include <atomic>
#include <cstdint>

#include "native/codecs/codec.h"
#include "native/exec/write/context.h"
#include "native/sys/open_file.h"

namespace posixpar {

/// Records if the file of a write does not support direct writes. Shared by the threads of the write.
struct DirectRefusal {
  /// The errno with which opening the file with O_DIRECT, or a direct write, failed. 0 if neither failed.
  std::atomic<int> error_number{0};
};

/// Writes `bytes` with O_DIRECT. If the file cannot be opened with O_DIRECT, or rejects a direct write (EINVAL,
/// EOPNOTSUPP), writes through the page cache. Later calls with the same `refusal` then write through the page cache,
/// too. If a direct write is short and ends at an unaligned offset, the rest goes through the page cache.
/// \param bytes   memory that is aligned for direct I/O. \param offset  a multiple of `alignment`, as is the length.
/// \returns `io` with the offset and length of the bytes if a system call fails.
Status write_direct(sys::OpenFile& file, Bytes bytes, std::uint64_t offset, std::uint64_t alignment,
                    DirectRefusal& refusal, const WriteContext& context);

}  // namespace posixpar
