#pragma once
/// \file Settings that the threads of a write share, and the counters of one thread.
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "native/base/generated/write.h"
#include "native/exec/plan/plan.h"
#include "native/exec/run/compute_gate.h"
#include "native/exec/write/shard_layout.h"

namespace posixpar {

/// Settings of a write that its plan does not contain.
struct WriteSettings {
  Durability durability = Durability::full;
  /// Value of elements that were never written, as a stored element in native byte order.
  std::array<std::byte, 16> fill{};
  /// Direct writes begin and end at multiples of this number of bytes, a power of two. If it is 0, all writes go
  /// through the page cache. Applies only to layers that are written in place.
  std::uint64_t direct_alignment = 0;
  bool omits_fill = false;  ///< True if chunks that contain only the fill value are not stored.
  /// Layout of the shards; empty if each chunk is a file. If it is set, the names in the plan are names of shards.
  std::optional<ShardLayout> shards;
};

/// Counters of one thread.
struct WriteCounters {
  std::uint64_t words[kWriteStatWords] = {};
  std::uint64_t load_ns = 0;    ///< Reading stored chunks that are edited.
  std::uint64_t decode_ns = 0;  ///< Decoding them.
  std::uint64_t& operator[](WriteStatWord word) { return words[word]; }
  void add(const WriteCounters& other) {
    for (std::size_t w = 0; w < kWriteStatWords; w++) words[w] += other.words[w];
    load_ns += other.load_ns;
    decode_ns += other.decode_ns;
  }
};

/// Returns the conversion of elements of the source to stored elements in native byte order.
inline Conversion conversion_of(const Plan& plan, const PlanLayer& layer) {
  Conversion conversion;
  conversion.from = plan.out_type;
  conversion.to = layer.stored;
  conversion.overflow = plan.overflow;
  return conversion;
}

/// Data that a thread needs to perform a task of a write.
struct WriteContext {
  const Plan& plan;
  const WriteSettings& settings;
  const std::byte* source;
  WriteCounters& counters;
  GateAccess gate;

  [[nodiscard]] Conversion conversion(const PlanLayer& layer) const { return conversion_of(plan, layer); }
};

/// Adds a path, offset and length to `error` if it has no path.
inline Error located_at(Error error, const std::string& path, std::uint64_t offset, std::uint64_t length) {
  if (!error.path.empty()) return error;
  error.path = path;
  error.offset = offset;
  error.length = length;
  return error;
}

}  // namespace posixpar
