#pragma once
/// \file Which block a call delivered, told from its content.
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

/// Counts deliveries of the blocks of a region. Blocks of equal content form one class, which must be delivered as
/// often as it has blocks: what it counts is exact for blocks that differ and a lower bound for those that do not.
class Delivery {
 public:
  /// Reads the head of every block through `fd` (aligned, so that a direct descriptor serves).
  static Result<std::unique_ptr<Delivery>> learn(int fd, const Options& options, const std::string& path);
  /// From the fingerprints of the blocks in order.
  explicit Delivery(const std::vector<std::uint64_t>& fingerprints);

  /// Of the first bytes of a block: words 64 bytes apart within its first 4 KiB.
  static std::uint64_t fingerprint(std::span<const std::byte> block);

  /// Counts one delivery. Thread-safe.
  void deliver(std::span<const std::byte> block) { deliver(fingerprint(block)); }
  void deliver(std::uint64_t block_fingerprint);

  /// Ends a pass in which `calls` calls delivered something; no deliver() may run meanwhile.
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
