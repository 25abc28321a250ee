#pragma once
/// \file Reads at the file position, as read(2) does. Only the probe uses these functions, to measure the disadvantages
/// of such reads: threads that share a position wait for each other, and do not learn which bytes of the file they
/// read.
#include <cstddef>
#include <cstdint>
#include <string>

#include "native/base/result.h"

namespace posixpar::sys {

/// Makes one read(2) call at the file's position, which advances. Reads at most kMaxTransfer bytes; may be short; is
/// retried after EINTR. Injected faults of Op::pread affect this function, too; their offsets are ignored.
/// \returns the number of bytes; 0 at the end of the file.
Result<std::size_t> read_next(int fd, std::byte* into, std::size_t length, const std::string& path);

/// lseek(2) to `offset` from the start.
Status set_position(int fd, std::uint64_t offset, const std::string& path);

}  // namespace posixpar::sys
