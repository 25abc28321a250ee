#include "native/engines/progress.h"

#include <algorithm>

#include "native/base/checked.h"
#include "native/kernels/copy_run.h"

namespace posixpar {

Status ExtentRead::begin(const Extent& extent) {
  extent_ = extent;
  done_ = furthest_ = head_ = tail_at_ = middle_ = 0;
  align_ = extent.file.direct() ? extent.file.offset_align : 1;
  begin_ = align_down<std::uint64_t>(extent.offset, align_);
  const std::uint64_t end = extent.offset + extent.length;
  total_ = align_up<std::uint64_t>(end, align_) - begin_;
  needed_ = end - begin_;
  const std::uint64_t inner_begin = align_up<std::uint64_t>(extent.offset, align_);
  const std::uint64_t inner_end = align_down<std::uint64_t>(end, align_);
  std::byte* const place = extent.into + (inner_begin - extent.offset);
  const bool bounces =
      extent.file.direct() && extent.file.bounce_min_bytes != 0 && extent.length >= extent.file.bounce_min_bytes;
  const bool in_place =
      inner_end > inner_begin && !bounces &&
      (!extent.file.direct() ||
       reinterpret_cast<std::uintptr_t>(place) % std::max<std::uint32_t>(1, extent.file.memory_align) == 0);
  whole_count_ = 0;
  std::uint64_t bounced = total_;
  if (in_place) {
    head_ = inner_begin - begin_;
    middle_ = inner_end - inner_begin;
    tail_at_ = align_up<std::uint64_t>(head_, std::max<std::uint64_t>(1, extent.file.memory_align));
    bounced = tail_at_ + (total_ - middle_ - head_);
  }
  if (bounced > 0) {
    auto buffer = pool::BufferPool::instance().acquire(bounced);
    if (!buffer.ok()) return std::move(buffer).error();
    bounce_ = std::move(*buffer);
  }
  const auto add = [&](std::byte* at, std::uint64_t bytes) {
    if (bytes > 0) whole_[whole_count_++] = {.iov_base = at, .iov_len = bytes};
  };
  if (in_place) {
    add(bounce_.data(), head_);
    add(place, middle_);
    add(bounce_.data() + tail_at_, bounced - tail_at_);
  } else {
    add(bounce_.data(), total_);
  }
  return {};
}

std::span<const iovec> ExtentRead::pieces() {
  std::uint64_t skip = done_;
  std::uint64_t room = align_down<std::uint64_t>(sys::kMaxTransfer, align_);
  unsigned count = 0;
  for (unsigned i = 0; i < whole_count_ && room > 0; i++) {
    const iovec& piece = whole_[i];
    if (skip >= piece.iov_len) {
      skip -= piece.iov_len;
      continue;
    }
    const std::uint64_t take = std::min<std::uint64_t>(piece.iov_len - skip, room);
    left_[count++] = {.iov_base = static_cast<std::byte*>(piece.iov_base) + skip, .iov_len = take};
    room -= take;
    skip = 0;
  }
  return {left_.data(), count};
}

bool ExtentRead::advance(std::size_t bytes) {
  const std::uint64_t reached = done_ + bytes;
  if (reached >= needed_) {
    done_ = furthest_ = reached;
    return true;
  }
  // If the call delivered no new bytes, the file ends here. A direct read that ended inside a block is repeated from
  // the start of the block, because it may have been a short read. If it ends at the same place again, the file ends
  // there.
  if (reached <= furthest_) return true;
  furthest_ = reached;
  done_ = align_down<std::uint64_t>(reached, align_);
  return false;
}

std::uint64_t ExtentRead::finish() {
  const std::uint64_t before = extent_.offset - begin_;
  const std::uint64_t got = furthest_ <= before ? 0 : std::min(furthest_ - before, extent_.length);
  if (bounce_.size() == 0) return got;
  if (middle_ == 0) {
    copy_run(bounce_.data() + before, extent_.into, got);
  } else {
    const std::uint64_t head = head_ - std::min(head_, before);  // Bytes of the extent in the first block.
    copy_run(bounce_.data() + before, extent_.into, std::min(head, got));
    const std::uint64_t straight = head + middle_;
    if (got > straight) copy_run(bounce_.data() + tail_at_, extent_.into + straight, got - straight);
  }
  bounce_.reset();
  return got;
}

}  // namespace posixpar
