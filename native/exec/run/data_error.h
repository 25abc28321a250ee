#pragma once
/// \file Tells errors about the content of a file from changes of that file.
#include <cstdint>

#include "native/base/result.h"
#include "native/sys/roots.h"

namespace posixpar {

/// True if the stored bytes cause such an error: the file is damaged, or a process was writing it.
bool is_data_error(const Error& error);

/// Looks at the file that a data error names.
/// \param since_ns  when the read began, by sys::realtime_ns().
/// \param roots  as for sys::stat_path().
/// \returns `changed` if the file is gone or was modified after `since_ns`. A time of modification in the future says
/// nothing.
Status check_not_modified_since(const Error& error, std::uint64_t since_ns, const sys::Roots* roots);

}  // namespace posixpar
