#pragma once
/// \file Reusable aligned memory: buffers that threads can pass to each other, and scratch memory of one thread.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "native/base/result.h"

namespace posixpar::pool {

/// Alignment of every buffer: sufficient for O_DIRECT on usual devices, and equal to the usual page size.
inline constexpr std::size_t kBufferAlignment = 4096;

namespace detail {
/// Origin of memory.
enum class Origin : std::uint8_t { c_library, huge_arena };
/// Deleter that returns memory to its origin.
struct GiveBack {
  std::size_t bytes = 0;
  Origin origin = Origin::c_library;
  void operator()(std::byte* p) const;
};
using AlignedBytes = std::unique_ptr<std::byte[], GiveBack>;
}  // namespace detail

/// Memory of all buffers and scratch memory of the process, including buffers that are kept for reuse.
struct BufferUsage {
  std::size_t bytes = 0;
  std::size_t peak_bytes = 0;  ///< Maximum of `bytes` since the start of the process, or the last reset.
};
BufferUsage buffer_usage();
/// Sets BufferUsage::peak_bytes to the current memory.
void reset_buffer_peak();

class BufferPool;

/// Aligned, uninitialised memory. Buffers of 256 KiB or more use huge pages if the system has them. The destructor
/// returns the memory to its pool. May be passed to another thread.
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

/// Keeps freed buffers for reuse, up to a maximum total size. Rounds sizes up, so that there are few different sizes
/// and buffers are reused more often.
class BufferPool {
 public:
  static constexpr std::size_t kDefaultRetained = std::size_t{8} << 20;
  /// The pool of the process; never destroyed. Outlives every buffer.
  static BufferPool& instance();
  explicit BufferPool(std::size_t retained_bytes) : limit_(retained_bytes) {}

  /// Returns the memory in bytes that a new buffer of `bytes` takes; 0 if no buffer can be so long.
  static std::size_t capacity_of(std::size_t bytes);
  /// Returns a buffer of `bytes`. \returns `io` with ENOMEM if there is no memory.
  Result<Buffer> acquire(std::size_t bytes);
  /// Frees the buffers that are kept for reuse.
  void trim();
  /// Changes the maximum size of the buffers that are kept for reuse. Frees buffers that are kept now.
  void set_limit(std::size_t retained_bytes);
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
inline constexpr std::size_t kCodecSlot = 3;

/// Scratch memory of the calling thread. It needs no lock, and no allocation if a slot is already large enough.
class ThreadScratch {
 public:
  static constexpr std::size_t kSlots = kCodecSlot + 4;
  /// Default of trim(): number of bytes that a thread may keep, in all slots together.
  static constexpr std::size_t kRetained = std::size_t{4} << 20;
  static ThreadScratch& get();

  /// Returns `bytes` uninitialised, aligned bytes. They are valid until the next take() of this slot, or trim().
  /// \returns `io` with ENOMEM, or `invalid` for a slot that does not exist.
  Result<std::span<std::byte>> take(std::size_t slot, std::size_t bytes);
  /// Frees slots until at most `keep_bytes` are left. The pool calls it with 0 when a thread has been idle.
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
