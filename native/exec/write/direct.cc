#include "native/exec/write/direct.h"

#include <cerrno>
#include <utility>

#include "native/sys/write.h"

namespace posixpar {
namespace {

/// True for errors which mean that the file does not support direct writes.
bool is_refusal(const Error& error) { return error.sys_errno == EINVAL || error.sys_errno == EOPNOTSUPP; }

/// Writes with O_DIRECT until all bytes are written, a write ends at an unaligned offset, or the file turns out not to
/// support direct writes (`refusal`).
/// \returns the number of bytes that were written.
Result<std::size_t> write_aligned(sys::OpenFile& file, Bytes bytes, std::uint64_t offset, std::uint64_t alignment,
                                  DirectRefusal& refusal, const WriteContext& context) {
  auto fd = file.descriptor(sys::Access::direct_write);
  if (!fd.ok()) {
    const int error_number = fd.error().sys_errno;
    refusal.error_number.store(error_number == 0 ? EINVAL : error_number, std::memory_order_relaxed);
    return std::size_t{0};
  }
  std::size_t done = 0;
  while (done < bytes.size() && done % alignment == 0) {
    context.counters[kWriteSystemCalls]++;
    auto wrote = sys::pwrite_once(*fd, bytes.data() + done, bytes.size() - done, offset + done, file.path());
    if (!wrote.ok() && is_refusal(wrote.error())) {
      refusal.error_number.store(wrote.error().sys_errno, std::memory_order_relaxed);
      break;
    }
    if (!wrote.ok()) return std::move(wrote).error();
    if (*wrote == 0) return sys::io_error("pwrite", EIO, file.path());
    done += *wrote;
  }
  return done;
}

}  // namespace

Status write_direct(sys::OpenFile& file, Bytes bytes, std::uint64_t offset, std::uint64_t alignment,
                    DirectRefusal& refusal, const WriteContext& context) {
  std::size_t done = 0;
  Status status;
  if (refusal.error_number.load(std::memory_order_relaxed) == 0) {
    auto wrote = write_aligned(file, bytes, offset, alignment, refusal, context);
    if (wrote.ok()) done = *wrote;
    if (!wrote.ok()) status = std::move(wrote).error();
    context.counters[kBytesWrittenDirect] += done;
  }
  if (status.ok() && done < bytes.size()) {
    status = sys::pwrite_full(file.fd(), bytes.data() + done, bytes.size() - done, offset + done, file.path(),
                              context.counters[kWriteSystemCalls]);
  }
  if (status.ok()) return {};
  Error error = std::move(status).error();
  error.offset = offset;
  error.length = bytes.size();
  return error;
}

}  // namespace posixpar
