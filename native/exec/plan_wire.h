#pragma once
/// \file The plan as it crosses the boundary: one array of doubles, side tables and strings. lib/exec/wire.ts writes
/// it; a test compares the constants of both sides. Every number is checked here, so that what lies below may trust a
/// Plan.
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "native/base/result.h"
#include "native/exec/plan.h"

namespace posixpar {

namespace wire {

inline constexpr double kVersion = 1;

/// Encoded chunks are decoded whole, so their size is memory. Formats refuse larger ones by name.
inline constexpr std::uint64_t kMaxEncodedChunk = std::uint64_t{1} << 33;

/// Words of the header.
enum Header : std::size_t {
  kVersionWord,
  kLayers,
  kOutType,
  kOverflow,
  kScaled,
  kScale,
  kOffset,
  kThreads,
  kEngine,
  kPrefill,
  kElements,
  kFill0,
  kFill1,
  kFill2,
  kFill3,
  kFillType,
  kFresh,
  kDecoding,
  kCache,
  kReadahead,
  kAheadBytes,
  kQueueDepth,
  kHeaderWords,
};
static_assert(kHeaderWords == 22);

/// Words of a layer, followed by kDimWords per dimension, kFieldWords per template field, kSegmentWords per segment
/// (dimension by dimension) and the lists (per list `count` positions, then `count` result indices).
enum Layer : std::size_t {
  kRank,
  kStoredType,
  kSwap,
  kClipped,
  kChain,
  kLocation,
  kHandle,
  kTable,
  kFileIndex,
  kMask,
  kOrder,
  kGroups,
  kSpanLevel,
  kSpanBlock,
  kString,
  kFields,
  kDataOffset,
  kLayerSize,
  kOneOffset,
  kOneLength,
  kStamps,
  kPitch,
  kHeld,
  kLayerFill,
  kLayerWords,
};
static_assert(kLayerWords == 24);

/// Words of the table that kDecoding names, followed by the values that are missing.
enum Decoding : std::size_t {
  kDecodeScale,
  kDecodeOffset,
  kDecodeFlags,
  kDecodeLow,
  kDecodeHigh,
  kDecodedLow,
  kDecodedHigh,
  kDecodingWords,
};
/// Bits of kDecodeFlags.
enum DecodeFlag : unsigned { kSingle = 1, kNanIsMissing = 2, kMasked = 4, kKeepsValues = 8 };
inline constexpr double kDecodeFlagsEnd = 16;

enum Dim : std::size_t { kChunkShape, kGridShape, kAxisOrder, kOutStride, kSegments, kDimWords };
enum Field : std::size_t { kFieldDimension, kFieldWidth, kFieldWords };
enum SegmentWord : std::size_t { kSegChunk, kSegFrom, kSegStep, kSegCount, kSegOut, kSegList, kSegmentWords };

}  // namespace wire

/// A side table: offsets and lengths are doubles, masks, file indexes, orders, groups and fills are u32.
struct WireTable {
  std::span<const double> doubles;
  std::span<const std::uint32_t> words;
};

/// What a plan refers to, owned by the caller for the duration of decode_plan.
struct WireInputs {
  std::span<const double> plan;
  std::span<const WireTable> tables;
  std::span<const std::string> strings;
  std::span<const PlanHandle> handles;
};

/// Reads a plan. \returns `invalid` when it contradicts itself.
Result<Plan> decode_plan(const WireInputs& inputs);

}  // namespace posixpar
