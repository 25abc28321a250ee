#include "native/codecs/deflate/inflate_stream.h"

#include <algorithm>
#include <cstring>

#include "native/codecs/bytes.h"

namespace posixpar::codecs {
namespace {

/// Fills a buffer of `count` bits with 56 to 63 bits from the input at `at`. \pre at least 8 bytes of input are left.
void load_bits(const std::byte*& at, std::uint64_t& bits, unsigned& count) {
  bits |= load_le<std::uint64_t>(at) << count;
  at += (63 - count) >> 3U;
  count |= 56U;
}

}  // namespace

InflateStream::InflateStream(DeflateFraming framing, const InflateState& state)
    : is_gzip_(framing == DeflateFraming::gzip), state_(state) {
  if (state_.phase == Phase::symbols && !build_tables()) state_.phase = Phase::end;
}

void InflateStream::set_input(Bytes in, unsigned skip_bits, bool last) {
  in_ = in;
  at_ = in.data();
  last_ = last;
  bits_ = 0;
  bit_count_ = 0;
  if (skip_bits == 0 || in.empty()) return;
  refill();
  consume(skip_bits);
}

void InflateStream::refill() {
  if (in_end() - at_ >= 8) {
    load_bits(at_, bits_, bit_count_);
    return;
  }
  while (bit_count_ < 56 && at_ != in_end()) {
    bits_ |= static_cast<std::uint64_t>(*at_++) << bit_count_;
    bit_count_ += 8;
  }
}

bool InflateStream::take(unsigned count, std::uint32_t& value) {
  if (bit_count_ < count) refill();
  if (bit_count_ < count) return false;
  value = static_cast<std::uint32_t>(bits_ & ((std::uint64_t{1} << count) - 1));
  consume(count);
  return true;
}

void InflateStream::align() {
  consume(bit_count_ % 8);
  at_ -= bit_count_ / 8;
  bits_ = 0;
  bit_count_ = 0;
}

InflateStop InflateStream::run(MutableBytes out, std::size_t& produced, Bytes window) {
  while (true) {
    if (state_.phase == Phase::end) return InflateStop::end;
    // Stops as soon as the output is full, so that no input after the piece is consumed.
    if (produced == out.size()) return InflateStop::full;
    Step step = Step::done;
    switch (state_.phase) {
      case Phase::end:
        break;
      case Phase::trailer:
        step = read_trailer();
        if (step == Step::done) return InflateStop::member_end;
        break;
      case Phase::member_header:
        step = read_member_header();
        break;
      case Phase::block_header:
        step = read_block_header();
        break;
      case Phase::stored:
        step = copy_stored(out, produced);
        break;
      case Phase::symbols:
        step = decode_symbols(out, produced, window);
        break;
    }
    switch (step) {
      case Step::done:
        break;
      case Step::full:
        return InflateStop::full;
      case Step::input:
        return InflateStop::input;
      case Step::damaged:
        return InflateStop::damaged;
    }
  }
}

InflateStream::Step InflateStream::copy_stored(MutableBytes out, std::size_t& produced) {
  align();
  const std::size_t part = std::min(
      {static_cast<std::size_t>(in_end() - at_), out.size() - produced, static_cast<std::size_t>(state_.stored_left)});
  if (part != 0) std::memcpy(out.data() + produced, at_, part);
  at_ += part;
  produced += part;
  state_.stored_left -= static_cast<std::uint32_t>(part);
  if (state_.stored_left == 0) {
    state_.phase = Phase::block_header;
    return Step::done;
  }
  if (produced == out.size()) return Step::full;
  return last_ ? fail("the stream is truncated") : Step::input;
}

InflateStream::Step InflateStream::decode_symbols(MutableBytes out, std::size_t& produced, Bytes window) {
  while (true) {
    if (state_.match_left != 0) {
      const Step step = copy_match(out, produced, window);
      if (step != Step::done) return step;
    }
    if (produced == out.size()) return Step::full;
    if (!last_ && bytes_left() <= kMinInput / 2) return Step::input;
    Step step = decode_fast(out, produced, window);
    if (step == Step::done && state_.phase == Phase::symbols && state_.match_left == 0 && produced < out.size()) {
      step = decode_one(out, produced, window);
    }
    if (step != Step::done || state_.phase != Phase::symbols) return step;
  }
}

InflateStream::Step InflateStream::copy_match(MutableBytes out, std::size_t& produced, Bytes window) {
  const std::size_t distance = state_.match_distance;
  while (state_.match_left != 0) {
    if (produced == out.size()) return Step::full;
    std::size_t part = std::min<std::size_t>(state_.match_left, out.size() - produced);
    if (distance > produced) {
      const std::size_t back = distance - produced;
      if (back > window.size()) return fail("a match refers to bytes before the start of the stream");
      part = std::min(part, back);
      std::memcpy(out.data() + produced, window.data() + (window.size() - back), part);
    } else {
      std::byte* to = out.data() + produced;
      for (std::size_t i = 0; i < part; i++) to[i] = *(to + i - distance);
    }
    produced += part;
    state_.match_left -= static_cast<std::uint32_t>(part);
  }
  return Step::done;
}

/// Decodes one symbol with all checks.
InflateStream::Step InflateStream::decode_one(MutableBytes out, std::size_t& produced, Bytes window) {
  using Kind = HuffmanEntry::Kind;
  refill();
  const HuffmanEntry entry = literals_.find(bits_);
  if (entry.kind() == Kind::invalid) {
    return bit_count_ < kMaxCodeBits ? fail("the stream is truncated") : fail("a code has no symbol");
  }
  if (entry.bits() + entry.extra() > bit_count_) return fail("the stream is truncated");
  if (entry.is_literal()) {
    consume(entry.bits());
    out[produced++] = static_cast<std::byte>(entry.value());
    return Step::done;
  }
  if (entry.kind() == Kind::end) {
    consume(entry.bits());
    state_.phase = Phase::block_header;
    return Step::done;
  }
  const unsigned length = entry.value() + static_cast<unsigned>(bits_ >> entry.bits() & ((1U << entry.extra()) - 1));
  consume(entry.bits() + entry.extra());
  refill();
  const HuffmanEntry far = distances_.find(bits_);
  if (far.kind() != Kind::base) return fail("a distance is invalid");
  if (far.bits() + far.extra() > bit_count_) return fail("the stream is truncated");
  state_.match_distance = far.value() + static_cast<unsigned>(bits_ >> far.bits() & ((1U << far.extra()) - 1));
  consume(far.bits() + far.extra());
  state_.match_left = length;
  const Step step = copy_match(out, produced, window);
  return step == Step::full ? Step::done : step;
}

/// Decodes symbols while the input has enough bytes, and the output enough room, for the longest symbol.
InflateStream::Step InflateStream::decode_fast(MutableBytes out, std::size_t& produced, Bytes window) {
  using Kind = HuffmanEntry::Kind;
  // A match has up to 258 bytes and is copied in words of 8 bytes. Up to two literals precede it.
  constexpr std::ptrdiff_t kOutputRoom = 258 + 8 + 2;
  constexpr std::ptrdiff_t kInputRoom = 24;
  std::byte* const begin = out.data();
  std::byte* to = begin + produced;
  const std::byte* const end = begin + out.size();
  if (end - to < kOutputRoom || in_end() - at_ < kInputRoom) return Step::done;
  // The position in the input is in local variables, because the compiler assumes that a store to the output may change
  // members.
  const std::byte* at = at_;
  const std::byte* const last_start = in_end() - kInputRoom;
  const std::byte* const last_to = end - kOutputRoom;
  std::uint64_t bits = bits_;
  unsigned count = bit_count_;
  Step result = Step::done;
  do {
    load_bits(at, bits, count);
    HuffmanEntry entry = literals_.find(bits);
    if (entry.is_literal()) {
      drop_bits(entry.bits(), bits, count);
      *to++ = static_cast<std::byte>(entry.value());
      entry = literals_.find(bits);
      if (entry.is_literal()) {
        drop_bits(entry.bits(), bits, count);
        *to++ = static_cast<std::byte>(entry.value());
        entry = literals_.find(bits);  // At least 26 bits are left.
        if (entry.is_literal()) {
          drop_bits(entry.bits(), bits, count);
          *to++ = static_cast<std::byte>(entry.value());
          continue;
        }
      }
      load_bits(at, bits, count);
    }
    if (entry.kind() != Kind::base) {
      drop_bits(entry.bits(), bits, count);
      if (entry.kind() == Kind::end) {
        state_.phase = Phase::block_header;
      } else {
        result = fail("a code has no symbol");
      }
      break;
    }
    const unsigned length = entry.value() + static_cast<unsigned>(bits >> entry.bits() & ((1U << entry.extra()) - 1));
    drop_bits(entry.bits() + entry.extra(), bits, count);
    const HuffmanEntry far = distances_.find(bits);  // At least 36 bits are left; a distance has at most 28.
    if (far.kind() != Kind::base) {
      result = fail("a distance is invalid");
      break;
    }
    const std::size_t distance = far.value() + static_cast<unsigned>(bits >> far.bits() & ((1U << far.extra()) - 1));
    drop_bits(far.bits() + far.extra(), bits, count);
    const auto done = static_cast<std::size_t>(to - begin);
    if (distance > done) {
      state_.match_left = length;
      state_.match_distance = static_cast<std::uint32_t>(distance);
      std::size_t copied = done;
      result = copy_match(out, copied, window);
      to = begin + copied;
      if (result != Step::done) break;
      continue;
    }
    const std::byte* from = to - distance;
    std::byte* const stop = to + length;
    if (distance >= 8) {
      do {
        std::memcpy(to, from, 8);
        to += 8;
        from += 8;
      } while (to < stop);
    } else if (distance == 1) {
      std::memset(to, static_cast<int>(*from), length);
    } else {
      do *to++ = *from++;
      while (to < stop);
    }
    to = stop;
  } while (to <= last_to && at <= last_start);
  at_ = at;
  bits_ = bits;
  bit_count_ = count;
  produced = static_cast<std::size_t>(to - begin);
  return result;
}

}  // namespace posixpar::codecs
