#include "native/probe/delivery.h"

#include <algorithm>
#include <cstring>

#include "native/probe/aligned.h"
#include "native/sys/file.h"

namespace posixpar::probe {
namespace {

constexpr std::size_t kHead = 4096;
constexpr std::size_t kStride = 64;

std::uint64_t mix(std::uint64_t hash, std::uint64_t word) {
  hash = (hash ^ word) * 0x9e3779b97f4a7c15U;
  return hash ^ (hash >> 32);
}

}  // namespace

std::uint64_t Delivery::fingerprint(std::span<const std::byte> block) {
  const std::size_t end = std::min(block.size(), kHead);
  std::uint64_t hash = end;
  for (std::size_t at = 0; at + sizeof(std::uint64_t) <= end; at += kStride) {
    std::uint64_t word = 0;
    std::memcpy(&word, block.data() + at, sizeof word);
    hash = mix(hash, word);
  }
  return hash;
}

Delivery::Delivery(const std::vector<std::uint64_t>& fingerprints) {
  class_of_block_.reserve(fingerprints.size());
  for (const std::uint64_t print : fingerprints) {
    const auto [entry, is_new] = class_of_.try_emplace(print, static_cast<std::uint32_t>(blocks_of_class_.size()));
    if (is_new) blocks_of_class_.push_back(0);
    ++blocks_of_class_[entry->second];
    class_of_block_.push_back(entry->second);
  }
  delivered_ = std::vector<std::atomic<std::uint32_t>>(blocks_of_class_.size());
  coverage_.blocks = fingerprints.size();
  coverage_.distinct_blocks =
      static_cast<std::uint64_t>(std::count(blocks_of_class_.begin(), blocks_of_class_.end(), 1U));
}

Result<std::unique_ptr<Delivery>> Delivery::learn(int fd, const Options& options, const std::string& path) {
  const std::size_t head = std::min(options.block_bytes, kHead);
  const AlignedBuffer buffer(head);
  std::vector<std::uint64_t> fingerprints;
  fingerprints.reserve(options.length / options.block_bytes);
  for (std::uint64_t at = 0; at < options.length; at += options.block_bytes) {
    const auto got = sys::pread_full(fd, buffer.data(), head, options.offset + at, path);
    if (!got.ok()) return Result(got).error();
    if (*got < head) {
      return Error{.kind = ErrorKind::eof,
                   .op = "pread",
                   .path = path,
                   .offset = options.offset + at,
                   .length = head,
                   .message = "the file ends inside the region"};
    }
    fingerprints.push_back(fingerprint({buffer.data(), head}));
  }
  return std::make_unique<Delivery>(fingerprints);
}

void Delivery::deliver(std::uint64_t block_fingerprint) {
  const auto found = class_of_.find(block_fingerprint);
  if (found == class_of_.end()) {
    unknown_.fetch_add(1, std::memory_order_relaxed);
  } else {
    delivered_[found->second].fetch_add(1, std::memory_order_relaxed);
  }
}

void Delivery::end_pass(std::uint64_t calls) {
  std::vector<std::uint32_t> wanted(blocks_of_class_.size(), 0);
  const auto reached = std::min<std::uint64_t>(calls, class_of_block_.size());
  for (std::size_t block = 0; block < reached; ++block) ++wanted[class_of_block_[block]];
  for (std::size_t c = 0; c < wanted.size(); ++c) {
    const std::uint32_t got = delivered_[c].exchange(0, std::memory_order_relaxed);
    coverage_.delivered += got;
    if (got > blocks_of_class_[c]) coverage_.twice += got - blocks_of_class_[c];
    if (got < wanted[c]) coverage_.lost += wanted[c] - got;
  }
  const std::uint64_t unknown = unknown_.exchange(0, std::memory_order_relaxed);
  coverage_.delivered += unknown;
  coverage_.unknown += unknown;
  if (calls > 0) ++coverage_.passes;
}

}  // namespace posixpar::probe
