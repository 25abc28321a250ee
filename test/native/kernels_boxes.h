#pragma once
/// \file Random boxes for the tests of the copy kernels.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <numeric>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "native/kernels/isa.h"
#include "native/kernels/scatter.h"

namespace posixpar::boxes {

using Buffer = std::vector<std::byte>;
using Rng = std::mt19937_64;

inline std::size_t below(Rng& rng, std::size_t end) { return static_cast<std::size_t>(rng() % end); }

inline Buffer random_bytes(Rng& rng, std::size_t size) {
  Buffer out((size + 7) / 8 * 8);
  for (std::size_t i = 0; i < out.size(); i += 8) {
    const std::uint64_t bits = rng();
    std::memcpy(out.data() + i, &bits, 8);
  }
  out.resize(size);
  out.shrink_to_fit();  // An access beyond the end is then beyond the allocation.
  return out;
}

/// The source or destination of a random copy: the layout of each dimension, and the size of the buffer.
struct Side {
  std::vector<std::int64_t> steps;
  std::vector<std::vector<std::uint64_t>> index;  // Empty if the dimension has no index list.
  std::size_t base = 0;
  std::size_t size = 0;
};

/// Lays out `counts` in a random order of dimensions. Adds gaps, negative steps and index lists at random, unless
/// `tame` or the buffer is already large. If `shared`, zero steps and repeated indices may make elements overlap.
inline Side random_side(Rng& rng, const std::vector<std::uint64_t>& counts, std::size_t element, bool shared,
                        bool tame) {
  const std::size_t rank = counts.size();
  Side side;
  side.steps.resize(rank);
  side.index.resize(rank);
  std::vector<std::size_t> order(rank);
  std::iota(order.rbegin(), order.rend(), std::size_t{0});
  if (below(rng, 2) == 0) std::shuffle(order.begin(), order.end(), rng);
  std::size_t extent = element;
  std::size_t base = below(rng, 2) == 0 ? 0 : below(rng, 20);
  for (const std::size_t d : order) {
    constexpr std::size_t kMuch = 100000;
    tame = tame || extent > kMuch;
    std::size_t step = extent;
    if (!tame && below(rng, 4) == 0) step += below(rng, 3) == 0 ? below(rng, 9) : element * below(rng, 5);
    std::size_t range = counts[d];
    if (!tame && below(rng, 4) == 0) {
      range = counts[d] + below(rng, 6);
      std::vector<std::uint64_t> list(range);
      std::iota(list.begin(), list.end(), std::uint64_t{0});
      if (below(rng, 3) != 0) std::shuffle(list.begin(), list.end(), rng);
      list.resize(counts[d]);
      if (shared && below(rng, 2) == 0) {
        for (auto& i : list) i = below(rng, range);
      }
      if (list.empty()) list.reserve(1);
      side.index[d] = list;
    }
    if (shared && !tame && below(rng, 12) == 0) step = 0;
    side.steps[d] = static_cast<std::int64_t>(step);
    if (range > 0) extent += step * (range - 1);
    if (!tame && range > 0 && below(rng, 5) == 0) {
      side.steps[d] = -side.steps[d];
      base += step * (range - 1);
    }
  }
  side.base = base;
  side.size = extent + (base % 20) + 64;
  return side;
}

struct RandomCopy {
  std::vector<std::uint64_t> counts;
  Side src;
  Side dst;
  std::vector<CopyDim> dims;

  RandomCopy(Rng& rng, std::vector<std::uint64_t> sizes, std::size_t src_element, std::size_t dst_element)
      : counts(std::move(sizes)) {
    const bool tame = below(rng, 4) == 0;
    src = random_side(rng, counts, src_element, true, tame);
    dst = random_side(rng, counts, dst_element, false, tame);
    for (std::size_t d = 0; d < counts.size(); ++d) {
      const auto list = [](const std::vector<std::uint64_t>& index) { return index.empty() ? nullptr : index.data(); };
      dims.push_back({counts[d], src.steps[d], dst.steps[d], list(src.index[d]), list(dst.index[d])});
    }
    std::shuffle(dims.begin(), dims.end(), rng);
  }
  RandomCopy(const RandomCopy&) = delete;
  RandomCopy& operator=(const RandomCopy&) = delete;

  [[nodiscard]] std::string describe() const {
    std::ostringstream out;
    for (const CopyDim& dim : dims) {
      out << "{" << dim.count << ", " << dim.src_step << (dim.src_index != nullptr ? " list" : "") << ", "
          << dim.dst_step << (dim.dst_index != nullptr ? " list" : "") << "} ";
    }
    return out.str();
  }
};

/// Returns the lengths of random dimensions: either up to 8 dimensions with some thousand elements in total, or two
/// long dimensions (and perhaps a short one), which the kernels copy in several blocks.
inline std::vector<std::uint64_t> random_counts(Rng& rng) {
  std::vector<std::uint64_t> counts;
  if (below(rng, 4) == 0) {
    counts = {1 + below(rng, 150), 1 + below(rng, 150)};
    if (below(rng, 2) == 0) counts.push_back(1 + below(rng, 4));
    std::shuffle(counts.begin(), counts.end(), rng);
    return counts;
  }
  const std::size_t rank = below(rng, 9);
  std::size_t left = 4000;
  for (std::size_t d = 0; d < rank; ++d) {
    const std::size_t most = std::min<std::size_t>(left, below(rng, 3) == 0 ? 40 : 5);
    const std::size_t count = below(rng, 60) == 0 ? 0 : 1 + below(rng, most);
    counts.push_back(count);
    left /= std::max<std::size_t>(count, 1);
  }
  return counts;
}

/// Runs `check` with each instruction set.
template <typename Check>
void with_every_isa(Check&& check) {
  for (const Isa isa : available_isas()) {
    SCOPED_TRACE(isa_name(isa));
    ASSERT_TRUE(set_active_isa(isa));
    check();
    if (testing::Test::HasFatalFailure()) break;
  }
  set_active_isa(available_isas().back());
}

}  // namespace posixpar::boxes
