#pragma once
/// \file Interface of engines. An engine is a method to read byte ranges of files (extents) into memory, such as pread
/// or io_uring.
#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "native/base/generated/choices.h"
#include "native/base/result.h"
#include "native/sys/file.h"

namespace posixpar {

/// File of an extent. Usually the caller opens it, and keeps it open while the extent is in flight. If Channel::opens()
/// is true, the caller may pass the name of the file instead of a descriptor. The channel then opens the file for this
/// extent, and closes it afterwards.
struct ReadFile {
  int fd = -1;
  const std::string* path = nullptr;
  /// Set instead of `fd`: the name to open below `directory`, as by openat(2). Valid while the extent is in flight.
  const char* name = nullptr;
  int directory = -1;
  /// For a descriptor with O_DIRECT: offsets and lengths of reads must be multiples of `offset_align`, and memory
  /// addresses must be multiples of `memory_align`. Both are 0 for other descriptors.
  std::uint32_t offset_align = 0;
  std::uint32_t memory_align = 0;
  /// Direct extents of at least this length are read into a bounce buffer on huge pages, even if their destination is
  /// aligned. The reason is that some devices handle scattered small pages of memory one at a time. 0 means never.
  std::uint32_t bounce_min_bytes = 0;
  /// True if `fd` stays open, and refers to this file, until the channel is destroyed. Only then may a channel keep
  /// state about the descriptor from one extent to the next.
  bool fd_outlives_chunk = false;

  [[nodiscard]] bool direct() const { return offset_align != 0; }
};

/// A contiguous byte range of a file, and the memory into which it is read.
struct Extent {
  ReadFile file;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  std::byte* into = nullptr;
};

/// Returns the bits by which the statistics record that an extent was read by blocking calls.
[[nodiscard]] inline std::uint64_t bits_of_calls(const Extent& extent) {
  return extent.file.direct() ? kEngineDirect : kEnginePread;
}

/// Counters of one channel. They are added to the counters of the read.
struct EngineCounters {
  std::uint64_t system_calls = 0;
  std::uint64_t bytes_read = 0;
  std::uint64_t bytes_direct = 0;  ///< Part of bytes_read that bypassed the page cache.
  std::uint64_t bytes_cached = 0;  ///< Part of bytes_read that was certainly in the page cache.
  std::uint64_t bytes_mapped = 0;
  std::uint64_t wait_ns = 0;
};

/// Options with which Engine::open creates a channel.
struct ChannelOptions {
  unsigned depth = 64;  ///< Maximum number of extents in flight, for engines that can have more than one.
  CachePolicy cache = CachePolicy::keep;
  /// Number of bytes after an extent that the kernel should read ahead. 0 means no read-ahead.
  std::uint64_t ahead_bytes = 0;
  /// True if the caller wants the channel to open files. Channel::opens() tells if it does.
  bool opens = false;
  /// Memory that contains the destinations of many direct extents, so that io_uring can register it. Must be valid
  /// until the channel is destroyed. Empty if nothing should be registered.
  std::span<std::byte> memory = {};
};

/// Reads extents for one thread. Not thread-safe.
///
/// Contract, checked by one suite for all engines (test/native/engines_test.cc):
/// - An extent that was started ends in one of three ways: with all its bytes, with fewer bytes because the file ends,
///   or with an error. After that, the channel does not write to the memory of the extent. The content of that memory
///   after the reported bytes is unspecified.
/// - A short read is continued. EINTR and EAGAIN are retried. No system call requests more than sys::kMaxTransfer.
/// - If a descriptor was not opened with O_DIRECT (ReadFile::direct() is false), direct engines read it through the
///   page cache, and do not count these bytes in bytes_direct.
/// - No extent may be in flight when the channel is destroyed.
class Channel {
 public:
  virtual ~Channel() = default;
  Channel() = default;
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  /// Maximum number of extents in flight.
  [[nodiscard]] virtual unsigned depth() const { return 1; }
  /// True if the channel opens files that are passed by name (ReadFile::name). If opening fails, the error has the op
  /// `open`.
  [[nodiscard]] virtual bool opens() const { return false; }
  /// Starts to read an extent. \pre fewer than depth() extents are in flight.
  virtual void start(std::uint64_t tag, const Extent& extent) = 0;
  struct Done {
    std::uint64_t tag = 0;
    Result<std::uint64_t> bytes;
    bool blocking = false;  ///< True if a channel with an io_uring had to read this extent by blocking calls.
  };
  /// Waits until an extent in flight has ended, and returns its outcome.
  /// \pre at least one extent is in flight.
  virtual Done next() = 0;

  /// True if the system does not permit the engine, so that the channel reads by blocking calls.
  [[nodiscard]] virtual bool replaced() const { return false; }

  /// Returns the bits (such as kEngineDirect) by which the statistics record how the extent was read.
  [[nodiscard]] virtual std::uint64_t reports(const Extent& extent) const { return bits_of_calls(extent); }

  [[nodiscard]] const EngineCounters& counters() const { return counters_; }

 protected:
  EngineCounters counters_;
};

/// Channel that reads each extent completely in start().
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

/// A method to read extents. scripts/words/words.mjs lists the engines; each is defined in a file of this folder. See
/// docs/contributing/add-an-engine.md.
struct Engine {
  /// Checks if this process can use the engine. Individual files may still not support it. \returns `unsupported` with
  /// the reason if it cannot.
  Status (*probe)();
  std::unique_ptr<Channel> (*open)(const ChannelOptions& options);
};

/// Returns the engine of a kind. \pre `kind` is not `automatic`, because that is a request to choose an engine.
const Engine& engine(EngineKind kind);

/// Engine::probe for engines that every system supports.
inline Status always_available() { return {}; }

/// Result of read_nowait() and read_memory().
struct NowaitOutcome {
  std::uint64_t bytes = 0;
  bool would_block = false;
};
/// Reads an extent without waiting for the storage (RWF_NOWAIT). If `nowait_ok` is false, returns `would_block` without
/// a system call. Sets `nowait_ok` to false if the file system does not support RWF_NOWAIT.
Result<NowaitOutcome> read_nowait(const Extent& extent, std::atomic<bool>& nowait_ok, EngineCounters& counters);
/// Reads an extent of a file on a memory file system. Uses ordinary calls, because they never wait for storage there.
/// `would_block` is always false.
Result<NowaitOutcome> read_memory(const Extent& extent, EngineCounters& counters);

namespace engines_detail {
// Declares pread_engine, direct_engine and so on, one per engine.
#define POSIXPAR_DECLARE_ENGINE(kind) extern const Engine kind##_engine;
POSIXPAR_FOR_EACH_ENGINE(POSIXPAR_DECLARE_ENGINE)
#undef POSIXPAR_DECLARE_ENGINE
}  // namespace engines_detail

}  // namespace posixpar
