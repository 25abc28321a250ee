#pragma once
/// \file Reusable aligned memory: buffers that travel between threads, and scratch that stays with one.
#include <cstddef>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "native/base/result.h"

namespace posixpar::pool {

/// Alignment of every buffer: enough for O_DIRECT on any usual device, and for pages.
inline constexpr std::size_t kBufferAlignment = 4096;

namespace detail {
/// Gives memory back to where it came from.
struct GiveBack {
  std::size_t arena_bytes = 0;  ///< Bytes of the arena of huge pages; 0: the memory is from the C library.
  void operator()(std::byte* p) const;
};
using AlignedBytes = std::unique_ptr<std::byte[], GiveBack>;
}  // namespace detail

class BufferPool;

/// Aligned, uninitialised memory, on huge pages from 256 KiB on; goes back to its pool when it goes. Moves between
/// threads freely.
class Buffer {
 public:
  Buffer() = default;
  Buffer(Buffer&& other) noexcept;
  Buffer& operator=(Buffer&& other) noexcept;
  ~Buffer() { reset(); }
  void reset();

  [[nodiscard]] std::byte* data() const { return bytes_.get(); }
  /// The requested size; the memory may be larger.
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::span<std::byte> span() const { return {bytes_.get(), size_}; }

 private:
  friend class BufferPool;
  Buffer(BufferPool* pool, detail::AlignedBytes bytes, std::size_t size, std::size_t capacity)
      : pool_(pool), bytes_(std::move(bytes)), size_(size), capacity_(capacity) {}
  BufferPool* pool_ = nullptr;
  detail::AlignedBytes bytes_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

/// Keeps freed buffers for reuse, up to a bound. Sizes are rounded up by at most an eighth, to whole pages.
class BufferPool {
 public:
  static constexpr std::size_t kDefaultRetained = std::size_t{8} << 20;
  /// The pool of the process; never destroyed. Outlives every buffer.
  static BufferPool& instance();
  explicit BufferPool(std::size_t retained_bytes) : limit_(retained_bytes) {}

  /// \returns `io` ENOMEM when there is no memory.
  Result<Buffer> acquire(std::size_t bytes);
  /// Frees what is kept for reuse.
  void trim();
  [[nodiscard]] std::size_t retained() const;

 private:
  friend class Buffer;
  struct Kept {
    detail::AlignedBytes bytes;
    std::size_t capacity;
  };
  void give_back(detail::AlignedBytes bytes, std::size_t capacity);

  mutable std::mutex mutex_;
  std::size_t limit_;
  std::size_t retained_ = 0;
  std::vector<Kept> kept_;  // Last in, first out: the warmest first.
};

/// Slots of ThreadScratch from here on belong to the codecs; those before it to who calls them.
inline constexpr std::size_t kCodecSlot = 2;

/// Scratch memory of the calling thread: no lock, no allocation once it is warm.
class ThreadScratch {
 public:
  static constexpr std::size_t kSlots = kCodecSlot + 4;
  /// Bytes that a thread keeps after trim(), in all slots together.
  static constexpr std::size_t kRetained = std::size_t{4} << 20;
  static ThreadScratch& get();

  /// At least `bytes` uninitialised, aligned bytes; valid until the next take() of this slot, or trim().
  /// \returns `io` ENOMEM, or `invalid` for a slot that does not exist.
  Result<std::span<std::byte>> take(std::size_t slot, std::size_t bytes);
  /// Frees slots until no more than `keep_bytes` stay. The pool calls it before a thread sleeps.
  void trim(std::size_t keep_bytes = kRetained);
  [[nodiscard]] std::size_t held() const;

 private:
  struct Slot {
    detail::AlignedBytes bytes;
    std::size_t capacity = 0;
  };
  Slot slots_[kSlots];
};

}  // namespace posixpar::pool
