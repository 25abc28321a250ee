#pragma once
/// \file The error type of all layers. No exception crosses a layer.
#include <cstdint>
#include <string>

#include "native/base/generated/names.h"

namespace posixpar {

/// An error and the location where it happened.
struct Error {
  ErrorKind kind = ErrorKind::invalid;
  /// The operation, such as "pread" or "zstd"; a string literal.
  const char* op = "";
  int sys_errno = 0;  ///< errno of the system call; 0 if none failed.
  std::string path;
  std::uint64_t offset = 0;  ///< Range of the file, in bytes; 0 if it is not known.
  std::uint64_t length = 0;
  /// Human-readable text: what was expected and what was found.
  std::string message;
};

}  // namespace posixpar
