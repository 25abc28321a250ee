#pragma once
/// \file Reusable aligned memory: buffers that may move between threads, and scratch memory of one thread.
#include <cstddef>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "native/base/result.h"

namespace posixpar::pool {

/// Alignment of every buffer: sufficient for O_DIRECT on usual devices, and equal to the usual page size.
inline constexpr std::size_t kBufferAlignment = 4096;

namespace detail {
/// Returns memory to the arena or the C library.
struct GiveBack {
  std::size_t arena_bytes = 0;  ///< Bytes of the arena of huge pages; 0: the memory is from the C library.
  void operator()(std::byte* p) const;
};
using AlignedBytes = std::unique_ptr<std::byte[], GiveBack>;
}  // namespace detail

class BufferPool;

/// Aligned, uninitialised memory. Buffers of 256 KiB or more use huge pages. The destructor returns the memory to its
/// pool. A buffer may move between threads.
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

/// Keeps freed buffers for reuse, up to a maximum size. Sizes are rounded up to whole pages, by at most an eighth.
class BufferPool {
 public:
  static constexpr std::size_t kDefaultRetained = std::size_t{8} << 20;
  /// The pool of the process; never destroyed. Outlives every buffer.
  static BufferPool& instance();
  explicit BufferPool(std::size_t retained_bytes) : limit_(retained_bytes) {}

  /// Returns a buffer of `bytes`. \returns `io` with ENOMEM if there is no memory.
  Result<Buffer> acquire(std::size_t bytes);
  /// Frees the buffers that are kept for reuse.
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
  std::vector<Kept> kept_;  // Last in, first out, because the last buffer is most likely in the processor's cache.
};

/// First slot of ThreadScratch that belongs to the codecs. Lower slots belong to the callers of the codecs.
inline constexpr std::size_t kCodecSlot = 2;

/// Scratch memory of the calling thread. It needs no lock, and no allocation if a slot is already large enough.
class ThreadScratch {
 public:
  static constexpr std::size_t kSlots = kCodecSlot + 4;
  /// Maximum number of bytes that a thread keeps after trim(), in all slots together.
  static constexpr std::size_t kRetained = std::size_t{4} << 20;
  static ThreadScratch& get();

  /// Returns at least `bytes` uninitialised, aligned bytes. They are valid until the next take() of this slot, or
  /// trim().
  /// \returns `io` with ENOMEM, or `invalid` for a slot that does not exist.
  Result<std::span<std::byte>> take(std::size_t slot, std::size_t bytes);
  /// Frees slots until at most `keep_bytes` are left. The pool calls it when a thread has been idle.
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
