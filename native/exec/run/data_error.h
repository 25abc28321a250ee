#pragma once
/// \file Distinguishes damaged files from files that were modified during a read.
#include <cstdint>

#include "native/base/result.h"
#include "native/sys/roots.h"

namespace posixpar {

/// True if wrong stored bytes can cause `error`: the file is damaged, or a process was writing it.
bool is_data_error(const Error& error);

/// Checks if the file that a data error names was modified during the read.
/// \param since_ns  time when the read began, by sys::realtime_ns().
/// \param roots  as for sys::stat_path().
/// \returns `changed` if the file no longer exists or was modified after `since_ns`. A modification time in the future
/// is ignored.
Status check_not_modified_since(const Error& error, std::uint64_t since_ns, const sys::Roots* roots);

}  // namespace posixpar
