#pragma once
/// \file Defines the read plan: which chunks to read, where they are stored, and where each element goes in the result.
/// Plain data that does not change after it was decoded.
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
#include "native/pool/chunk_cache.h"
#include "native/sys/access.h"
#include "native/sys/file_cache.h"

namespace posixpar {

class DeflateIndex;      // native/codecs/deflate/deflate_index.h
class DeflateFirstPass;  // native/exec/deflate_first_pass.h
class ArrayShare;        // native/exec/shared_array.h
class DirtyChunks;       // native/exec/write/dirty_chunks.h
class ElementSink;       // native/exec/plan/element_sink.h

/// Objects that JavaScript passes by handle.
using PlanHandle =
    std::variant<std::shared_ptr<sys::OpenFile>, std::shared_ptr<sys::Directory>, std::shared_ptr<const CodecChain>,
                 std::shared_ptr<const sys::Roots>, std::shared_ptr<const DeflateIndex>,
                 std::shared_ptr<const DeflateFirstPass>, std::shared_ptr<pool::ChunkCache>,
                 std::shared_ptr<DirtyChunks>, std::shared_ptr<ArrayShare>>;

/// Selected elements of one dimension inside one chunk. `chunk` is the coordinate of the chunk in the grid. Without a
/// list (`list` is negative), element i goes from position `from + i * step` in the chunk to index `out + i` of the
/// result's dimension. With a list, it goes from `PlanDim::from[list + i]` to `PlanDim::out[list + i]`.
struct Segment {
  std::uint64_t chunk = 0;
  std::int64_t from = 0;
  std::int64_t step = 1;
  std::uint64_t count = 0;
  std::uint64_t out = 0;
  std::int64_t list = -1;
};

/// One dimension of a projection: the chunks along the dimension, and the elements that are selected in each of them.
struct PlanDim {
  std::uint64_t chunk_shape = 1;  ///< Length of a chunk that is not clipped, in elements.
  std::uint64_t grid_shape = 1;   ///< Length of the chunk grid, in elements. Clipped chunks end there.
  /// Distance in bytes between neighbours along this dimension in a chunk. 0 means packed: the distance is the size in
  /// bytes of the faster dimensions.
  std::uint64_t pitch = 0;
  std::uint64_t out_stride = 0;  ///< Stride in elements of the result.
  std::vector<Segment> segments;
  /// Concatenated lists of all segments: positions in the chunk (`from`) and indices in the result (`out`).
  std::vector<std::uint64_t> from;
  std::vector<std::uint64_t> out;
};

/// Maps elements of a layer's chunks to one box of the result.
struct Projection {
  std::vector<PlanDim> dims;
  std::uint64_t out_base = 0;     ///< First element of the box in the result.
  std::uint64_t chunk_count = 1;  ///< Product of the numbers of segments of all dimensions.
};

/// One box that needs elements of a chunk. `projection` is the projection of the box; `index` is the row-major index of
/// the chunk among the chunks of that projection.
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
    std::uint32_t width = 0;  ///< Minimum number of digits. Zeros are put before shorter numbers.
  };
  std::vector<std::string> literals;
  std::vector<Field> fields;
};

/// State of a file at the time when the locations of its chunks were determined.
struct FileStamp {
  double size = 0;
  double mtime_ms = 0;
  double inode = -1;  ///< Negative if it is not known.
};

/// Locations of the chunks of a layer. `kind` says how files are found: `open_file` (all chunks are in one open file),
/// `paths` (files with known paths), `names` (one file per chunk, whose name is built from the chunk's coordinates), or
/// `absent` (no chunk exists). The comments of the members say which kinds use them.
struct Locations {
  using Kind = wire::LocationKind;
  Kind kind = Kind::absent;
  std::shared_ptr<sys::OpenFile> file;  ///< Only for `open_file`.
  std::vector<std::string> paths;       ///< Only for `paths`.
  /// For `paths`: the files must be beneath one of these directories. Null if they may be anywhere. If it is not null,
  /// channels do not open files, also for `names` (allows_open_by_channel()).
  std::shared_ptr<const sys::Roots> roots;
  std::shared_ptr<sys::Directory> directory;  ///< Only for `names`.
  NameTemplate name;                          ///< Only for `names`.
  std::uint64_t data_offset = 0;              ///< Only for `names`: number of bytes before the chunk in its file.
  /// Offset and length of each chunk. The offset is negative if the chunk is absent. These and all following members
  /// are only for `open_file` and `paths`.
  std::vector<double> offsets;
  std::vector<double> lengths;
  /// Only for `paths`: index in `paths` for each chunk. Empty if the index is 0 for all chunks.
  std::vector<std::uint32_t> file_index;
  /// Only for `paths`: bytes of chunks that the metadata contains. File index `paths.size()` refers to them.
  std::vector<std::byte> inline_bytes;
  std::vector<FileStamp> stamps;     ///< Only for `paths`: required state of each file. Empty if any state is accepted.
  std::vector<std::uint32_t> masks;  ///< Filter mask of each chunk. Empty if the mask is 0 for all chunks.
  std::vector<std::uint32_t> order;  ///< Chunks in reading order. Empty if there are no `extent_starts`.
  /// Start of each extent in `order`, and the length of `order` as the last entry. Empty if each chunk is one extent.
  std::vector<std::uint32_t> extent_starts;

  /// Maximum number of `paths` for which files stay open until the read ends. With more paths, file descriptors could
  /// run out, so a file is opened for each chunk and closed after it.
  static constexpr std::size_t kMaxOpenPaths = 128;
  /// Returns the number of extents of a layer whose chunks are read as a whole.
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
  bool missing = false;                 ///< True if the mask marks these elements as missing.
  /// Set if the value cannot be converted to an element of the result. A read that needs it fails with this error.
  std::optional<Error> error;
};

/// A regular grid of chunks that supplies elements of the result. The layers of a plan are disjoint: they supply
/// different elements.
struct PlanLayer {
  DType stored = DType::uint8;
  bool swap = false;     ///< True if stored elements do not have the byte order of this machine.
  bool clipped = false;  ///< True if chunks at the upper edge are smaller: they end at PlanDim::grid_shape.
  std::shared_ptr<const CodecChain> chain;  ///< Codecs of the chunks; null or without codecs if chunks are plain.
  Locations where;
  /// Projection of the first box. A separate member, because most plans have only this one; so it needs no allocation.
  Projection first;
  std::vector<Projection> others;  ///< Projections of further boxes; their grids are the same.
  /// Dimensions in the order of the elements of a stored (decoded) chunk, slowest first.
  std::vector<std::uint32_t> axis_order;
  /// True if there may be other data before, between or after the elements of a chunk (PlanDim::pitch).
  bool spaced = false;
  std::uint64_t element_offset = 0;  ///< Offset in bytes of the first element in a chunk.
  std::uint64_t tail = 0;            ///< Number of bytes of a chunk after its last element.
  bool partial_reads = false;        ///< True if plain chunks may be read in part.
  /// If a plain chunk is read in part: extents split this dimension (in storage order) into blocks of `extent_block`
  /// selected elements. See ChunkGeometry::extent_count().
  std::uint32_t extent_level = 0;
  std::uint64_t extent_block = 1;
  std::uint64_t chunk_count = 0;  ///< Number of distinct chunks.
  /// Uses of all chunks, if there are several projections: chunk `c` has the uses [use_starts[c], use_starts[c + 1]).
  /// Empty if there is one projection: chunk `c` then has only use `c`.
  std::vector<ChunkUse> uses;
  std::vector<std::uint32_t> use_starts;
  std::optional<Fill> fill;  ///< Fill value of absent chunks, if it is not Plan::fill.

  [[nodiscard]] std::size_t rank() const { return axis_order.size(); }
  /// Returns the number of decoded bytes of a chunk that is not clipped.
  [[nodiscard]] std::uint64_t chunk_bytes() const;
  /// True if the layer is one plain chunk of an open file, read for one box.
  [[nodiscard]] bool is_one_plain_chunk() const {
    return partial_reads && use_count() == 1 && where.kind == Locations::Kind::open_file && where.offsets[0] >= 0;
  }
  [[nodiscard]] std::size_t projection_count() const { return 1 + others.size(); }
  [[nodiscard]] const Projection& projection(std::size_t index) const { return index == 0 ? first : others[index - 1]; }
  [[nodiscard]] std::uint64_t use_count() const { return use_starts.empty() ? chunk_count : uses.size(); }
  [[nodiscard]] UseRange uses_of(std::uint64_t chunk) const {
    if (use_starts.empty()) return {chunk, chunk + 1};
    return {use_starts[chunk], use_starts[chunk + 1]};
  }
};

/// A read: the layers to read, the type of the result, and the options of the caller. A write also has a plan
/// (native/exec/write/write.h).
struct Plan {
  DType out_type = DType::uint8;
  Overflow overflow = Overflow::error;
  bool scaled = false;
  double scale = 1;
  double offset = 0;
  std::optional<Decoding> decoding;  ///< If it is set, `scaled`, `scale` and `offset` are not used.
  bool masked = false;               ///< True if a mask is written, too: 1 for each missing element.
  bool keeps_values = false;  ///< True if `decoding` is used only for the mask. The result has the stored values.
  std::uint32_t threads = 0;  ///< Maximum number of threads; 0 for all threads of the pool's lanes.
  EngineKind engine = EngineKind::automatic;
  CachePolicy cache = CachePolicy::keep;
  Readahead readahead = Readahead::kernel;
  std::uint64_t ahead_bytes = 0;  ///< Number of bytes to read ahead, for Readahead::bytes.
  std::uint32_t queue_depth = 0;  ///< Maximum number of extents in flight, for io_uring; 0 means the default.
  Consistency consistency = Consistency::check;
  Priority priority = Priority::normal;
  bool prefill = false;  ///< True if the layers do not supply every element of the result.
  bool fresh = false;    ///< True if the result is new memory that was never written.
  std::uint64_t elements = 0;
  Fill fill;
  std::shared_ptr<pool::ChunkCache> chunk_cache;  ///< Keeps decoded chunks between reads. Null if they are not kept.
  std::shared_ptr<ElementSink> sink;  ///< Receives the elements. Null if they are written to a result in memory.
  std::vector<PlanLayer> layers;

  /// Returns the cache of the decoded chunks of a layer; null if they are not cached. Chunks without codecs are not
  /// cached, because the page cache can keep the same bytes.
  [[nodiscard]] pool::ChunkCache* chunk_cache_of(const PlanLayer& layer) const {
    return layer.chain == nullptr || layer.chain->empty() ? nullptr : chunk_cache.get();
  }
  /// True if the engine always waits for the storage. Reads then do not first try RWF_NOWAIT.
  [[nodiscard]] bool waits() const { return traits_of(engine).waits; }
  [[nodiscard]] bool by_uring() const { return traits_of(engine).ring; }
  [[nodiscard]] bool direct_io() const { return traits_of(engine).direct; }
  /// True if the read must not populate the page cache.
  [[nodiscard]] bool drops_cache() const { return cache != CachePolicy::keep; }
  /// True if the options leave the choice of the engine, the cache and the read-ahead to the library.
  [[nodiscard]] bool has_default_access() const {
    return engine == EngineKind::automatic && cache == CachePolicy::keep && readahead == Readahead::kernel;
  }
  /// Total number of chunks of all layers.
  [[nodiscard]] std::uint64_t chunk_count() const;
  /// Returns the conversion from a stored element to an element of the result. Refers to this plan.
  [[nodiscard]] Conversion conversion(DType stored, bool swap) const;
  /// Returns the conversion from a stored element to an element of the mask, if a mask is wanted.
  [[nodiscard]] std::optional<Conversion> mask_conversion(DType stored, bool swap) const;
  /// True if a read of the layer only copies stored elements, possibly with swapped bytes, and writes no mask.
  [[nodiscard]] bool copies_stored_bytes(const PlanLayer& layer) const;
  /// True if channels may open the files of a layer's chunks.
  [[nodiscard]] bool opens_each_chunk(const PlanLayer& layer) const {
    return buffered_access() == sys::Access::normal && !direct_io() && layer.where.allows_open_by_channel() &&
           chunk_cache_of(layer) == nullptr;
  }
  /// Access mode of files that are read through the page cache.
  [[nodiscard]] sys::Access buffered_access() const;
};

}  // namespace posixpar
