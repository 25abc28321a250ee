#include "native/engines/engine.h"
#include "native/kernels/copy_run.h"
#include "native/sys/mapping.h"

namespace posixpar {
namespace {

/// Copies extents from a mapping of the file. Reads do not use this channel, not even with the engine option `mmap`:
/// the executor itself gathers elements from a mapping (Mode::mapped), and uses the engine `pread` for chunks that it
/// cannot map.
class MmapChannel final : public SyncChannel {
 protected:
  Result<std::uint64_t> read(const Extent& extent) override {
    auto id = sys::stat_fd(extent.file.fd, *extent.file.path);
    counters_.system_calls++;
    if (!id.ok()) return std::move(id).error();
    if (extent.offset >= id->size) return std::uint64_t{0};
    const std::uint64_t bytes = std::min(extent.length, id->size - extent.offset);
    // Reuses the mapping only if the file was certainly not closed. Otherwise, `fd` may belong to another file now.
    const bool kept = mapping_ && extent.file.fd_outlives_chunk && fd_ == extent.file.fd;
    if (!kept || mapping_->size() != id->size || mapping_->faulted()) {
      auto mapping = sys::Mapping::create(extent.file.fd, *id, *extent.file.path);
      counters_.system_calls++;
      if (!mapping.ok()) return std::move(mapping).error();
      mapping_ = std::move(*mapping);
      fd_ = extent.file.fd;
    }
    const sys::MappedAccess access(mapping_, extent.file.fd);
    copy_run(access.bytes().data() + extent.offset, extent.into, bytes);
    POSIXPAR_RETURN_IF_ERROR(access.finish());
    counters_.bytes_read += bytes;
    counters_.bytes_mapped += bytes;
    return bytes;
  }

 private:
  std::shared_ptr<sys::Mapping> mapping_;
  int fd_ = -1;
};

std::unique_ptr<Channel> open_mmap(const ChannelOptions&) { return std::make_unique<MmapChannel>(); }

}  // namespace

constinit const Engine engines_detail::mmap_engine = {always_available, open_mmap};

}  // namespace posixpar
