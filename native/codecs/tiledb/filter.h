#pragma once
/// \file The filters of a TileDB pipeline. Source: format_spec/filter_pipeline.md of TileDB.
#include <vector>

#include "native/codecs/bytes.h"
#include "native/codecs/decoder.h"

namespace posixpar::codecs::tiledb {

/// Filter numbers in a pipeline record.
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

/// Properties of a TileDB datatype that matter to filters.
struct ElementType {
  std::size_t width = 1;
  TypeClass kind = TypeClass::bytes;
};

/// One filter of the writer's pipeline.
struct Filter {
  FilterType type = FilterType::none;
  ElementType element;           ///< Type of the filter's input when writing.
  std::size_t cell = 1;          ///< Bytes per cell of the tile, for run-length encoding.
  std::size_t stored_width = 0;  ///< Bytes of a stored integer, for float scale.
  double scale = 1;              ///< For float scale.
  double offset = 0;             ///< For float scale.
};

/// A chunk between two filters. It consists of data and of metadata that filters add.
struct Parts {
  Bytes meta;
  Bytes data;
};

/// Provides memory for the output of filters. Filters write to two scratch slots in turn; the last filter writes to the
/// decoded chunk.
class Output {
 public:
  /// \param limit  maximum number of bytes that an intermediate filter may produce.
  Output(CodecScratch& scratch, MutableBytes chunk, std::size_t limit)
      : scratch_(scratch), chunk_(chunk), limit_(limit) {}

  /// Marks the next filter as the last one.
  void set_last() { last_ = true; }
  [[nodiscard]] bool last() const { return last_; }

  /// Memory for the output of a filter.
  struct Room {
    bool ok = false;
    MutableBytes meta;
    MutableBytes data;
  };
  /// Returns room for `meta` and `data` bytes. Room::ok is false if `meta` or `data` exceeds the limit, if there is no
  /// memory or, for the last filter, if `data` is not the size of the chunk. The last filter gets no room for metadata,
  /// because nothing reads it.
  Room take(std::uint64_t meta, std::uint64_t data);

 private:
  CodecScratch& scratch_;
  MutableBytes chunk_;
  std::size_t limit_;
  std::size_t slot_ = 2;
  bool last_ = false;
};

/// Null on success, else a string literal that completes "chunk 3 is damaged: ".
using Problem = const char*;

// Each function undoes one filter on `parts`. The layouts are documented at the definitions.
Problem undo_compressor(const Filter& filter, Parts& parts, Output& output);
Problem undo_per_part(const Filter& filter, Parts& parts, Output& output);
Problem undo_windows(const Filter& filter, Parts& parts, Output& output);
Problem undo_checksum(const Filter& filter, Parts& parts);

/// Returns true if the filter leaves data of type `element` unchanged and writes no metadata.
[[nodiscard]] bool passes_through(FilterType type, ElementType element, std::uint64_t tile_version);

/// Parses the parameters of a tiledb_tile codec (see scripts/words/words.mjs). Omits filters that pass data through.
Result<std::vector<Filter>> parse_pipeline(std::span<const double> params);

}  // namespace posixpar::codecs::tiledb
