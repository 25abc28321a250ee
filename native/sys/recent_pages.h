#pragma once
/// \file Remembers which pages of a mapping were accessed a moment ago (docs/adr/0001-cached-data.md).
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>

namespace posixpar::sys {

/// Pages of one mapping that a thread of this process accessed a moment ago (kRecentNs). Such a page is very probably
/// still in memory and in the page table of the process. An access then neither waits for storage nor enters the
/// kernel. (Linux evicts a mapped page only in the second scan of its list of inactive pages after the last access.)
///
/// Thread-safe, without locks. A table has entries for blocks of 16 pages; in a large file, several blocks share an
/// entry. If two threads or two blocks write the same entry, one may overwrite the other. Some accesses are then
/// forgotten, but contains() never returns true for a page that was not accessed.
class RecentPages {
 public:
  /// An access is recent for at least this time, and for at most 34 ms more (an epoch in recent_pages.cc).
  static constexpr std::uint64_t kRecentNs = std::uint64_t{2} << 25U;  // 67 ms

  /// \param bytes  size of the mapping.
  explicit RecentPages(std::uint64_t bytes);

  /// Records that every page with a byte in [begin, end) of the file was accessed at `now_ns` or later.
  /// \param now_ns  time on the monotonic clock, as in the functions below.
  void note(std::uint64_t begin, std::uint64_t end, std::uint64_t now_ns);
  /// True if every page with a byte in [begin, end) of the file was accessed recently.
  [[nodiscard]] bool contains(std::uint64_t begin, std::uint64_t end, std::uint64_t now_ns) const;
  /// Makes contains() return false until `now_ns`. Called when pages are being evicted.
  void distrust_until(std::uint64_t now_ns) { trusted_from_ns_.store(now_ns, std::memory_order_relaxed); }

 private:
  using Entry = std::atomic<std::uint64_t>;

  std::uint64_t blocks_;  // Number of blocks (of 16 pages) for which there is an entry; a power of two.
  std::once_flag made_;   // The table is made by the first note(), because most mappings need none.
  std::unique_ptr<Entry[]> entries_;
  std::atomic<const Entry*> visible_{nullptr};  // Null until the table is made; then the same pointer as `entries_`.
  std::atomic<std::uint64_t> trusted_from_ns_{0};
};

}  // namespace posixpar::sys
