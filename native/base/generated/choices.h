#pragma once
/// \file Values of the options of a read.
/// Generated from scripts/words/words.mjs by `npm run generate`: change that file instead.
// clang-format off
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace posixpar {

/// Engines, which read the bytes of a file.
enum class EngineKind : std::uint8_t {
  /// Chooses an engine for each read by the page-cache residency and shape of the data.
  automatic = 0,
  /// pread(2) through the page cache.
  pread = 1,
  /// Copies from a memory mapping.
  mmap = 2,
  /// Reads with O_DIRECT, which bypasses the page cache.
  direct = 3,
  /// io_uring through the page cache.
  uring = 4,
  /// io_uring with O_DIRECT.
  uring_direct = 5,
};
/// Number of enumerators.
[[nodiscard]] constexpr std::size_t count_of(EngineKind) { return 6; }

/// Properties of an engine.
struct EngineTraits {
  std::string_view name;
  bool direct = false;  ///< Bypasses the page cache.
  bool ring = false;    ///< Uses io_uring.
  bool waits = false;   ///< Reads do not first try the page cache without waiting (RWF_NOWAIT).
};
inline constexpr EngineTraits kEngineTraits[] = {
    {.name = "auto", .direct = false, .ring = false, .waits = false},
    {.name = "pread", .direct = false, .ring = false, .waits = false},
    {.name = "mmap", .direct = false, .ring = false, .waits = false},
    {.name = "direct", .direct = true, .ring = false, .waits = true},
    {.name = "uring", .direct = false, .ring = true, .waits = true},
    {.name = "uring-direct", .direct = true, .ring = true, .waits = true},
};
[[nodiscard]] constexpr const EngineTraits& traits_of(EngineKind engine) {
  return kEngineTraits[static_cast<std::size_t>(engine)];
}
/// Calls `use(kind)` for each engine that opens channels: all but `automatic`.
#define POSIXPAR_FOR_EACH_ENGINE(use) \
  use(pread) \
  use(mmap) \
  use(direct) \
  use(uring) \
  use(uring_direct)

/// Engines that a read used, as bits of one number.
inline constexpr std::uint64_t kEnginePread = 1;
inline constexpr std::uint64_t kEngineMmap = 2;
inline constexpr std::uint64_t kEngineDirect = 4;
inline constexpr std::uint64_t kEngineUring = 8;

/// Page-cache policies.
enum class CachePolicy : std::uint8_t {
  /// Pages stay in the page cache.
  keep = 0,
  /// The pages that the read added are evicted (POSIX_FADV_DONTNEED); pages that were there before stay.
  drop = 1,
  /// The kernel evicts them (RWF_DONTCACHE); the same as `drop` if the kernel does not support it.
  dontcache = 2,
};
/// Number of enumerators.
[[nodiscard]] constexpr std::size_t count_of(CachePolicy) { return 3; }

/// Methods of detecting that a file changes while it is read.
enum class Consistency : std::uint8_t {
  /// Compares identity, size and time after the last byte.
  check = 0,
  /// Also holds read leases.
  lease = 1,
};
/// Number of enumerators.
[[nodiscard]] constexpr std::size_t count_of(Consistency) { return 2; }

/// Overflow modes.
enum class Overflow : std::uint8_t {
  /// The read fails.
  error = 0,
  /// The nearest value.
  clamp = 1,
  /// The low bits.
  wrap = 2,
};
/// Number of enumerators.
[[nodiscard]] constexpr std::size_t count_of(Overflow) { return 3; }

/// Kinds of read-ahead that can be requested from the kernel.
enum class Readahead : std::uint8_t {
  kernel = 0,
  none = 1,
  sequential = 2,
  random = 3,
  bytes = 4,
};
/// Number of enumerators.
[[nodiscard]] constexpr std::size_t count_of(Readahead) { return 5; }

/// Priorities of reads.
enum class Priority : std::uint8_t {
  high = 0,
  normal = 1,
  low = 2,
};
/// Number of enumerators.
[[nodiscard]] constexpr std::size_t count_of(Priority) { return 3; }

}  // namespace posixpar
