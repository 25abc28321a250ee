#pragma once
/// \file Finds out by the content of a block which block of a file a read call returned. Threads that read at a shared
/// file position need this, because they do not know the offset.
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "native/base/result.h"
#include "native/probe/probe.h"

namespace posixpar::probe {

/// Counts how often read calls returned each block of a region. Blocks with equal fingerprints share a counter. The
/// counts in coverage() are exact if all fingerprints differ; otherwise they are lower bounds.
class Delivery {
 public:
  /// Reads the first bytes of every block through `fd`, and returns an object that counts these blocks. `fd` may be
  /// open with O_DIRECT.
  static Result<std::unique_ptr<Delivery>> learn(int fd, const Options& options, const std::string& path);
  /// Creates a counter. `fingerprints` has one entry per block, in the order of the blocks.
  explicit Delivery(const std::vector<std::uint64_t>& fingerprints);

  /// Hashes 8-byte words at intervals of 64 bytes within the first 4 KiB of a block.
  static std::uint64_t fingerprint(std::span<const std::byte> block);

  /// Counts a block that a read call returned. Thread-safe.
  void deliver(std::span<const std::byte> block) { deliver(fingerprint(block)); }
  void deliver(std::uint64_t block_fingerprint);

  /// Ends a pass in which `calls` calls delivered a block. No deliver() may run concurrently.
  void end_pass(std::uint64_t calls);
  [[nodiscard]] const Coverage& coverage() const { return coverage_; }

 private:
  std::unordered_map<std::uint64_t, std::uint32_t> class_of_;
  std::vector<std::uint32_t> class_of_block_;
  std::vector<std::uint32_t> blocks_of_class_;
  std::vector<std::atomic<std::uint32_t>> delivered_;
  std::atomic<std::uint64_t> unknown_ = 0;
  Coverage coverage_;
};

}  // namespace posixpar::probe
