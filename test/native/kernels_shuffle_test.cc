#include <gtest/gtest.h>

#include <cstddef>
#include <random>
#include <string>
#include <vector>

#include "native/kernels/isa.h"
#include "native/kernels/shuffle.h"

namespace posixpar {
namespace {

using Buffer = std::vector<std::byte>;

Buffer random_bytes(std::size_t size, unsigned seed) {
  std::mt19937 rng(seed);
  Buffer out(size);
  for (auto& b : out) b = static_cast<std::byte>(rng() & 0xFF);
  return out;
}

/// Moves byte j of element i to j * elements + i.
Buffer shuffle_by_definition(const Buffer& plain, std::size_t width) {
  const std::size_t elements = plain.size() / width;
  Buffer out(plain.size());
  for (std::size_t i = 0; i < elements; ++i) {
    for (std::size_t j = 0; j < width; ++j) out[j * elements + i] = plain[i * width + j];
  }
  return out;
}

/// Moves bit p of element i to bit i % 8 of byte i / 8 of plane p.
Buffer bit_shuffle_by_definition(const Buffer& plain, std::size_t width) {
  const std::size_t elements = plain.size() / width;
  Buffer out(plain.size(), std::byte{0});
  for (std::size_t i = 0; i < elements; ++i) {
    for (std::size_t p = 0; p < 8 * width; ++p) {
      const bool bit = (plain[i * width + p / 8] & (std::byte{1} << (p % 8))) != std::byte{0};
      if (bit) out[p * (elements / 8) + i / 8] |= std::byte{1} << (i % 8);
    }
  }
  return out;
}

class Shuffle : public testing::TestWithParam<Isa> {
 protected:
  void SetUp() override { ASSERT_TRUE(set_active_isa(GetParam())); }
  void TearDown() override { set_active_isa(available_isas().back()); }
};

constexpr std::size_t kWidths[] = {1, 2, 3, 4, 5, 7, 8, 12, 16, 17, 24, 40};

TEST_P(Shuffle, UndoesTheByteShuffleForEveryWidthAndCount) {
  for (const std::size_t width : kWidths) {
    for (const std::size_t elements :
         {0U, 1U, 2U, 7U, 15U, 16U, 17U, 31U, 32U, 33U, 63U, 64U, 100U, 511U, 512U, 513U, 1500U}) {
      const Buffer plain = random_bytes(width * elements, static_cast<unsigned>(width * 7919 + elements));
      const Buffer shuffled = shuffle_by_definition(plain, width);
      Buffer out(plain.size());
      unshuffle_bytes(shuffled.data(), out.data(), width, elements);
      ASSERT_EQ(out, plain) << "width " << width << ", elements " << elements;
    }
  }
}

TEST_P(Shuffle, UndoesAnyPartOfAByteShuffledBlock) {
  std::mt19937 rng(5);
  for (const std::size_t width : kWidths) {
    const std::size_t elements = 300;
    const Buffer plain = random_bytes(width * elements, static_cast<unsigned>(width));
    const Buffer shuffled = shuffle_by_definition(plain, width);
    for (int round = 0; round < 30; ++round) {
      const std::size_t first = rng() % elements;
      const std::size_t count = rng() % (elements - first + 1);
      Buffer out(count * width);
      unshuffle_bytes_part(shuffled.data() + first, elements, out.data(), width, count);
      const Buffer expected(plain.begin() + static_cast<std::ptrdiff_t>(first * width),
                            plain.begin() + static_cast<std::ptrdiff_t>((first + count) * width));
      ASSERT_EQ(out, expected) << "width " << width << ", first " << first << ", count " << count;
    }
  }
}

TEST_P(Shuffle, UndoesTheBitShuffleForEveryWidthAndCount) {
  for (const std::size_t width : kWidths) {
    for (const std::size_t elements : {0U, 8U, 16U, 120U, 128U, 136U, 256U, 264U, 504U, 512U, 520U, 1024U, 1400U}) {
      const Buffer plain = random_bytes(width * elements, static_cast<unsigned>(width * 104729 + elements));
      const Buffer shuffled = bit_shuffle_by_definition(plain, width);
      Buffer out(plain.size());
      bit_unshuffle(shuffled.data(), out.data(), width, elements);
      ASSERT_EQ(out, plain) << "width " << width << ", elements " << elements;
    }
  }
}

TEST_P(Shuffle, UndoesAnyPartOfABitShuffledBlock) {
  std::mt19937 rng(6);
  for (const std::size_t width : kWidths) {
    const std::size_t elements = 1200;
    const Buffer plain = random_bytes(width * elements, static_cast<unsigned>(width));
    const Buffer shuffled = bit_shuffle_by_definition(plain, width);
    for (int round = 0; round < 30; ++round) {
      const std::size_t first = 8 * (rng() % (elements / 8));
      const std::size_t count = 8 * (rng() % ((elements - first) / 8 + 1));
      Buffer out(count * width);
      bit_unshuffle_part(shuffled.data() + first / 8, elements / 8, out.data(), width, count);
      const Buffer expected(plain.begin() + static_cast<std::ptrdiff_t>(first * width),
                            plain.begin() + static_cast<std::ptrdiff_t>((first + count) * width));
      ASSERT_EQ(out, expected) << "width " << width << ", first " << first << ", count " << count;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Isas, Shuffle, testing::ValuesIn(available_isas().begin(), available_isas().end()),
                         [](const auto& variant) { return std::string(isa_name(variant.param)); });

TEST(Isa, OffersTheScalarReferenceOnEveryMachine) {
  EXPECT_EQ(available_isas().front(), Isa::scalar);
  EXPECT_TRUE(set_active_isa(Isa::scalar));
  EXPECT_EQ(active_isa(), Isa::scalar);
  EXPECT_TRUE(set_active_isa(available_isas().back()));
}

TEST(Isa, RefusesAVariantThatTheMachineLacks) {
  const Isa before = active_isa();
  EXPECT_FALSE(set_active_isa(static_cast<Isa>(250)));
  EXPECT_EQ(active_isa(), before);
}

}  // namespace
}  // namespace posixpar
