#include "native/pool/buffers.h"

#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cerrno>
#include <cstdlib>
#include <limits>
#include <utility>

#include "native/base/checked.h"
#include "native/pool/huge_arena.h"
#include "native/sys/storage.h"

namespace posixpar::pool {
namespace {

Error out_of_memory(std::size_t bytes) {
  return {.kind = ErrorKind::io,
          .op = "allocate",
          .sys_errno = ENOMEM,
          .path = {},
          .length = bytes,
          .message = "no memory for a buffer of " + std::to_string(bytes) + " bytes"};
}

/// Rounds up to a multiple of an eighth of a power of two, and to a multiple of the page size. So there are few
/// different sizes, and buffers can be reused more often. \returns 0 if the result would overflow.
std::size_t rounded_capacity(std::size_t bytes) {
  if (bytes > std::numeric_limits<std::size_t>::max() / 2) return 0;
  const std::size_t step = std::max(kBufferAlignment, std::bit_floor(bytes) / 8);
  return align_up(std::max<std::size_t>(bytes, 1), step);
}

std::atomic<std::size_t> live_bytes{0};
std::atomic<std::size_t> peak_bytes{0};

/// Counts memory that was allocated. \param memory  null if there was none.
detail::AlignedBytes count(std::byte* memory, std::size_t bytes, detail::Origin origin) {
  if (memory == nullptr) return {nullptr, detail::GiveBack{}};
  const std::size_t now = live_bytes.fetch_add(bytes, std::memory_order_relaxed) + bytes;
  std::size_t peak = peak_bytes.load(std::memory_order_relaxed);
  while (now > peak && !peak_bytes.compare_exchange_weak(peak, now, std::memory_order_relaxed)) {
  }
  return {memory, detail::GiveBack{bytes, origin}};
}

detail::AlignedBytes allocate_plain(std::size_t capacity) {
  // NOLINTNEXTLINE(cppcoreguidelines-no-malloc): no other function returns aligned uninitialised memory without
  // throwing
  auto* const memory = static_cast<std::byte*>(std::aligned_alloc(kBufferAlignment, capacity));
  return count(memory, capacity, detail::Origin::c_library);
}

/// Minimum length of buffers that are allocated from the HugeArena.
constexpr std::size_t kHugeFrom = std::size_t{256} << 10;

detail::AlignedBytes allocate(std::size_t capacity) {
  if (capacity < kHugeFrom) return allocate_plain(capacity);
  return count(HugeArena::instance().acquire(capacity), capacity, detail::Origin::huge_arena);
}

}  // namespace

void detail::GiveBack::operator()(std::byte* p) const {
  live_bytes.fetch_sub(bytes, std::memory_order_relaxed);
  if (origin == Origin::huge_arena)
    HugeArena::instance().release(p, bytes);
  else
    std::free(p);  // NOLINT(cppcoreguidelines-no-malloc)
}

BufferUsage buffer_usage() {
  return {live_bytes.load(std::memory_order_relaxed), peak_bytes.load(std::memory_order_relaxed)};
}

void reset_buffer_peak() { peak_bytes.store(live_bytes.load(std::memory_order_relaxed), std::memory_order_relaxed); }

Buffer::Buffer(Buffer&& other) noexcept
    : pool_(std::exchange(other.pool_, nullptr)),
      bytes_(std::move(other.bytes_)),
      size_(std::exchange(other.size_, 0)),
      capacity_(std::exchange(other.capacity_, 0)) {}

Buffer& Buffer::operator=(Buffer&& other) noexcept {
  if (this != &other) {
    reset();
    pool_ = std::exchange(other.pool_, nullptr);
    bytes_ = std::move(other.bytes_);
    size_ = std::exchange(other.size_, 0);
    capacity_ = std::exchange(other.capacity_, 0);
  }
  return *this;
}

void Buffer::reset() {
  if (bytes_) pool_->give_back(std::move(bytes_), capacity_);
  size_ = 0;
  capacity_ = 0;
}

BufferPool& BufferPool::instance() {
  static auto& pool = *new BufferPool(kDefaultRetained);
  return pool;
}

std::size_t BufferPool::capacity_of(std::size_t bytes) {
  const std::size_t capacity = rounded_capacity(bytes);
  return capacity < kHugeFrom ? capacity : align_up(capacity, HugeArena::kPiece);
}

Result<Buffer> BufferPool::acquire(std::size_t bytes) {
  std::size_t capacity = rounded_capacity(bytes);
  if (capacity == 0) return out_of_memory(bytes);
  {
    std::scoped_lock lock(mutex_);
    // A buffer of up to twice the size may be used.
    const auto fits = [capacity](const Kept& k) { return k.capacity >= capacity && k.capacity / 2 <= capacity; };
    const auto found = std::find_if(kept_.rbegin(), kept_.rend(), fits);
    if (found != kept_.rend()) {
      Buffer buffer(this, std::move(found->bytes), bytes, found->capacity);
      retained_ -= found->capacity;
      kept_.erase(std::next(found).base());
      return buffer;
    }
  }
  capacity = capacity_of(bytes);
  auto memory = allocate(capacity);
  if (!memory) return out_of_memory(bytes);
  return Buffer(this, std::move(memory), bytes, capacity);
}

void BufferPool::give_back(detail::AlignedBytes bytes, std::size_t capacity) {
  std::vector<Kept> freed;  // Freed after the lock is released.
  std::scoped_lock lock(mutex_);
  if (capacity > limit_) {
    freed.push_back({std::move(bytes), capacity});
    return;
  }
  while (retained_ > limit_ - capacity) {
    retained_ -= kept_.front().capacity;
    freed.push_back(std::move(kept_.front()));
    kept_.erase(kept_.begin());
  }
  retained_ += capacity;
  kept_.push_back({std::move(bytes), capacity});
}

void BufferPool::trim() {
  std::vector<Kept> freed;
  std::scoped_lock lock(mutex_);
  freed.swap(kept_);
  retained_ = 0;
}

void BufferPool::set_limit(std::size_t retained_bytes) {
  {
    std::scoped_lock lock(mutex_);
    limit_ = retained_bytes;
  }
  trim();
}

std::size_t BufferPool::retained() const {
  std::scoped_lock lock(mutex_);
  return retained_;
}

ThreadScratch& ThreadScratch::get() {
  thread_local ThreadScratch scratch;
  return scratch;
}

Result<std::span<std::byte>> ThreadScratch::take(std::size_t slot, std::size_t bytes) {
  if (slot >= kSlots) return Error{.kind = ErrorKind::invalid, .op = "scratch", .path = {}, .message = "no such slot"};
  Slot& chosen = slots_[slot];
  if (!chosen.bytes || chosen.capacity < bytes) {
    // Frees the old memory before allocating, because its content is not needed any more.
    chosen = Slot{};
    const std::size_t capacity = rounded_capacity(bytes);
    if (capacity == 0) return out_of_memory(bytes);
    chosen.bytes = allocate_plain(capacity);
    if (!chosen.bytes) return out_of_memory(bytes);
    chosen.capacity = capacity;
  }
  return std::span(chosen.bytes.get(), bytes);
}

void ThreadScratch::trim(std::size_t keep_bytes) {
  std::size_t total = held();
  while (total > keep_bytes) {
    Slot& largest = *std::max_element(std::begin(slots_), std::end(slots_),
                                      [](const Slot& a, const Slot& b) { return a.capacity < b.capacity; });
    total -= largest.capacity;
    // The C library keeps freed memory for this thread. MADV_DONTNEED returns its pages to the kernel.
    (void)sys::advise_memory(largest.bytes.get(), largest.capacity, MADV_DONTNEED);
    largest = Slot{};
  }
}

std::size_t ThreadScratch::held() const {
  std::size_t total = 0;
  for (const Slot& slot : slots_) total += slot.capacity;
  return total;
}

}  // namespace posixpar::pool
