#include <algorithm>
#include <cstring>

#include "native/engines/testing.h"

namespace posixpar {
namespace {

class MemChannel final : public SyncChannel {
 public:
  explicit MemChannel(std::span<const std::byte> file) : file_(file) {}

 protected:
  Result<std::uint64_t> read(const Extent& extent) override {
    if (extent.offset >= file_.size()) return std::uint64_t{0};
    const std::uint64_t bytes = std::min<std::uint64_t>(extent.length, file_.size() - extent.offset);
    std::memcpy(extent.into, file_.data() + extent.offset, bytes);
    counters_.bytes_read += bytes;
    return bytes;
  }

 private:
  std::span<const std::byte> file_;
};

}  // namespace

std::unique_ptr<Channel> open_mem(std::span<const std::byte> file) { return std::make_unique<MemChannel>(file); }

}  // namespace posixpar
