#pragma once
/// \file Fault injection inside the system-call wrappers, for tests. Unused it costs one relaxed load a call.
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace posixpar::sys {

/// The wrappers that ask for faults. `stat` is stat(2) by path, `fstat` by descriptor; reads by io_uring ask as
/// `pread`. `cachestat` refuses the call as a kernel without it does; `sync` is fdatasync(2).
/// `reopen` is opening a file again through /proc/self/fd, which also asks as `open`.
enum class Op : std::uint8_t {
  open,
  reopen,
  pread,
  preadv2,  ///< Only reads with flags (RWF_NOWAIT, RWF_DONTCACHE), which also ask as `pread`.
  fstat,
  stat,
  statx,
  mmap,
  cachestat,
  sync,
  lease,
  uring_setup,
  uring_enter,
  uring_register
};

enum class FaultAction : std::uint8_t {
  error,     ///< The call fails with errno `value`; the system call is not made.
  shorten,   ///< A read delivers at most `value` bytes (at least 1: 0 would mean end of file; use `end` for that).
  end,       ///< A read delivers 0 bytes, as at the end of the file.
  cold,      ///< A read that must not wait finds that it would have to; reads that may wait do not match.
  eintr,     ///< The call is interrupted before it does anything; the wrapper has to try again.
  delay,     ///< The call sleeps `value` milliseconds first, then runs.
  truncate,  ///< The file that the call names is truncated to `value` bytes first, then the call runs.
  /// The call waits until the plans are replaced or cleared, then runs. After `value` milliseconds it fails with
  /// ETIMEDOUT, so that a test which cannot release it ends. A read that must not wait fails with EAGAIN at once.
  hold,
};

/// Which calls fail, and how. A call matches when all of op, path and offset do.
struct FaultPlan {
  Op op = Op::pread;
  std::string path_substring{};    ///< Empty: any path.
  std::uint64_t offset_begin = 0;  ///< pread/mmap: the call's bytes overlap [offset_begin, offset_end).
  std::uint64_t offset_end = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t skip = 0;   ///< So many matching calls pass first.
  std::uint64_t times = 1;  ///< So many then fail; 0: all of them.
  FaultAction action = FaultAction::error;
  std::uint64_t value = 0;  ///< errno, bytes, milliseconds or size, as the action says.
};

/// Replaces all plans, which releases held calls. Thread-safe, also while other threads are inside system calls.
/// \returns how many holds of the replaced plans reached their time limit.
std::uint64_t install_faults(std::vector<FaultPlan> plans);
/// Removes all plans. A call that has met a fault already still carries it out. \returns as install_faults().
std::uint64_t clear_faults();
/// How often each installed plan struck, in the order of installation; empty when none is installed.
std::vector<std::uint64_t> fault_counts();

/// The names are those of the enumerators.
std::optional<Op> op_from_name(std::string_view name);
/// "error", "shorten", "end", "cold", "eintr", "delay", "truncate", "hold".
std::optional<FaultAction> fault_action_from_name(std::string_view name);

/// What a wrapper has to do instead of, or to, its system call.
struct Fault {
  FaultAction action = FaultAction::error;
  std::uint64_t value = 0;
};

namespace detail {
extern std::atomic<bool> faults_armed;
std::optional<Fault> consult_slow(Op op, const std::string& path, std::uint64_t offset, std::uint64_t length,
                                  bool may_wait);
}  // namespace detail

/// For the wrappers: the fault for this call, if any. Delays, truncations and holds are carried out inside and not
/// returned; a hold that ends at its time limit is returned as an error.
inline std::optional<Fault> consult_faults(Op op, const std::string& path, std::uint64_t offset = 0,
                                           std::uint64_t length = 0, bool may_wait = true) {
  if (!detail::faults_armed.load(std::memory_order_relaxed)) [[likely]]
    return std::nullopt;
  return detail::consult_slow(op, path, offset, length, may_wait);
}

}  // namespace posixpar::sys
