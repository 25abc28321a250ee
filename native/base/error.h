#pragma once
/// \file The one error type that crosses layers. Nothing in posixpar throws across a layer.
#include <cstdint>
#include <string>

namespace posixpar {

/// What went wrong, as far as the caller's error class depends on it.
enum class ErrorKind : std::uint8_t {
  io,           ///< A system call failed; `sys_errno` says how.
  eof,          ///< The file ends inside the bytes that were asked for.
  changed,      ///< The file was replaced, truncated or modified since it was opened.
  codec,        ///< A chunk could not be decoded.
  conversion,   ///< A value does not fit the output type.
  unsupported,  ///< Known, but not built in or not available on this machine.
  invalid,      ///< An argument or a plan that contradicts itself: a bug above, or a hostile file.
  cancelled,    ///< The cancel token was raised.
  closed,       ///< The handle was closed.
};

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
