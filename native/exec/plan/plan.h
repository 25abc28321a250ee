#pragma once
/// \file A read plan: chunks, byte ranges, and the destination of each element. Plain data, immutable once decoded.
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "native/base/dtype.h"
#include "native/base/error.h"
#include "native/base/generated/choices.h"
#include "native/base/generated/wire.h"
#include "native/codecs/codec.h"
#include "native/engines/engine.h"
#include "native/kernels/scatter.h"
#include "native/sys/access.h"
#include "native/sys/file_cache.h"

namespace posixpar {

/// Objects that JavaScript passes by handle.
using PlanHandle = std::variant<std::shared_ptr<sys::OpenFile>, std::shared_ptr<sys::Directory>,
                                std::shared_ptr<const CodecChain>, std::shared_ptr<const sys::Roots>>;

/// Selected elements of one dimension inside one chunk. Element i goes from position `from + i * step` in the chunk to
/// index `out + i` of the result's dimension; with a list, from `PlanDim::from[list + i]` to `PlanDim::out[list + i]`.
struct Segment {
  std::uint64_t chunk = 0;
  std::int64_t from = 0;
  std::int64_t step = 1;
  std::uint64_t count = 0;
  std::uint64_t out = 0;
  std::int64_t list = -1;
};

struct PlanDim {
  std::uint64_t chunk_shape = 1;
  std::uint64_t grid_shape = 1;
  std::uint64_t out_stride = 0;  ///< Stride in elements of the result.
  std::vector<Segment> segments;
  /// Concatenated lists of all segments.
  std::vector<std::uint64_t> from;
  std::vector<std::uint64_t> out;
};

/// Maps elements of a layer's chunks to one box of the result.
struct Projection {
  std::vector<PlanDim> dims;
  std::uint64_t out_base = 0;     ///< First element of the box in the result.
  std::uint64_t chunk_count = 1;  ///< Product of the dims' segment counts.
};

/// One box that needs elements of a chunk: chunk `index` of a projection, in row-major order.
struct ChunkUse {
  std::uint32_t projection = 0;
  std::uint32_t index = 0;
};

/// The uses [begin, end) of one chunk.
struct UseRange {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  [[nodiscard]] std::uint64_t size() const { return end - begin; }
};

/// Builds a chunk's name from its coordinates: literals[0] field[0] literals[1] ... literals[n].
struct NameTemplate {
  struct Field {
    std::uint32_t dimension = 0;
    std::uint32_t width = 0;
  };
  std::vector<std::string> literals;
  std::vector<Field> fields;
};

/// State of a file when the locations of its chunks were read from it.
struct FileStamp {
  double size = 0;
  double mtime_ms = 0;
  double inode = -1;  ///< Negative: not known.
};

/// Locations of chunks. `kind` determines which members are used: members of the kinds `open_file`, `paths` and `names`
/// are marked below. With the kind `absent`, no chunk exists.
struct Locations {
  using Kind = wire::LocationKind;
  Kind kind = Kind::absent;
  std::shared_ptr<sys::OpenFile> file;        ///< open_file
  std::vector<std::string> paths;             ///< paths
  std::shared_ptr<const sys::Roots> roots;    ///< paths: the files must be beneath one of these; null: anywhere
  std::shared_ptr<sys::Directory> directory;  ///< names
  NameTemplate name;                          ///< names
  std::uint64_t data_offset = 0;              ///< names: number of bytes before the chunk in its file
  std::vector<double> offsets;                ///< open_file, paths: offset of each chunk; negative: absent
  std::vector<double> lengths;
  std::vector<std::uint32_t> file_index;  ///< paths: index in `paths` for each chunk; empty: 0 for all chunks
  /// paths: bytes of chunks that the metadata contains. File index `paths.size()` refers to them.
  std::vector<std::byte> inline_bytes;
  std::vector<FileStamp> stamps;             ///< paths: required state of each file; empty: any state
  std::vector<std::uint32_t> masks;          ///< Filter mask of each chunk; empty: 0 for all chunks.
  std::vector<std::uint32_t> order;          ///< Chunks in reading order, if there are `extent_starts`.
  std::vector<std::uint32_t> extent_starts;  ///< Position in `order` of each extent; empty: one extent per chunk.

  /// Maximum number of `paths` whose files stay open until the read ends. With more, descriptors could run out.
  static constexpr std::size_t kMaxOpenPaths = 128;
  /// Returns the number of extents in which whole chunks are read.
  [[nodiscard]] std::uint64_t extent_count(std::uint64_t chunk_count) const {
    return extent_starts.empty() ? chunk_count : extent_starts.size() - 1;
  }
  /// True if the plan says that chunk `index` is absent, so that no file must be opened to find out.
  [[nodiscard]] bool is_known_absent(std::uint64_t index) const;
  /// True if a file is opened for each chunk.
  [[nodiscard]] bool has_file_per_chunk() const;
  /// True if a channel (Channel::opens) may open the file of each chunk, without checking the state of the file.
  [[nodiscard]] bool allows_open_by_channel() const;
};

/// Value of elements that no stored chunk covers.
struct Fill {
  std::array<std::byte, 16> element{};  ///< The value as an element of the result.
  bool missing = false;                 ///< True if the mask marks such elements as missing.
  /// Set if the value cannot be converted to an element of the result. A read that needs it fails with this error.
  std::optional<Error> error;
};

struct PlanLayer {
  DType stored = DType::uint8;
  bool swap = false;
  bool clipped = false;
  std::shared_ptr<const CodecChain> chain;  ///< Null: plain chunks.
  Locations where;
  /// Projection of the first box. Most plans have only this one, so it needs no allocation of its own.
  Projection first;
  std::vector<Projection> others;  ///< Projections of further boxes; their grids are the same.
  /// Dimensions in the order of the elements of a stored (decoded) chunk, slowest first.
  std::vector<std::uint32_t> axis_order;
  /// Bytes from one row of the slowest dimension to the next if rows are padded; 0 = not padded.
  std::uint64_t pitch = 0;
  bool partial_reads = false;  ///< True if plain chunks may be read in part.
  std::uint32_t extent_level = 0;
  std::uint64_t extent_block = 1;
  std::uint64_t chunk_count = 0;  ///< Number of distinct chunks.
  /// Inverts projections, if there are several: chunk `c` is needed by the uses [use_starts[c], use_starts[c + 1]).
  /// Empty for one projection: chunk `c` then has one use, with the same number.
  std::vector<ChunkUse> uses;
  std::vector<std::uint32_t> use_starts;
  std::optional<Fill> fill;  ///< Fill of absent chunks, if it differs from the fill of the plan.

  [[nodiscard]] std::size_t rank() const { return axis_order.size(); }
  [[nodiscard]] std::size_t projection_count() const { return 1 + others.size(); }
  [[nodiscard]] const Projection& projection(std::size_t index) const { return index == 0 ? first : others[index - 1]; }
  [[nodiscard]] std::uint64_t use_count() const { return use_starts.empty() ? chunk_count : uses.size(); }
  [[nodiscard]] UseRange uses_of(std::uint64_t chunk) const {
    if (use_starts.empty()) return {chunk, chunk + 1};
    return {use_starts[chunk], use_starts[chunk + 1]};
  }
};

struct Plan {
  DType out_type = DType::uint8;
  Overflow overflow = Overflow::error;
  bool scaled = false;
  double scale = 1;
  double offset = 0;
  std::optional<Decoding> decoding;  ///< Used instead of `scaled`.
  bool masked = false;               ///< True if a mask is written, too: 1 for each missing element.
  bool keeps_values = false;         ///< True if the result has the stored values, and `decoding` makes only the mask.
  std::uint32_t threads = 0;         ///< Maximum number of threads; 0: as many as the compute lane has.
  EngineKind engine = EngineKind::automatic;
  CachePolicy cache = CachePolicy::keep;
  Readahead readahead = Readahead::kernel;
  std::uint64_t ahead_bytes = 0;  ///< Number of bytes to read ahead, for Readahead::bytes.
  std::uint32_t queue_depth = 0;  ///< Maximum number of extents in flight, for io_uring; 0: the default.
  Consistency consistency = Consistency::check;
  Priority priority = Priority::normal;
  bool prefill = false;
  bool fresh = false;  ///< True if the result was allocated for this read and never touched.
  std::uint64_t elements = 0;
  Fill fill;
  std::vector<PlanLayer> layers;

  /// True if the engine always waits for the storage, so that the page cache is not tried first.
  [[nodiscard]] bool waits() const { return traits_of(engine).waits; }
  [[nodiscard]] bool by_uring() const { return traits_of(engine).ring; }
  [[nodiscard]] bool direct_io() const { return traits_of(engine).direct; }
  /// True if the read must not populate the page cache.
  [[nodiscard]] bool drops_cache() const { return cache != CachePolicy::keep; }
  /// True if the options leave the choice of the engine, the cache and the read-ahead to the library.
  [[nodiscard]] bool has_default_access() const {
    return engine == EngineKind::automatic && cache == CachePolicy::keep && readahead == Readahead::kernel;
  }
  /// Number of chunks of all layers.
  [[nodiscard]] std::uint64_t chunk_count() const;
  /// Returns the conversion from a stored element to an element of the result. Refers to this plan.
  [[nodiscard]] Conversion conversion(DType stored, bool swap) const;
  /// Returns the conversion from a stored element to an element of the mask, if a mask is wanted.
  [[nodiscard]] std::optional<Conversion> mask_conversion(DType stored, bool swap) const;
  /// True if the elements of the result are the stored elements of the layer, except for their byte order.
  [[nodiscard]] bool copies_stored_bytes(const PlanLayer& layer) const;
  /// True if channels may open the files of a layer's chunks.
  [[nodiscard]] bool opens_each_chunk(const PlanLayer& layer) const {
    return buffered_access() == sys::Access::normal && !direct_io() && layer.where.allows_open_by_channel();
  }
  /// Access mode of files that are read through the page cache.
  [[nodiscard]] sys::Access buffered_access() const;
};

}  // namespace posixpar
