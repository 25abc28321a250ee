#include "native/exec/run/data_error.h"

#include <cerrno>
#include <string>

#include "native/sys/clock.h"

namespace posixpar {
namespace {

Error changed(const Error& error, const std::string& how) {
  return {.kind = ErrorKind::changed,
          .op = error.op,
          .path = error.path,
          .message = "the file was " + how + " during the read, and a chunk cannot be decoded: " + error.message};
}

}  // namespace

bool is_data_error(const Error& error) { return error.kind == ErrorKind::codec || error.kind == ErrorKind::conversion; }

Status check_not_modified_since(const Error& error, std::uint64_t since_ns, const sys::Roots* roots) {
  if (error.path.empty()) return {};
  const auto id = sys::stat_path(error.path, roots);
  if (!id.ok()) {
    const bool gone = id.error().sys_errno == ENOENT || id.error().sys_errno == ENOTDIR;
    return gone ? Status(changed(error, "removed")) : Status();
  }
  const auto modified_ns = static_cast<std::uint64_t>(id->mtime_ns);
  if (id->mtime_ns < 0 || modified_ns <= since_ns || modified_ns > sys::realtime_ns()) return {};
  return changed(error, "modified");
}

}  // namespace posixpar
