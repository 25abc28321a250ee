#pragma once
/// \file The one error type that crosses layers. Nothing in posixpar throws across a layer.
#include <cstdint>
#include <string>

#include "native/base/generated/names.h"

namespace posixpar {

/// An error with the place where it happened.
struct Error {
  ErrorKind kind = ErrorKind::invalid;
  /// The operation, such as "pread" or "zstd"; a string literal.
  const char* op = "";
  int sys_errno = 0;
  std::string path;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  /// What was expected and what was found, for a person.
  std::string message;
};

}  // namespace posixpar
