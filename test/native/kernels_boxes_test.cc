#include "test/native/kernels_boxes.h"
#include "test/native/kernels_oracle.h"

namespace posixpar {
namespace {

using boxes::below;
using boxes::Buffer;
using boxes::random_bytes;
using boxes::random_counts;
using boxes::RandomCopy;
using boxes::Rng;
using boxes::with_every_isa;

TEST(CopyMatchesOracle, MovesTheSameBytesForRandomBoxes) {
  Rng rng(20240601);
  constexpr DType kTypes[] = {DType::uint8,   DType::int16,     DType::float32,
                              DType::float64, DType::complex64, DType::complex128};
  for (int round = 0; round < 800; ++round) {
    Conversion conversion;
    conversion.from = conversion.to = kTypes[below(rng, std::size(kTypes))];
    conversion.swap = below(rng, 3) == 0;
    const std::size_t size = dtype_size(conversion.from);
    const RandomCopy copy(rng, random_counts(rng), size, size);
    const Buffer src = random_bytes(rng, copy.src.base + copy.src.size);
    const Buffer before = random_bytes(rng, copy.dst.base + copy.dst.size);
    Buffer expected = before;
    oracle::copy(src.data() + copy.src.base, expected.data() + copy.dst.base, copy.dims, conversion);
    with_every_isa([&] {
      Buffer out = before;
      ASSERT_TRUE(copy_nd(src.data() + copy.src.base, out.data() + copy.dst.base, copy.dims, conversion).ok());
      ASSERT_TRUE(out == expected) << "round " << round << ", " << size << " bytes, swap " << conversion.swap << ", "
                                   << copy.describe();
    });
    if (HasFatalFailure()) return;
  }
}

TEST(CopyMatchesOracle, FillsExactlyTheBox) {
  Rng rng(9);
  for (int round = 0; round < 800; ++round) {
    const std::size_t element = below(rng, 3) == 0 ? 1 + below(rng, 40) : std::size_t{1} << below(rng, 5);
    const RandomCopy box(rng, random_counts(rng), element, element);
    Buffer value = random_bytes(rng, element);
    if (below(rng, 3) == 0) std::fill(value.begin(), value.end(), value[0]);
    const Buffer before = random_bytes(rng, box.dst.base + box.dst.size);
    Buffer expected = before;
    std::vector<CopyDim> still = box.dims;
    for (CopyDim& dim : still) {
      dim.src_step = 0;
      dim.src_index = nullptr;
    }
    for (std::size_t i = 0; i < element; ++i) {
      oracle::copy(value.data() + i, expected.data() + box.dst.base + i, still, Conversion{});
    }
    with_every_isa([&] {
      Buffer out = before;
      fill_nd(out.data() + box.dst.base, box.dims, value.data(), element);
      ASSERT_TRUE(out == expected) << "round " << round << ", " << element << " bytes, " << box.describe();
    });
    if (HasFatalFailure()) return;
  }
}

/// If both an element of the output and its expected value are NaN, overwrites the element with the expected NaN, so
/// that NaNs with different payloads compare equal.
void equate_nans(DType type, std::span<const CopyDim> dims, std::byte* out, const std::byte* expected) {
  if (dims.empty()) {
    if (oracle::same(type, out, expected)) std::memcpy(out, expected, dtype_size(type));
    return;
  }
  const CopyDim& dim = dims.front();
  for (std::uint64_t i = 0; i < dim.count; ++i) {
    const auto index = static_cast<std::int64_t>(dim.dst_index != nullptr ? dim.dst_index[i] : i);
    equate_nans(type, dims.subspan(1), out + index * dim.dst_step, expected + index * dim.dst_step);
  }
}

Conversion random_conversion(Rng& rng) {
  Conversion conversion;
  conversion.from = oracle::kRealTypes[below(rng, 12)];
  conversion.to = oracle::kRealTypes[below(rng, 12)];
  if (below(rng, 20) == 0) {
    conversion.from = below(rng, 2) == 0 ? DType::complex64 : DType::complex128;
    conversion.to = conversion.from == DType::complex64 ? DType::complex128 : DType::complex64;
  }
  conversion.swap = below(rng, 2) == 0;
  conversion.overflow = static_cast<Overflow>(below(rng, 3));
  conversion.scaled = conversion.from < DType::complex64 && below(rng, 3) == 0;
  conversion.scale = 0.25;
  conversion.offset = -3;
  return conversion;
}

TEST(CopyMatchesOracle, ConvertsRandomBoxes) {
  Rng rng(11);
  int failures = 0;
  for (int round = 0; round < 1500; ++round) {
    const Conversion conversion = random_conversion(rng);
    const RandomCopy copy(rng, random_counts(rng), dtype_size(conversion.from), dtype_size(conversion.to));
    Buffer src = random_bytes(rng, copy.src.base + copy.src.size);
    // Makes most values small in about half of the rounds. If all values were random, nearly every box would have a
    // value that does not fit the target type.
    if (below(rng, 2) == 0) {
      for (auto& b : src) b &= below(rng, 9) == 0 ? std::byte{1} : std::byte{0};
    }
    const Buffer before = random_bytes(rng, copy.dst.base + copy.dst.size);
    Buffer expected = before;
    const bool fits = oracle::copy(src.data() + copy.src.base, expected.data() + copy.dst.base, copy.dims, conversion);
    failures += fits ? 0 : 1;
    with_every_isa([&] {
      Buffer out = before;
      const Status status = copy_nd(src.data() + copy.src.base, out.data() + copy.dst.base, copy.dims, conversion);
      ASSERT_EQ(status.ok(), fits) << "round " << round << ", " << copy.describe();
      if (!fits) {
        ASSERT_EQ(status.error().kind, ErrorKind::conversion);
        return;
      }
      if (out == expected) return;
      equate_nans(conversion.to, copy.dims, out.data() + copy.dst.base, expected.data() + copy.dst.base);
      ASSERT_TRUE(out == expected) << "round " << round << ", " << int(conversion.from) << " to " << int(conversion.to)
                                   << ", " << copy.describe();
    });
    if (HasFatalFailure()) return;
  }
  EXPECT_GT(failures, 100);
  EXPECT_LT(failures, 3000);
}

}  // namespace
}  // namespace posixpar
