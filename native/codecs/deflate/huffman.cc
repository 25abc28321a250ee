#include "native/codecs/deflate/huffman.h"

#include <algorithm>

namespace posixpar::codecs {
namespace {

using Kind = HuffmanEntry::Kind;

struct Base {
  std::uint16_t value;
  std::uint8_t extra;
};

/// Lengths of matches, by symbol from 257 on (RFC 1951, section 3.2.5).
constexpr std::array<Base, 29> kLengths = {{{3, 0},   {4, 0},   {5, 0},   {6, 0},   {7, 0},  {8, 0},  {9, 0},  {10, 0},
                                            {11, 1},  {13, 1},  {15, 1},  {17, 1},  {19, 2}, {23, 2}, {27, 2}, {31, 2},
                                            {35, 3},  {43, 3},  {51, 3},  {59, 3},  {67, 4}, {83, 4}, {99, 4}, {115, 4},
                                            {131, 5}, {163, 5}, {195, 5}, {227, 5}, {258, 0}}};

/// Distances of matches, by symbol.
constexpr std::array<Base, 30> kDistances = {
    {{1, 0},     {2, 0},     {3, 0},     {4, 0},      {5, 1},      {7, 1},     {9, 2},     {13, 2},
     {17, 3},    {25, 3},    {33, 4},    {49, 4},     {65, 5},     {97, 5},    {129, 6},   {193, 6},
     {257, 7},   {385, 7},   {513, 8},   {769, 8},    {1025, 9},   {1537, 9},  {2049, 10}, {3073, 10},
     {4097, 11}, {6145, 11}, {8193, 12}, {12289, 12}, {16385, 13}, {24577, 13}}};

HuffmanEntry entry_of(Alphabet alphabet, std::size_t symbol, unsigned bits) {
  switch (alphabet) {
    case Alphabet::code_lengths:
      return {Kind::literal, bits, 0, static_cast<unsigned>(symbol)};
    case Alphabet::literals:
      if (symbol < 256) return {Kind::literal, bits, 0, static_cast<unsigned>(symbol)};
      if (symbol == 256) return {Kind::end, bits, 0, 0};
      if (symbol - 257 < kLengths.size()) {
        return {Kind::base, bits, kLengths[symbol - 257].extra, kLengths[symbol - 257].value};
      }
      break;
    case Alphabet::distances:
      if (symbol < kDistances.size()) return {Kind::base, bits, kDistances[symbol].extra, kDistances[symbol].value};
      break;
  }
  return {Kind::invalid, bits, 0, 0};
}

unsigned reverse(unsigned code, unsigned bits) {
  unsigned out = 0;
  for (unsigned i = 0; i < bits; i++) out |= (code >> i & 1U) << (bits - 1 - i);
  return out;
}

}  // namespace

template <unsigned RootBits, std::size_t Capacity>
bool HuffmanTable<RootBits, Capacity>::build(std::span<const std::uint8_t> lengths, Alphabet alphabet) {
  std::array<unsigned, kMaxCodeBits + 1> count{};
  for (const std::uint8_t length : lengths) {
    if (length > kMaxCodeBits) return false;
    count[length]++;
  }
  count[0] = 0;
  std::array<unsigned, kMaxCodeBits + 2> first{};  // The first code of each length.
  unsigned used = 0;
  unsigned longest = 0;
  int left = 1;
  for (unsigned bits = 1; bits <= kMaxCodeBits; bits++) {
    first[bits + 1] = (first[bits] + count[bits]) << 1U;
    left = (left << 1) - static_cast<int>(count[bits]);
    if (left < 0) return false;
    used += count[bits];
    if (count[bits] != 0) longest = bits;
  }
  if (left > 0 && (alphabet == Alphabet::code_lengths || used > 1 || longest > 1)) return false;

  // Symbols in the order of their codes. In this order, the codes with equal first bits are neighbours.
  std::array<std::uint16_t, kLiteralSymbols> order{};
  std::array<unsigned, kMaxCodeBits + 2> next{};
  for (unsigned bits = 1; bits <= kMaxCodeBits; bits++) next[bits + 1] = next[bits] + count[bits];
  for (std::size_t symbol = 0; symbol < lengths.size(); symbol++) {
    if (lengths[symbol] != 0) order[next[lengths[symbol]]++] = static_cast<std::uint16_t>(symbol);
  }

  constexpr unsigned kRoot = 1U << RootBits;
  std::fill_n(entries_.begin(), kRoot, HuffmanEntry());
  std::size_t end = kRoot;
  unsigned prefix = kRoot;  // First bits of the codes in the current subtable; kRoot if there is none.
  std::size_t subtable = 0;
  unsigned sub_bits = 0;
  for (unsigned i = 0; i < used; i++) {
    const std::size_t symbol = order[i];
    const unsigned bits = lengths[symbol];
    const unsigned code = reverse(first[bits]++, bits);
    const HuffmanEntry entry = entry_of(alphabet, symbol, bits);
    if (bits <= RootBits) {
      for (unsigned at = code; at < kRoot; at += 1U << bits) entries_[at] = entry;
    } else {
      if ((code & (kRoot - 1)) != prefix) {
        prefix = code & (kRoot - 1);
        // Finds the smallest subtable for the codes with this prefix. The codes are sorted by length, and the next ones
        // have this prefix. So a subtable for codes of at most RootBits + sub_bits bits is large enough if the
        // remaining codes of at most this length fill it, or if no code is longer.
        sub_bits = bits - RootBits;
        for (int room = 1 << sub_bits; RootBits + sub_bits < longest; room <<= 1) {
          room -= static_cast<int>(count[RootBits + sub_bits]);
          if (room <= 0) break;
          sub_bits++;
        }
        subtable = end;
        end += std::size_t{1} << sub_bits;
        if (end > Capacity) return false;
        std::fill_n(entries_.begin() + static_cast<std::ptrdiff_t>(subtable), std::size_t{1} << sub_bits,
                    HuffmanEntry());
        entries_[prefix] = {Kind::subtable, RootBits, sub_bits, static_cast<unsigned>(subtable)};
      }
      for (unsigned at = code >> RootBits; at < 1U << sub_bits; at += 1U << (bits - RootBits)) {
        entries_[subtable + at] = entry;
      }
    }
    count[bits]--;
  }
  return true;
}

template class HuffmanTable<7, 128>;
template class HuffmanTable<11, 2560>;
template class HuffmanTable<8, 512>;

}  // namespace posixpar::codecs
