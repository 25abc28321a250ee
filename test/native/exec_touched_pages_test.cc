#include "native/exec/page_cache/touched_pages.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <random>
#include <set>

#include "native/sys/storage.h"
#include "test/native/sys_support.h"

namespace posixpar {
namespace {

constexpr std::uint64_t kFileBytes = std::uint64_t{8} << 20;
constexpr std::uint64_t kNow = std::uint64_t{1} << 50;

std::shared_ptr<sys::Mapping> map_file(const test::TempDir& folder, UniqueFd& fd) {
  const std::string path = folder / "a";
  fd = UniqueFd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  EXPECT_EQ(::ftruncate(fd.get(), kFileBytes), 0);
  auto mapping = sys::Mapping::create(fd.get(), *sys::stat_fd(fd.get(), path), path);
  EXPECT_TRUE(mapping.ok());
  return *mapping;
}

/// Makes a random extent of up to three dimensions with positive and negative steps, in storage order.
ChunkExtent random_extent(std::mt19937_64& random, std::size_t element) {
  ChunkExtent extent;
  std::uint64_t step = element;
  std::array<CopyDim, 3> inner_first{};
  const std::size_t rank = 1 + random() % 3;
  for (std::size_t d = 0; d < rank; d++) {
    step *= 1 + random() % (d == 0 ? 2000 : 70);
    const std::uint64_t most = std::min<std::uint64_t>(40, kFileBytes / 8 / step);
    inner_first[d].count = 1 + random() % std::max<std::uint64_t>(1, most);
    inner_first[d].src_step = static_cast<std::int64_t>(step) * (random() % 4 == 0 ? -1 : 1);
    step *= inner_first[d].count;
    if (step > kFileBytes / 8) break;
  }
  extent.rank = static_cast<std::uint32_t>(rank);
  for (std::size_t d = 0; d < rank; d++) std::construct_at(&extent.dims[rank - 1 - d], inner_first[d]);
  return extent;
}

std::set<std::uint64_t> pages_of_elements(std::uint64_t begin, const ChunkExtent& extent, std::size_t element) {
  std::set<std::uint64_t> pages;
  std::uint64_t elements = 1;
  for (const CopyDim& dim : extent.copy_dims()) elements *= dim.count;
  for (std::uint64_t i = 0; i < elements; i++) {
    std::uint64_t at = begin;
    std::uint64_t rest = i;
    for (const CopyDim& dim : extent.copy_dims()) {
      at += rest % dim.count * static_cast<std::uint64_t>(std::abs(dim.src_step));
      rest /= dim.count;
    }
    pages.insert(at / sys::page_size());
    pages.insert((at + element - 1) / sys::page_size());
  }
  return pages;
}

TEST(TouchedPages, NotesExactlyThePagesWithSelectedElements) {
  const test::TempDir folder;
  const std::uint64_t seed = std::random_device()();
  std::mt19937_64 random(seed);
  const std::uint64_t page = sys::page_size();
  UniqueFd fd;
  int noted = 0;
  for (int round = 0; round < 400; round++) {
    const auto mapping = map_file(folder, fd);
    const std::size_t element = std::size_t{1} << random() % 5;
    const ChunkExtent extent = random_extent(random, element);
    const std::uint64_t begin = random() % (kFileBytes / 4);
    const auto pages = pages_of_elements(begin, extent, element);
    EXPECT_FALSE(touches_recent_pages(*mapping, begin, extent, element, kNow));
    note_touched_pages(*mapping, begin, extent, element, kNow);
    const bool is_noted = touches_recent_pages(*mapping, begin, extent, element, kNow);
    noted += is_noted ? 1 : 0;
    for (std::uint64_t p = 0; p < kFileBytes / page; p++) {
      const bool is_recent = mapping->recent_pages().contains(p * page, p * page + 1, kNow);
      if (is_noted)
        ASSERT_EQ(is_recent, pages.contains(p)) << "seed " << seed << ", page " << p;
      else
        ASSERT_FALSE(is_recent && !pages.contains(p)) << "seed " << seed << ", page " << p;
    }
    if (is_noted && pages.size() > 1) {
      const auto other = map_file(folder, fd);
      const auto missing = std::next(pages.begin(), static_cast<std::ptrdiff_t>(random() % pages.size()));
      for (const std::uint64_t p : pages)
        if (p != *missing) other->recent_pages().note(p * page, p * page + 1, kNow);
      EXPECT_FALSE(touches_recent_pages(*other, begin, extent, element, kNow)) << "seed " << seed;
    }
  }
  EXPECT_GT(noted, 50) << "seed " << seed;
}

TEST(TouchedPages, DoesNotCheckIndexLists) {
  const test::TempDir folder;
  UniqueFd fd;
  const auto mapping = map_file(folder, fd);
  const std::uint64_t index[2] = {0, 1};
  ChunkExtent extent;
  extent.rank = 1;
  std::construct_at(&extent.dims[0], CopyDim{2, 4, 4, &index[0], nullptr});
  mapping->recent_pages().note(0, kFileBytes, kNow);
  EXPECT_FALSE(touches_recent_pages(*mapping, 0, extent, 4, kNow));
}

}  // namespace
}  // namespace posixpar
