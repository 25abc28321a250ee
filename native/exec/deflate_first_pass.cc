#include "native/exec/deflate_first_pass.h"

#include <chrono>
#include <utility>

#include "native/codecs/decoder.h"
#include "native/sys/file.h"

namespace posixpar {
namespace {

/// Time without progress after which a thread does not wait for its turn any longer. Threads take the chunks of a read
/// in the order of the stream, so the pieces before are usually being decoded by other threads.
constexpr std::chrono::milliseconds kPatience{50};

}  // namespace

struct DeflateFirstPass::State {
  State(std::shared_ptr<sys::OpenFile> opened, const DeflateScanSpec& spec)
      : file(std::move(opened)), scan(file->fd(), file->path(), spec, cancel) {}

  std::shared_ptr<sys::OpenFile> file;
  pool::CancelToken cancel;  // Never raised: decode() handles few pieces, and the read is cancelled between two calls.
  std::mutex mutex;          // Guards the members below.
  std::condition_variable progress;
  DeflateScan scan;
  bool has_begun = false;
  std::optional<Error> error;
  std::mutex complete_mutex;  // Guards `complete`. Locked for short times only.
  std::shared_ptr<const DeflateIndex> complete;
};

DeflateFirstPass::DeflateFirstPass(std::shared_ptr<sys::OpenFile> file, const DeflateScanSpec& spec)
    : state_(std::make_unique<State>(std::move(file), spec)) {}

DeflateFirstPass::~DeflateFirstPass() = default;

std::shared_ptr<const DeflateIndex> DeflateFirstPass::index() const {
  const std::scoped_lock lock(state_->complete_mutex);
  return state_->complete;
}

void DeflateFirstPass::wait_for_turn(Lock& lock, std::size_t first) const {
  const DeflateScan& scan = state_->scan;
  while (!state_->error && scan.decoded_pieces() < first) {
    const std::size_t seen = scan.decoded_pieces();
    const auto moved = [&] { return state_->error || scan.decoded_pieces() != seen; };
    if (!state_->progress.wait_for(lock, kPatience, moved)) return;
  }
}

Status DeflateFirstPass::decode(std::size_t first, Bytes, MutableBytes out, std::size_t needed_end) const {
  Lock lock(state_->mutex);
  DeflateScan& scan = state_->scan;
  std::size_t end = first;
  std::uint64_t bytes = 0;
  while (end < scan.piece_count() && bytes < out.size()) bytes += scan.piece_bytes(end++);
  if (end == first) return codecs::codec_error("deflate", "the stream has no such piece");
  if (bytes != out.size()) return codecs::size_error("deflate", out.size(), static_cast<std::size_t>(bytes));
  wait_for_turn(lock, first);
  if (state_->error) return *state_->error;
  const bool is_next = scan.decoded_pieces() <= first;
  if (scan.decoded_pieces() < end) {
    if (auto status = continue_scan(first, end, out); !status.ok()) {
      state_->error = status.error();
      state_->progress.notify_all();
      return status;
    }
    state_->progress.notify_all();
  }
  return is_next ? Status() : decode_again(lock, first, end, out, needed_end);
}

/// Decodes the stream up to piece `end`. Writes the pieces from `first` on to `out` if they are the next ones.
Status DeflateFirstPass::continue_scan(std::size_t first, std::size_t end, MutableBytes out) const {
  DeflateScan& scan = state_->scan;
  if (!state_->has_begun) {
    state_->has_begun = true;
    POSIXPAR_RETURN_IF_ERROR(scan.begin());
  }
  while (scan.decoded_pieces() < end) {
    if (scan.decoded_pieces() == first) scan.set_output(out);
    if (auto status = scan.decode_piece(); !status.ok()) {
      scan.drop_output();
      return status;
    }
  }
  scan.drop_output();  // The memory of `out` may be reused from now on.
  if (end < scan.piece_count()) return {};
  POSIXPAR_RETURN_IF_ERROR(scan.verify_rest());
  const std::scoped_lock lock(state_->complete_mutex);
  state_->complete = scan.index();
  return {};
}

/// Decodes pieces from the restart point of the first one, without the lock.
Status DeflateFirstPass::decode_again(Lock& lock, std::size_t first, std::size_t end, MutableBytes out,
                                      std::size_t needed_end) const {
  // A copy, because other threads may add pieces to the index.
  const DeflateIndex& all = *state_->scan.index();
  DeflateIndex index(all.framing());
  for (std::size_t piece = first; piece < end; piece++) index.add(all.pieces()[piece], *all.window(piece));
  lock.unlock();
  const DeflateIndex::Piece& last = index.pieces().back();
  const std::uint64_t offset = index.pieces().front().offset;
  std::vector<std::byte> stored(static_cast<std::size_t>(last.offset + last.stored_bytes - offset));
  const sys::OpenFile& file = *state_->file;
  const auto got = sys::pread_full(file.fd(), stored.data(), stored.size(), offset, file.path());
  if (!got.ok()) return got.error();
  return index.decode(0, Bytes(stored).first(*got), out, needed_end);
}

}  // namespace posixpar
