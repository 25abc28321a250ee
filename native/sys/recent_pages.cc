#include "native/sys/recent_pages.h"

#include <algorithm>
#include <bit>

#include "native/sys/storage.h"

namespace posixpar::sys {
namespace {

/// An entry of the table is a word of 64 bits that describes a block of 16 pages. The word contains, from the highest
/// bit: the high 12 bits of the block's number, 20 bits with the number of an epoch, and two bits per page. The low
/// bits of the block's number are the index of the entry. The two bits are 3 if the page was accessed in the epoch, 2
/// if it was last accessed in the epoch before, 1 if two epochs before, and 0 otherwise.
constexpr std::uint64_t kPagesPerBlock = 16;
constexpr unsigned kEpochShift = 32;
constexpr unsigned kTagShift = 52;
constexpr std::uint64_t kMaxTag = 0xfff;
constexpr std::uint64_t kEpochMask = 0xfffff;
constexpr std::uint64_t kPagesMask = 0xffffffff;
constexpr std::uint64_t kLowBits = 0x55555555;  // The lower of the two bits of each page.
/// An epoch lasts 2^25 ns (34 ms). Epoch numbers repeat after 9.8 hours.
constexpr unsigned kEpochNsShift = 25;
/// Maximum number of entries. The table then has 128 KiB. If a file has more than 1 GiB, several blocks share an entry.
constexpr std::uint64_t kMaxBlocks = 16384;

std::uint64_t epoch_of(std::uint64_t now_ns) { return (now_ns >> kEpochNsShift) & kEpochMask; }

/// Returns the lower bit of each page whose two bits are not 0.
std::uint64_t known_pages(std::uint64_t pages) { return (pages | pages >> 1U) & kLowBits; }

/// Returns the bits of the pages in `entry` relative to `epoch`; 0 if the entry describes another block.
std::uint64_t pages_at(std::uint64_t entry, std::uint64_t tag, std::uint64_t epoch) {
  const std::uint64_t age = (epoch - (entry >> kEpochShift)) & kEpochMask;
  std::uint64_t pages = entry & kPagesMask;
  if (entry >> kTagShift != tag || age > 2) return 0;
  for (std::uint64_t i = 0; i < age; i++) pages -= known_pages(pages);
  return pages;
}

/// The pages of a range of bytes.
struct BlockRange {
  std::uint64_t first_page;
  std::uint64_t last_page;

  BlockRange(std::uint64_t begin, std::uint64_t end)
      : first_page(begin / page_size()), last_page((end - 1) / page_size()) {}

  [[nodiscard]] std::uint64_t first_block() const { return first_page / kPagesPerBlock; }
  [[nodiscard]] std::uint64_t last_block() const { return last_page / kPagesPerBlock; }
  /// Returns the lower bit of each page of `block` that is in the range.
  [[nodiscard]] std::uint64_t pages_in(std::uint64_t block) const {
    const std::uint64_t low = std::max(first_page, block * kPagesPerBlock) % kPagesPerBlock;
    const std::uint64_t high = std::min(last_page, block * kPagesPerBlock + kPagesPerBlock - 1) % kPagesPerBlock;
    return ((std::uint64_t{4} << 2 * high) - 1) & ~((std::uint64_t{1} << 2 * low) - 1) & kLowBits;
  }
};

}  // namespace

RecentPages::RecentPages(std::uint64_t bytes)
    : blocks_(std::bit_ceil(std::clamp<std::uint64_t>(bytes / page_size() / kPagesPerBlock + 1, 1, kMaxBlocks))) {}

void RecentPages::note(std::uint64_t begin, std::uint64_t end, std::uint64_t now_ns) {
  if (begin >= end) return;
  std::call_once(made_, [&] {
    entries_ = std::make_unique<Entry[]>(blocks_);
    visible_.store(entries_.get(), std::memory_order_release);
  });
  const BlockRange range(begin, end);
  const std::uint64_t epoch = epoch_of(now_ns);
  for (std::uint64_t block = range.first_block(); block <= range.last_block(); block++) {
    const std::uint64_t tag = block / blocks_;
    if (tag > kMaxTag) return;
    Entry& entry = entries_[block % blocks_];
    const std::uint64_t kept = pages_at(entry.load(std::memory_order_relaxed), tag, epoch);
    entry.store(tag << kTagShift | epoch << kEpochShift | kept | 3 * range.pages_in(block), std::memory_order_relaxed);
  }
}

bool RecentPages::contains(std::uint64_t begin, std::uint64_t end, std::uint64_t now_ns) const {
  const Entry* entries = visible_.load(std::memory_order_acquire);
  if (entries == nullptr || begin >= end || now_ns < trusted_from_ns_.load(std::memory_order_relaxed)) return false;
  const BlockRange range(begin, end);
  const std::uint64_t epoch = epoch_of(now_ns);
  for (std::uint64_t block = range.first_block(); block <= range.last_block(); block++) {
    const std::uint64_t tag = block / blocks_;
    if (tag > kMaxTag) return false;
    const std::uint64_t wanted = range.pages_in(block);
    const std::uint64_t entry = entries[block % blocks_].load(std::memory_order_relaxed);
    if ((known_pages(pages_at(entry, tag, epoch)) & wanted) != wanted) return false;
  }
  return true;
}

}  // namespace posixpar::sys
