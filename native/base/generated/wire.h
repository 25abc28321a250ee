#pragma once
/// \file Layout of a read plan as it is passed to the native side.
/// Generated from scripts/words/words.mjs by `npm run generate`: change that file instead.
// clang-format off
#include <cstddef>
#include <cstdint>

namespace posixpar {

namespace wire {

/// Version of this layout.
inline constexpr std::size_t kVersion = 3;

/// Positions of the numbers in the header of a plan.
enum Header : std::size_t {
  /// Version of this layout.
  kVersionWord = 0,
  /// Number of layers.
  kLayers = 1,
  /// Element type of the result.
  kOutType = 2,
  /// Number of an overflow mode.
  kOverflow = 3,
  /// 1: each value is multiplied by `scale`, then `offset` is added.
  kScaled = 4,
  kScale = 5,
  kOffset = 6,
  /// Maximum number of threads; 0: as many as the lane of the read has.
  kThreads = 7,
  /// Number of an engine.
  kEngine = 8,
  /// 1: the whole result is filled first, because the chunks do not cover it.
  kPrefill = 9,
  /// Number of elements of the result.
  kElements = 10,
  /// The fill value as a stored element: four 32-bit words.
  kFill0 = 11,
  kFill1 = 12,
  kFill2 = 13,
  kFill3 = 14,
  /// Element type of the fill value.
  kFillType = 15,
  /// 1: the result was allocated for this read and never touched.
  kFresh = 16,
  /// Index of the table with the parameters of the decoding; -1: no decoding.
  kDecoding = 17,
  /// Number of a page-cache policy.
  kCache = 18,
  /// Number of a kind of read-ahead.
  kReadahead = 19,
  /// Number of bytes to read ahead, for the kind `bytes`.
  kAheadBytes = 20,
  /// Maximum number of extents in flight; 0: the default.
  kQueueDepth = 21,
  /// Number of the method that detects changes of files.
  kConsistency = 22,
  /// Index, in the list of handles, of the directories below which paths must be; -1: any path.
  kRoots = 23,
  /// Number of a priority.
  kPriority = 24,
  /// Index of the handle of the cache of decoded chunks; -1: none.
  kChunkCache = 25,
  kHeaderWords = 26,
};

/// Positions of the numbers of a layer. The numbers of each dimension, of each field of a name template, and of each
/// projection that is not in a table follow them. A number whose meaning begins with "table" is the index of a table.
enum Layer : std::size_t {
  kRank = 0,
  /// Element type of stored elements.
  kStoredType = 1,
  /// 1: stored elements have the other byte order than this machine.
  kSwap = 2,
  /// 1: chunks at the edge contain only the elements inside the array.
  kClipped = 3,
  /// Index of the handle of the codec chain; -1: chunks are not encoded.
  kChain = 4,
  /// Number of a kind of chunk locations.
  kLocation = 5,
  /// Index of the handle of the file or directory; for `paths`: number of paths.
  kHandle = 6,
  /// Table of the offsets of chunks; the next table has their lengths; -1: there is only one chunk.
  kTable = 7,
  /// Table: index of the file of each chunk; -1: there is only one file.
  kFileIndex = 8,
  /// Table: filter mask of each chunk; -1: no bit is set in any mask.
  kMask = 9,
  /// Table: indices of the chunks in reading order; -1: the order of the offsets.
  kOrder = 10,
  /// Table: position in `order` of the first chunk of each extent; -1: each chunk is an extent.
  kExtents = 11,
  /// Position in `axisOrder` of the dimension at which plain chunks are split into extents; -1: chunks are read whole.
  kExtentLevel = 12,
  /// Number of selected elements of dimension `extentLevel` in an extent.
  kExtentBlock = 13,
  /// Index of the first path, or of the first literal of the name template.
  kString = 14,
  /// Number of fields of the name template.
  kFields = 15,
  /// Number of bytes before a chunk in its file, for name templates.
  kDataOffset = 16,
  /// Number of all words of the layer.
  kLayerSize = 17,
  /// Offset of the only chunk.
  kOneOffset = 18,
  /// Length of the only chunk.
  kOneLength = 19,
  /// Table: expected size, modification time and inode of each file; -1: files are not compared.
  kStamps = 20,
  /// Offset in bytes of the first element in a chunk.
  kElementOffset = 21,
  /// Number of bytes of a chunk after its last element.
  kTail = 22,
  /// Table: the paths in UTF-8, each followed by a NUL; -1: the paths are in the strings, from `string` on.
  kPathTable = 23,
  /// Table: bytes of the chunks that the metadata itself contains; -1: there are none.
  kInlineBytes = 24,
  /// Table: fill value of absent chunks as a stored element; -1: the fill value of the plan.
  kLayerFill = 25,
  /// Number of projections, one per box.
  kProjections = 26,
  /// Table of the projections; -1: the projections follow the numbers of the layer.
  kProjectionTable = 27,
  /// Table: first use of each chunk, then the total number of uses; -1: there is one projection.
  kUseStarts = 28,
  /// Table: two numbers per use (projection, index of the chunk in it); -1: there is one projection.
  kUses = 29,
  kLayerWords = 30,
};

/// Positions of the numbers of a dimension of a layer.
enum Dim : std::size_t {
  kChunkShape = 0,
  kGridShape = 1,
  /// The dimension at this position in the order from slowest to fastest in memory.
  kAxisOrder = 2,
  /// Distance in bytes between neighbours of the dimension; 0 if they are contiguous.
  kPitch = 3,
  kDimWords = 4,
};

/// Positions of the numbers of a projection. The numbers of each of its axes follow them, then the segments that are
/// not in a table (dimension by dimension).
enum ProjectionWord : std::size_t {
  /// Index of the first element of the box in the result.
  kOutBase = 0,
  kProjectionWords = 1,
};

/// Positions of the numbers of an axis of a projection.
enum AxisWord : std::size_t {
  /// Distance in the result between neighbours along the axis, in elements.
  kOutStride = 0,
  /// Number of segments.
  kSegments = 1,
  /// Table of the segments; -1: the segments follow the numbers of the axes.
  kSegmentTable = 2,
  /// Index of the table with the positions of the selected elements of all segments that are lists. The next table has
  /// their indices in the result. -1: no segment is a list.
  kLists = 3,
  kAxisWords = 4,
};

/// Positions of the numbers that describe a box of an array in one file. The numbers of its dimensions follow them.
enum BoxWord : std::size_t {
  /// Number of dimensions.
  kBoxDims = 0,
  /// Size of an element in bytes.
  kBoxElementBytes = 1,
  /// Offset of the first element of the array in the file, in bytes.
  kBoxDataOffset = 2,
  /// Number of bytes from there on that belong to the array.
  kBoxDataBytes = 3,
  kBoxWords = 4,
};

/// Positions of the numbers of a dimension of a box.
enum BoxDimWord : std::size_t {
  /// Number of elements of the array.
  kBoxLength = 0,
  /// First selected element.
  kBoxStart = 1,
  /// Distance between selected elements, at least 1.
  kBoxStep = 2,
  /// Number of selected elements.
  kBoxCount = 3,
  kBoxDimWords = 4,
};

/// Positions of the numbers of a field of a name template.
enum Field : std::size_t {
  kFieldDimension = 0,
  /// Minimum number of digits.
  kFieldWidth = 1,
  kFieldWords = 2,
};

/// Positions of the numbers of a segment: the selected elements of one dimension in one chunk.
enum SegmentWord : std::size_t {
  /// Chunk coordinate in this dimension.
  kSegChunk = 0,
  /// Position of the first selected element in the chunk; for a list: the smallest position.
  kSegFrom = 1,
  /// Distance between selected elements in the chunk; may be negative.
  kSegStep = 2,
  /// Number of selected elements.
  kSegCount = 3,
  /// Index of the first selected element in the result's dimension.
  kSegOut = 4,
  /// Start of the list of the segment in the table `lists`; -1: no list, element i is at `from + i * step` and goes to
  /// `out + i`.
  kSegList = 5,
  kSegmentWords = 6,
};

/// Positions of the parameters of a decoding in their table. The values that mean "missing" follow them.
enum Decoding : std::size_t {
  kDecodeScale = 0,
  kDecodeOffset = 1,
  kDecodeFlags = 2,
  /// Smallest valid stored value.
  kDecodeLow = 3,
  /// Largest valid stored value.
  kDecodeHigh = 4,
  /// Smallest valid decoded value.
  kDecodedLow = 5,
  /// Largest valid decoded value.
  kDecodedHigh = 6,
  kDecodingWords = 7,
};

/// Bits of `flags` of a decoding.
/// Every step is rounded to float32.
inline constexpr unsigned kSingle = 1;
/// A stored NaN counts as missing.
inline constexpr unsigned kNanIsMissing = 2;
/// A mask is written.
inline constexpr unsigned kMasked = 4;
/// The result has the stored values; only the mask is computed.
inline constexpr unsigned kKeepsValues = 8;
/// Above all bits.
inline constexpr unsigned kDecodeFlagsEnd = 16;

/// Kinds of chunk locations.
enum class LocationKind : std::uint8_t {
  /// All chunks are in one open file.
  open_file = 0,
  /// Chunks are in files that are given by path.
  paths = 1,
  /// File names follow from a template.
  names = 2,
  /// No chunk exists.
  absent = 3,
};
/// Number of enumerators.
[[nodiscard]] constexpr std::size_t count_of(LocationKind) { return 4; }

}  // namespace wire

}  // namespace posixpar
