#pragma once
/// \file Engines: ways to read extents into memory, and the contract that all of them keep.
#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "native/base/generated/choices.h"
#include "native/base/result.h"
#include "native/sys/file.h"

namespace posixpar {

/// A file as an engine reads it. Either it is open, borrowed, and stays open while its extents are in flight; or the
/// channel opens it for one extent and closes it afterwards (only if Channel::opens()).
struct ReadFile {
  int fd = -1;
  const std::string* path = nullptr;
  /// Set instead of `fd`: the name to open below `directory`, as by openat(2). Valid while the extent is in flight.
  const char* name = nullptr;
  int directory = -1;
  /// O_DIRECT: offsets and lengths, and addresses, must be multiples of these. 0: the descriptor is not a direct one.
  std::uint32_t offset_align = 0;
  std::uint32_t memory_align = 0;
  /// Direct extents of at least this length pass through buffers on huge pages, even if their memory is aligned: the
  /// device takes scattered memory one page at a time. 0: none.
  std::uint32_t bounce_min_bytes = 0;
  /// True if `fd` stays open, and refers to this file, until the channel is destroyed. Only then may a channel keep
  /// state about the descriptor from one extent to the next.
  bool fd_outlives_chunk = false;

  [[nodiscard]] bool direct() const { return offset_align != 0; }
};

/// A contiguous run of a file, and its destination.
struct Extent {
  ReadFile file;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  std::byte* into = nullptr;
};

/// Bits for the statistics of an extent that blocking calls read.
[[nodiscard]] inline std::uint64_t bits_of_calls(const Extent& extent) {
  return extent.file.direct() ? kEngineDirect : kEnginePread;
}

/// Counters of one channel. They are added to the counters of the read.
struct EngineCounters {
  std::uint64_t system_calls = 0;
  std::uint64_t bytes_read = 0;
  std::uint64_t bytes_direct = 0;  ///< Part of bytes_read that bypassed the page cache.
  std::uint64_t bytes_cached = 0;  ///< Part of bytes_read that is known to have been in the page cache.
  std::uint64_t bytes_mapped = 0;
  std::uint64_t wait_ns = 0;
};

struct ChannelOptions {
  unsigned depth = 64;  ///< Maximum number of extents in flight, for engines that can have more than one.
  CachePolicy cache = CachePolicy::keep;
  /// Bytes behind an extent that the kernel is asked to read ahead; 0: none.
  std::uint64_t ahead_bytes = 0;
  /// The channel opens files if it can.
  bool opens = false;
  /// Destination of many direct extents. Valid until the channel is destroyed. Empty: not known, or not worth preparing
  /// for.
  std::span<std::byte> memory = {};
};

/// Reads extents for one thread. Not thread-safe.
///
/// Contract, checked by one suite for all engines (test/native/engines_test.cc):
/// - An extent that was started ends with all its bytes in place, with fewer because the file ends there, or with an
///   error; then nothing writes to its memory any more. Bytes beyond what it reports are unspecified.
/// - A short read is continued, EINTR and EAGAIN are retried, no system call asks for more than sys::kMaxTransfer.
/// - A direct engine reads a file without O_DIRECT (ReadFile::direct() is false) through the page cache, and says so in
///   the counters: bytes_direct stays below bytes_read.
/// - The channel must be empty when it is destroyed.
class Channel {
 public:
  virtual ~Channel() = default;
  Channel() = default;
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  /// Maximum number of extents in flight.
  [[nodiscard]] virtual unsigned depth() const { return 1; }
  /// True if the channel takes extents of files that are not open (ReadFile::name). Errors of the opening have op
  /// `open`.
  [[nodiscard]] virtual bool opens() const { return false; }
  /// \pre fewer than depth() extents are in flight.
  virtual void start(std::uint64_t tag, const Extent& extent) = 0;
  struct Done {
    std::uint64_t tag = 0;
    Result<std::uint64_t> bytes;
    bool blocking = false;  ///< A channel that has many extents in flight read this one by blocking calls.
  };
  /// Waits for one of the extents in flight, in any order.
  /// \pre at least one is in flight.
  virtual Done next() = 0;

  /// True once the system has refused the engine: the channel then reads by blocking calls.
  [[nodiscard]] virtual bool replaced() const { return false; }

  /// Bits for the statistics of an extent, such as kEngineDirect.
  [[nodiscard]] virtual std::uint64_t reports(const Extent& extent) const { return bits_of_calls(extent); }

  [[nodiscard]] const EngineCounters& counters() const { return counters_; }

 protected:
  EngineCounters counters_;
};

/// A channel whose extents end before start() returns.
class SyncChannel : public Channel {
 public:
  void start(std::uint64_t tag, const Extent& extent) final {
    tag_ = tag;
    bytes_ = read(extent);
  }
  Done next() final { return {tag_, std::move(bytes_), false}; }

 protected:
  virtual Result<std::uint64_t> read(const Extent& extent) = 0;

 private:
  std::uint64_t tag_ = 0;
  Result<std::uint64_t> bytes_ = std::uint64_t{0};
};

/// An engine: a method to read extents. Each engine of scripts/words/words.mjs is defined in a file of this folder; see
/// docs/contributing/add-an-engine.md.
struct Engine {
  /// Reports whether this process can use it, as far as that does not depend on the file. \returns `unsupported` with
  /// the reason.
  Status (*probe)();
  std::unique_ptr<Channel> (*open)(const ChannelOptions& options);
};

/// The engine of that kind. \pre not `automatic`, which is the choice of one of the others.
const Engine& engine(EngineKind kind);

/// Engine::probe of an engine that every system has.
inline Status always_available() { return {}; }

/// Result of a read that may not wait.
struct NowaitOutcome {
  std::uint64_t bytes = 0;
  bool would_block = false;
};
/// Reads an extent without waiting for the storage (RWF_NOWAIT). Tries it only if `nowait_ok`, and clears that if the
/// storage refuses.
Result<NowaitOutcome> read_nowait(const Extent& extent, std::atomic<bool>& nowait_ok, EngineCounters& counters);
/// The same by reads that may wait, for files on a memory file system: would_block stays false.
Result<NowaitOutcome> read_memory(const Extent& extent, EngineCounters& counters);

namespace engines_detail {
// pread_engine, direct_engine, ...: one definition per engine.
#define POSIXPAR_DECLARE_ENGINE(kind) extern const Engine kind##_engine;
POSIXPAR_FOR_EACH_ENGINE(POSIXPAR_DECLARE_ENGINE)
#undef POSIXPAR_DECLARE_ENGINE
}  // namespace engines_detail

}  // namespace posixpar
