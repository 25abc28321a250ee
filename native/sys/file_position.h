#pragma once
/// \file Reads at the position that a file description carries. The reading path never uses them: threads that share a
/// position wait for each other and do not learn what they got. The probe measures exactly that.
#include <cstddef>
#include <cstdint>
#include <string>

#include "native/base/result.h"

namespace posixpar::sys {

/// One read(2) at the file's position, which it advances. At most kMaxTransfer bytes, may be short, EINTR retried; 0
/// at the end of the file. Faults of the operation `pread` strike here too, whatever their offsets.
Result<std::size_t> read_next(int fd, std::byte* into, std::size_t length, const std::string& path);

/// lseek(2) to `offset` from the start.
Status set_position(int fd, std::uint64_t offset, const std::string& path);

}  // namespace posixpar::sys
