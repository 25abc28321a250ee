// Headers and trailers of gzip members (RFC 1952, section 2.3) and of deflate blocks (RFC 1951, section 3.2).
#include <algorithm>

#include "native/codecs/bytes.h"
#include "native/codecs/deflate/inflate_stream.h"

namespace posixpar::codecs {
namespace {

constexpr std::array<std::uint8_t, 19> kCodeLengthOrder = {16, 17, 18, 0, 8,  7, 9,  6, 10, 5,
                                                           11, 4,  12, 3, 13, 2, 14, 1, 15};
/// Maximum size of a gzip header. It may contain a file name and a comment of any length.
constexpr std::size_t kMaxMemberHeader = std::size_t{1} << 20;

/// Returns the length of the gzip header at the start of `in`; 0 if the header is incomplete.
std::size_t member_header_bytes(Bytes in) {
  ByteReader reader(in);
  const auto fixed = reader.take(10);
  if (!reader.ok()) return 0;
  const auto flags = static_cast<unsigned>(fixed[3]);
  if ((flags & 4U) != 0) reader.take(reader.le<std::uint16_t>());
  for (const unsigned text : {8U, 16U}) {
    if ((flags & text) == 0) continue;
    const Bytes rest = in.subspan(reader.position());
    const auto zero = std::ranges::find(rest, std::byte{0});
    if (zero == rest.end()) return 0;
    reader.take(static_cast<std::size_t>(zero - rest.begin()) + 1);
  }
  if ((flags & 2U) != 0) reader.take(2);
  return reader.ok() ? reader.position() : 0;
}

}  // namespace

InflateStream::Step InflateStream::read_member_header() {
  align();
  if (state_.after_member) {
    // Zeros after a member are padding.
    while (at_ != in_end() && *at_ == std::byte{0}) ++at_;
    if (at_ == in_end()) {
      if (!last_) return Step::input;
      state_.phase = Phase::end;
      return Step::done;
    }
  }
  const Bytes rest(at_, in_end());
  const std::size_t length = member_header_bytes(rest);
  if (length == 0) {
    if (last_) return fail("the stream is truncated");
    return rest.size() < kMaxMemberHeader ? Step::input : fail("the gzip header is too long");
  }
  if (rest[0] != std::byte{0x1f} || rest[1] != std::byte{0x8b} || rest[2] != std::byte{8} ||
      (rest[3] & std::byte{0xe0}) != std::byte{0}) {
    return fail("a gzip member has no valid header");
  }
  at_ += length;
  state_.phase = Phase::block_header;
  return Step::done;
}

InflateStream::Step InflateStream::read_trailer() {
  align();
  if (in_end() - at_ < 8) return last_ ? fail("the stream is truncated") : Step::input;
  trailer_ = {load_le<std::uint32_t>(at_), load_le<std::uint32_t>(at_ + 4)};
  at_ += 8;
  state_.phase = Phase::member_header;
  state_.after_member = true;
  state_.final_block = false;
  return Step::done;
}

InflateStream::Step InflateStream::read_block_header() {
  if (state_.final_block) {
    state_.phase = is_gzip_ ? Phase::trailer : Phase::end;
    return Step::done;
  }
  // Requests more input if the header may be incomplete. The longest header has 17 + 19 * 3 + 320 * 14 bits.
  if (!last_ && bytes_left() <= kMinInput) return Step::input;
  std::uint32_t final = 0;
  std::uint32_t type = 0;
  if (!take(1, final) || !take(2, type)) return fail("the stream is truncated");
  state_.final_block = final != 0;
  if (type == 0) {
    align();
    if (in_end() - at_ < 4) return fail("the stream is truncated");
    const auto length = load_le<std::uint16_t>(at_);
    const auto inverse = load_le<std::uint16_t>(at_ + 2);
    if (length != static_cast<std::uint16_t>(~inverse)) return fail("the length of a stored block is damaged");
    at_ += 4;
    state_.stored_left = length;
    state_.phase = Phase::stored;
    return Step::done;
  }
  if (type == 3) return fail("a block has an invalid type");
  if (type == 1) {
    auto& lengths = state_.lengths;
    std::fill_n(lengths.begin(), 144, std::uint8_t{8});
    std::fill_n(lengths.begin() + 144, 112, std::uint8_t{9});
    std::fill_n(lengths.begin() + 256, 24, std::uint8_t{7});
    std::fill_n(lengths.begin() + 280, 8, std::uint8_t{8});
    std::fill_n(lengths.begin() + kLiteralSymbols, kDistanceSymbols, std::uint8_t{5});
  } else {
    const Step step = read_code_lengths();
    if (step != Step::done) return step;
  }
  if (!build_tables()) return fail("a Huffman code is invalid");
  state_.phase = Phase::symbols;
  return Step::done;
}

InflateStream::Step InflateStream::read_code_lengths() {
  std::uint32_t literals = 0;
  std::uint32_t distances = 0;
  std::uint32_t count = 0;
  if (!take(5, literals) || !take(5, distances) || !take(4, count)) return fail("the stream is truncated");
  literals += 257;
  distances += 1;
  if (literals > 286 || distances > 30) return fail("a block has too many symbols");
  std::array<std::uint8_t, 19> sizes{};
  for (std::uint32_t i = 0; i < count + 4; i++) {
    std::uint32_t size = 0;
    if (!take(3, size)) return fail("the stream is truncated");
    sizes[kCodeLengthOrder[i]] = static_cast<std::uint8_t>(size);
  }
  CodeLengthTable table;
  if (!table.build(sizes, Alphabet::code_lengths)) return fail("a Huffman code is invalid");
  std::array<std::uint8_t, kLiteralSymbols + kDistanceSymbols> lengths{};
  const std::size_t total = literals + distances;
  for (std::size_t at = 0; at < total;) {
    refill();
    const HuffmanEntry entry = table.find(bits_);
    if (entry.kind() != HuffmanEntry::Kind::literal || entry.bits() > bit_count_) {
      return fail("the stream is truncated or a code length is invalid");
    }
    consume(entry.bits());
    if (entry.value() < 16) {
      lengths[at++] = static_cast<std::uint8_t>(entry.value());
      continue;
    }
    std::uint32_t repeat = 0;
    std::uint8_t value = 0;
    if (entry.value() == 16) {
      if (at == 0) return fail("a code length repeats nothing");
      value = lengths[at - 1];
    }
    const unsigned extra = entry.value() == 16 ? 2 : entry.value() == 17 ? 3 : 7;
    if (!take(extra, repeat)) return fail("the stream is truncated");
    repeat += entry.value() == 18 ? 11 : 3;
    if (repeat > total - at) return fail("a block has too many code lengths");
    std::fill_n(lengths.begin() + static_cast<std::ptrdiff_t>(at), repeat, value);
    at += repeat;
  }
  if (lengths[256] == 0) return fail("a block has no end");
  state_.lengths.fill(0);
  std::copy_n(lengths.begin(), literals, state_.lengths.begin());
  std::copy_n(lengths.begin() + literals, distances, state_.lengths.begin() + kLiteralSymbols);
  return Step::done;
}

bool InflateStream::build_tables() {
  const std::span<const std::uint8_t> lengths(state_.lengths);
  return literals_.build(lengths.first(kLiteralSymbols), Alphabet::literals) &&
         distances_.build(lengths.subspan(kLiteralSymbols), Alphabet::distances);
}

}  // namespace posixpar::codecs
