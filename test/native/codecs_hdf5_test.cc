// Decodes chunks of HDF5 filters: n-bit, scale-offset, shuffle and bitshuffle. The test encodes them by the definitions
// of the filters, with types and widths that writers rarely use.
#include "native/codecs/registry.h"
#include "test/native/codecs_support.h"

namespace posixpar::codec_test {
namespace {

/// Appends bits, most significant first.
class BitWriter {
 public:
  void put(std::uint64_t value, unsigned bits) {
    for (unsigned i = bits; i-- > 0;) {
      if (used_ % 8 == 0) bytes_.push_back(std::byte{0});
      bytes_.back() |= static_cast<std::byte>((value >> i & 1U) << (7 - used_ % 8));
      ++used_;
    }
  }
  [[nodiscard]] Buffer bytes() const { return bytes_; }

 private:
  Buffer bytes_;
  std::size_t used_ = 0;
};

/// Parameters of a random nbit type, and its size in bytes.
struct NbitCase {
  std::vector<double> type;
  std::size_t size = 0;
};

/// Returns a random type of at most `room` bytes.
NbitCase random_type(std::mt19937& rng, std::size_t room, unsigned depth) {
  const std::size_t kind = depth == 0 ? 1 : rng() % 4 + 1;
  NbitCase c;
  if (kind == 1) {
    c.size = std::min<std::size_t>(room, rng() % 8 == 0 ? 16 : std::size_t{1} << rng() % 4);
    const auto precision = rng() % (8 * c.size) + 1;
    const auto offset = rng() % (8 * c.size - precision + 1);
    c.type = {1, double(c.size), double(rng() % 2), double(precision), double(offset)};
  } else if (kind == 4) {
    c.size = rng() % room + 1;
    c.type = {4, double(c.size)};
  } else if (kind == 2) {
    const NbitCase base = random_type(rng, std::max<std::size_t>(room / 3, 1), depth - 1);
    c.size = base.size * (rng() % (room / base.size) + 1);
    c.type = {2, double(c.size)};
    c.type.insert(c.type.end(), base.type.begin(), base.type.end());
  } else {
    std::vector<double> members;
    std::size_t count = 0;
    for (std::size_t at = 0; at < room && count < 3; at += rng() % 2) {
      const NbitCase member = random_type(rng, room - at, depth - 1);
      members.push_back(double(at));
      members.insert(members.end(), member.type.begin(), member.type.end());
      at += member.size;
      c.size = at;
      ++count;
    }
    c.type = {3, double(c.size), double(count)};
    c.type.insert(c.type.end(), members.begin(), members.end());
  }
  return c;
}

/// Encodes the value at `value + offset`, and copies the bits that are stored to the same offset of `kept`. Advances
/// `at` past the type's parameters.
void encode(const std::vector<double>& type, std::size_t& at, std::byte* value, std::size_t offset, Buffer& kept,
            BitWriter& out) {
  const auto next = [&] { return static_cast<std::size_t>(type[at++]); };
  const std::size_t kind = next();
  const std::size_t size = next();
  if (kind == 4) {
    for (std::size_t i = 0; i < size; ++i) {
      kept[offset + i] = value[offset + i];
      out.put(static_cast<std::uint64_t>(value[offset + i]), 8);
    }
    return;
  }
  if (kind == 1) {
    const bool big = next() == 1;
    const std::size_t precision = next();
    const std::size_t low = next();
    for (std::size_t bit = low + precision; bit-- > low;) {
      const std::size_t byte = offset + (big ? size - 1 - bit / 8 : bit / 8);
      const auto mask = static_cast<std::byte>(1U << bit % 8);
      kept[byte] |= value[byte] & mask;
      out.put((value[byte] & mask) != std::byte{0} ? 1 : 0, 1);
    }
    return;
  }
  if (kind == 2) {
    const std::size_t start = at;
    const auto base_size = static_cast<std::size_t>(type[at + 1]);
    // HDF5 does not pack arrays whose elements are of class 4.
    const bool plain = type[at] == 4;
    for (std::size_t i = 0; plain && i < size; ++i) {
      kept[offset + i] = value[offset + i];
      out.put(static_cast<std::uint64_t>(value[offset + i]), 8);
    }
    if (plain) {
      at += 2;
      return;
    }
    for (std::size_t i = 0; i < size / base_size; ++i) {
      at = start;
      encode(type, at, value, offset + i * base_size, kept, out);
    }
    return;
  }
  for (std::size_t members = next(); members > 0; --members) {
    const std::size_t member_at = next();
    encode(type, at, value, offset + member_at, kept, out);
  }
}

TEST(CodecsHdf5, NbitUnpacksNumbersArraysAndCompoundsOfAnyWidth) {
  std::mt19937 rng(1);
  for (int round = 0; round < 400; ++round) {
    const NbitCase c = random_type(rng, rng() % 40 + 1, static_cast<unsigned>(rng() % 3));
    const std::size_t elements = rng() % 20 + 1;
    Buffer values = random_bytes(c.size * elements, static_cast<unsigned>(rng()));
    Buffer kept(values.size());
    BitWriter bits;
    for (std::size_t i = 0; i < elements; ++i) {
      std::size_t at = 0;
      encode(c.type, at, values.data(), i * c.size, kept, bits);
      ASSERT_EQ(at, c.type.size());
    }
    std::vector<double> params{double(c.type.size() + 3), 0, double(elements)};
    params.insert(params.end(), c.type.begin(), c.type.end());
    const CodecChain chain = chain_of({{CodecId::nbit, params}}, values.size());
    expect_decodes(chain, bits.bytes(), kept, "nbit round " + std::to_string(round));
    Buffer cut = bits.bytes();
    cut.pop_back();
    Buffer out(values.size());
    EXPECT_FALSE(decode_into(chain, cut, out, {0, out.size()}).ok());
    expect_survives_mutations(chain, bits.bytes(), values.size(), 20, static_cast<unsigned>(round));
  }
}

TEST(CodecsHdf5, NbitCopiesUnpackedChunks) {
  const Buffer data = random_bytes(40, 2);
  expect_decodes(chain_of({{CodecId::nbit, {8, 1, 10, 1, 4, 0, 32, 0}}}, 40), data, data, "nbit plain");
}

TEST(CodecsHdf5, NbitRefusesOverlappingAndTooDeeplyNestedTypes) {
  std::vector<double> deep{100, 0, 1};
  for (int i = 0; i < 40; ++i) deep.insert(deep.end(), {2, 4});
  deep.insert(deep.end(), {1, 4, 0, 32, 0});
  const CodecSpec nested{CodecId::nbit, deep};
  EXPECT_FALSE(codecs::make_decoder(nested).ok());
  const CodecSpec overlapping{CodecId::nbit, {20, 0, 1, 3, 4, 2, 0, 1, 4, 0, 32, 0, 0, 1, 4, 0, 32, 0}};
  EXPECT_FALSE(codecs::make_decoder(overlapping).ok());
}

TEST(CodecsHdf5, ScaleOffsetUnpacksEveryWidthOfBits) {
  std::mt19937 rng(3);
  for (const std::size_t size : {1U, 2U, 4U, 8U}) {
    for (unsigned bits = 0; bits < 8 * size; ++bits) {
      for (const bool fill : {false, true}) {
        const std::uint64_t minimum = rng() | std::uint64_t{rng()} << 32;
        const std::uint64_t all = bits == 0 ? 0 : (~std::uint64_t{0} >> (64 - bits));
        constexpr std::uint64_t kFill = 0x0123456789ABCDEFU;
        Buffer stored;
        append(stored, bits);
        append(stored, std::uint8_t{8});
        append(stored, minimum);
        append(stored, std::uint64_t{0});
        BitWriter packed;
        Buffer expected;
        for (int i = 0; i < 50; ++i) {
          const std::uint64_t v = (rng() | std::uint64_t{rng()} << 32) & (rng() % 4 == 0 ? all : all >> 1) & all;
          packed.put(v, bits);
          const std::uint64_t decoded = fill && v == all ? kFill : v + minimum;
          for (std::size_t k = 0; k < size; ++k) {
            append(expected, static_cast<std::uint8_t>(decoded >> 8 * (bits % 2 == 0 ? k : size - 1 - k)));
          }
        }
        append_bytes(stored, packed.bytes());
        const CodecChain chain = chain_of({{CodecId::scale_offset,
                                            {2, 0, 50, 0, double(size), 0, double(bits % 2), fill ? 1.0 : 0.0,
                                             double(kFill & 0xFFFFFFFFU), double(kFill >> 32)}}},
                                          expected.size());
        expect_decodes(chain, stored, expected, "scaleoffset " + std::to_string(bits) + " of " + std::to_string(size));
        expect_survives_mutations(chain, stored, expected.size(), 50, bits);
      }
    }
  }
}

TEST(CodecsHdf5, ScaleOffsetRefusesInconsistentHeaders) {
  const CodecChain chain = chain_of({{CodecId::scale_offset, {2, 0, 10, 0, 4, 0, 0, 0}}}, 40);
  Buffer out(40);
  Buffer stored;
  append(stored, std::uint32_t{33});
  stored.resize(100);
  EXPECT_FALSE(decode_into(chain, stored, out, {0, 40}).ok());
  stored[0] = std::byte{32};
  EXPECT_TRUE(decode_into(chain, stored, out, {0, 40}).ok());
  stored.resize(60);
  EXPECT_FALSE(decode_into(chain, stored, out, {0, 40}).ok());
  stored.resize(20);
  EXPECT_FALSE(decode_into(chain, stored, out, {0, 40}).ok());
}

TEST(CodecsHdf5, ShuffleKeepsTailsAndTinyChunks) {
  for (const std::size_t width : {1U, 2U, 3U, 4U, 8U, 16U, 100U}) {
    for (const std::size_t size : {1U, 2U, 7U, 16U, 33U, 100U, 401U, 4099U}) {
      const Buffer data = random_bytes(size, 4);
      const std::size_t n = size / width;
      Buffer stored = data;
      for (std::size_t i = 0; i < n * width; ++i) stored[i % width * n + i / width] = data[i];
      expect_decodes(chain_of({{CodecId::shuffle, {double(width)}}}, size), stored, data,
                     "shuffle " + std::to_string(width) + " of " + std::to_string(size));
    }
  }
}

TEST(CodecsHdf5, BitshuffleWithoutCompressionMatchesItsDefinition) {
  for (const std::size_t width : {1U, 2U, 4U, 8U}) {
    for (const std::size_t block : {8U, 64U}) {
      for (const std::size_t elements : {1U, 8U, 15U, 64U, 203U}) {
        const Buffer data = random_bytes(elements * width, 5);
        Buffer stored = data;
        for (std::size_t first = 0; first + 8 <= elements; first += block) {
          const std::size_t n = std::min(block, (elements - first) / 8 * 8);
          std::byte* planes = stored.data() + first * width;
          std::fill_n(planes, n * width, std::byte{0});
          for (std::size_t i = 0; i < n * width * 8; ++i) {
            const std::size_t element = i / (8 * width);
            const std::size_t bit = i % (8 * width);
            const bool set = (data[(first + element) * width + bit / 8] >> (bit % 8) & std::byte{1}) != std::byte{0};
            if (set) planes[bit * (n / 8) + element / 8] |= static_cast<std::byte>(1U << element % 8);
          }
        }
        const CodecChain chain = chain_of({{CodecId::bitshuffle_hdf5, {double(width), double(block), 0}}}, data.size());
        expect_decodes(chain, stored, data, "bitshuffle");
      }
    }
  }
}

}  // namespace
}  // namespace posixpar::codec_test
