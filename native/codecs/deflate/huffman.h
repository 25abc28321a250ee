#pragma once
/// \file Decoding tables for the Huffman codes of deflate (RFC 1951, section 3.2.2).
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace posixpar::codecs {

inline constexpr std::size_t kLiteralSymbols = 288;
inline constexpr std::size_t kDistanceSymbols = 32;
inline constexpr unsigned kMaxCodeBits = 15;

/// One entry of a decoding table, packed into 32 bits. From the lowest bit: 8 bits for the length of the code, 4 bits
/// for the kind, 4 bits for the number of extra bits, and 16 bits for the value.
class HuffmanEntry {
 public:
  enum class Kind : std::uint8_t {
    literal,   ///< The value is a byte, or a symbol of Alphabet::code_lengths.
    base,      ///< The value is a length or a distance, to which the extra bits are added.
    end,       ///< The block ends.
    subtable,  ///< The value is the start of a further table, whose index is the `extra` bits after the root bits.
    invalid,   ///< No symbol has this code.
  };

  constexpr HuffmanEntry() : HuffmanEntry(Kind::invalid, 0, 0, 0) {}
  constexpr HuffmanEntry(Kind kind, unsigned bits, unsigned extra, unsigned value)
      : word_(bits | static_cast<unsigned>(kind) << 8U | extra << 12U | value << 16U) {}

  [[nodiscard]] Kind kind() const { return static_cast<Kind>(word_ >> 8U & 15U); }
  [[nodiscard]] bool is_literal() const { return (word_ & 0xF00U) == 0; }
  [[nodiscard]] unsigned bits() const { return word_ & 255U; }
  [[nodiscard]] unsigned extra() const { return word_ >> 12U & 15U; }
  [[nodiscard]] unsigned value() const { return word_ >> 16U; }

 private:
  std::uint32_t word_;
};

/// The three alphabets of deflate. Each has its own symbols.
enum class Alphabet : std::uint8_t { code_lengths, literals, distances };

/// A decoding table: 2^RootBits entries, indexed by the first bits of a code, followed by subtables for longer codes.
/// Capacity is the maximum number of entries that a complete code needs.
template <unsigned RootBits, std::size_t Capacity>
class HuffmanTable {
 public:
  static constexpr unsigned kRootBits = RootBits;

  /// Builds the table from the code length of each symbol (0 if the symbol is not used).
  /// \returns false if the code is over-subscribed or incomplete. As in zlib, an incomplete code for literals or
  /// distances is accepted if it has no symbol, or one symbol of one bit.
  [[nodiscard]] bool build(std::span<const std::uint8_t> lengths, Alphabet alphabet);

  /// Returns the entry of the code with which `bits` begins (lowest bit first).
  /// \param bits  at least kMaxCodeBits bits of the stream.
  [[nodiscard]] HuffmanEntry find(std::uint64_t bits) const {
    const HuffmanEntry first = entries_[bits & ((1U << RootBits) - 1)];
    if (first.kind() != HuffmanEntry::Kind::subtable) return first;
    return entries_[first.value() + (bits >> RootBits & ((1U << first.extra()) - 1))];
  }

 private:
  std::array<HuffmanEntry, Capacity> entries_;
};

using CodeLengthTable = HuffmanTable<7, 128>;
using LiteralTable = HuffmanTable<11, 2560>;
using DistanceTable = HuffmanTable<8, 512>;

extern template class HuffmanTable<7, 128>;
extern template class HuffmanTable<11, 2560>;
extern template class HuffmanTable<8, 512>;

}  // namespace posixpar::codecs
