#pragma once
/// \file The filters of a TileDB pipeline and what they work on. Source: TileDB's format_spec/filter_pipeline.md.
#include <vector>

#include "native/codecs/bytes.h"
#include "native/codecs/decoder.h"

namespace posixpar::codecs::tiledb {

/// The numbers of the filters in a pipeline record.
enum class FilterType : std::uint8_t {
  none = 0,
  gzip = 1,
  zstd = 2,
  lz4 = 3,
  rle = 4,
  bzip2 = 5,
  double_delta = 6,
  bit_width = 7,
  bitshuffle = 8,
  byteshuffle = 9,
  positive_delta = 10,
  md5 = 12,
  sha256 = 13,
  dictionary = 14,
  float_scale = 15,
  xor_previous = 16,
  webp = 18,
  delta = 19,
};

enum class TypeClass : std::uint8_t { signed_int, unsigned_int, real, time, bytes };

/// What the filters need to know of a TileDB datatype.
struct ElementType {
  std::size_t width = 1;
  TypeClass kind = TypeClass::bytes;
};

/// One filter, as it sees its data when writing.
struct Filter {
  FilterType type = FilterType::none;
  ElementType element;           ///< Of the data that goes into it.
  std::size_t cell = 1;          ///< Bytes of one cell of the tile (RLE).
  std::size_t stored_width = 0;  ///< Float scale: bytes of a stored integer.
  double scale = 1;              ///< Float scale.
  double offset = 0;             ///< Float scale.
};

/// A chunk between two filters: TileDB's filters pass on data and, beside it, metadata.
struct Parts {
  Bytes meta;
  Bytes data;
};

/// Where a filter puts its output. Filters alternate between two scratch slots; the last one writes to the chunk.
class Output {
 public:
  /// \param limit  the most bytes that a filter in the middle may produce.
  Output(CodecScratch& scratch, MutableBytes chunk, std::size_t limit)
      : scratch_(scratch), chunk_(chunk), limit_(limit) {}

  /// Says that the next filter is the last.
  void set_last() { last_ = true; }
  [[nodiscard]] bool last() const { return last_; }

  struct Room {
    bool ok = false;
    MutableBytes meta;
    MutableBytes data;
  };
  /// Room for `meta` and `data` bytes beside what earlier filters wrote. Not ok when that is more than the limit, or
  /// for the last filter when `data` is not the chunk's size. The last filter gets no room for metadata: nobody reads
  /// it.
  Room take(std::uint64_t meta, std::uint64_t data);

 private:
  CodecScratch& scratch_;
  MutableBytes chunk_;
  std::size_t limit_;
  std::size_t slot_ = 2;
  bool last_ = false;
};

/// How undoing a filter can fail: null, or what was found in place of what the filter's layout expects.
using Problem = const char*;

// Each undoes its filters on `parts`. The spec's words are the comments of their definitions.
Problem undo_compressor(const Filter& filter, Parts& parts, Output& output);
Problem undo_per_part(const Filter& filter, Parts& parts, Output& output);
Problem undo_windows(const Filter& filter, Parts& parts, Output& output);
Problem undo_checksum(const Filter& filter, Parts& parts);

/// Whether the filter leaves `element` as it is, without any metadata of its own.
[[nodiscard]] bool passes_through(FilterType type, ElementType element, std::uint64_t tile_version);

/// Parses the parameters of a tiledb_tile codec (scripts/words/words.mjs). Filters that pass through are left out.
Result<std::vector<Filter>> parse_pipeline(std::span<const double> params);

}  // namespace posixpar::codecs::tiledb
