#include "native/exec/deflate_scan.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <vector>

#include "native/codecs/checksum32.h"
#include "native/sys/file.h"

namespace posixpar {
namespace {

using codecs::InflateStop;
using codecs::InflateStream;

constexpr std::size_t kReadBytes = std::size_t{512} << 10;
constexpr std::size_t kStepBytes = std::size_t{128} << 10;

Error invalid(const char* message) {
  Error error;
  error.kind = ErrorKind::invalid;
  error.op = "deflate";
  error.message = message;
  return error;
}

/// Returns the number of pieces of a spec; nothing if the numbers of the spec are out of range.
std::optional<std::uint64_t> count_pieces(const DeflateScanSpec& spec) {
  if (spec.piece_bytes == 0 || spec.piece_bytes > kMaxDeflatePieceBytes || spec.run_bytes == 0) return std::nullopt;
  const std::uint64_t per_run = (spec.run_bytes - 1) / spec.piece_bytes + 1;
  std::uint64_t pieces = 0;
  std::uint64_t bytes = 0;
  if (__builtin_mul_overflow(per_run, spec.runs, &pieces) || pieces > kMaxDeflatePieces) return std::nullopt;
  if (__builtin_mul_overflow(spec.run_bytes, spec.runs, &bytes) || __builtin_add_overflow(bytes, spec.skip, &bytes)) {
    return std::nullopt;
  }
  return pieces;
}

class Scan {
 public:
  Scan(int fd, const std::string& path, const DeflateScanSpec& spec, const pool::CancelToken& cancel)
      : fd_(fd),
        path_(path),
        spec_(spec),
        cancel_(cancel),
        index_(std::make_shared<DeflateIndex>(spec.framing)),
        stream_(spec.framing, codecs::InflateState::start_of(spec.framing)),
        step_(kStepBytes) {
    window_.reserve(codecs::kDeflateWindow);
  }

  Result<std::shared_ptr<const DeflateIndex>> run() {
    POSIXPAR_RETURN_IF_ERROR(refill());
    POSIXPAR_RETURN_IF_ERROR(decode(spec_.skip));
    for (std::uint64_t run = 0; run < spec_.runs; run++) {
      for (std::uint64_t at = 0; at < spec_.run_bytes; at += spec_.piece_bytes) {
        POSIXPAR_RETURN_IF_ERROR(add_piece(std::min(spec_.piece_bytes, spec_.run_bytes - at)));
      }
    }
    POSIXPAR_RETURN_IF_ERROR(verify_rest());
    return std::shared_ptr<const DeflateIndex>(std::move(index_));
  }

 private:
  /// File offset of the next byte of the stream.
  [[nodiscard]] std::uint64_t position() const { return input_offset_ + stream_.position_bits() / 8; }

  Error damaged(const std::string& message) const {
    Error error;
    error.kind = ErrorKind::codec;
    error.op = "deflate";
    error.path = path_;
    error.offset = position();
    error.message = message;
    return error;
  }

  /// Reads the next bytes of the stream. Appends them to the bytes in `input_` that are not decoded yet.
  Status refill() {
    if (cancel_.cancelled()) {
      Error error = invalid("the scan was cancelled");
      error.kind = ErrorKind::cancelled;
      return error;
    }
    const std::uint64_t bits = started_ ? stream_.position_bits() : 0;
    const std::size_t used = static_cast<std::size_t>(bits / 8);
    input_.erase(input_.begin(), input_.begin() + static_cast<std::ptrdiff_t>(used));
    input_offset_ = started_ ? input_offset_ + used : spec_.offset;
    started_ = true;
    const std::size_t kept = input_.size();
    const std::uint64_t left = spec_.length - (input_offset_ + kept - spec_.offset);
    const auto part = static_cast<std::size_t>(std::min<std::uint64_t>(left, kReadBytes));
    input_.resize(kept + part);
    auto got = sys::pread_full(fd_, input_.data() + kept, part, input_offset_ + kept, path_);
    if (!got.ok()) return std::move(got).error();
    input_.resize(kept + *got);
    stream_.set_input(input_, static_cast<unsigned>(bits % 8), *got == left || *got < part);
    return {};
  }

  /// Decodes `bytes` bytes, or fewer at the end of the stream. Updates the checksum `sum` if it is not null.
  Status decode(std::uint64_t bytes, std::uint32_t* sum = nullptr) {
    while (bytes != 0 && !ended_) {
      const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(bytes, step_.size()));
      std::size_t produced = 0;
      std::size_t checked = 0;
      while (produced < size && !ended_) {
        const InflateStop stop = stream_.run(MutableBytes(step_).first(size), produced, window_);
        const Bytes fresh = Bytes(step_).subspan(checked, produced - checked);
        checked = produced;
        member_crc_ = codecs::crc32(fresh, member_crc_);
        if (sum != nullptr) *sum = codecs::crc32(fresh, *sum);
        member_bytes_ += fresh.size();
        decoded_ += fresh.size();
        switch (stop) {
          case InflateStop::full:
            break;
          case InflateStop::input:
            POSIXPAR_RETURN_IF_ERROR(refill());
            break;
          case InflateStop::member_end:
            POSIXPAR_RETURN_IF_ERROR(check_member());
            break;
          case InflateStop::end:
            ended_ = true;
            break;
          case InflateStop::damaged:
            return damaged(stream_.problem());
        }
      }
      slide(Bytes(step_).first(produced));
      bytes -= produced;
    }
    return {};
  }

  /// Updates `window_`, which contains the last 32 KiB of the output.
  void slide(Bytes output) {
    if (output.size() >= codecs::kDeflateWindow) {
      const Bytes last = output.last(codecs::kDeflateWindow);
      window_.assign(last.begin(), last.end());
      return;
    }
    const std::size_t total = window_.size() + output.size();
    const std::size_t drop = total > codecs::kDeflateWindow ? total - codecs::kDeflateWindow : 0;
    window_.erase(window_.begin(), window_.begin() + static_cast<std::ptrdiff_t>(drop));
    window_.insert(window_.end(), output.begin(), output.end());
  }

  Status add_piece(std::uint64_t bytes) {
    DeflateIndex::Piece piece;
    const std::uint64_t bits = stream_.position_bits();
    piece.offset = input_offset_ + bits / 8;
    piece.skip_bits = static_cast<std::uint8_t>(bits % 8);
    piece.decoded_bytes = static_cast<std::uint32_t>(bytes);
    piece.state = stream_.state();
    index_->add(piece, window_);
    std::uint32_t sum = 0;
    const std::uint64_t before = decoded_;
    POSIXPAR_RETURN_IF_ERROR(decode(bytes, &sum));
    if (decoded_ - before != bytes) {
      return damaged("the stream ends after " + std::to_string(decoded_) + " bytes, before the end of the array");
    }
    index_->finish_last(input_offset_ + (stream_.position_bits() + 7) / 8, sum);
    return {};
  }

  Status check_member() {
    const InflateStream::Trailer& trailer = stream_.trailer();
    if (trailer.crc32 != member_crc_) return damaged("the CRC-32 of the gzip member is wrong");
    if (trailer.size != static_cast<std::uint32_t>(member_bytes_)) {
      return damaged("the size of the gzip member is wrong");
    }
    member_crc_ = 0;
    member_bytes_ = 0;
    ended_members_ = decoded_;
    return {};
  }

  /// Decodes the bytes after the last piece, to verify the size and checksum of the stream.
  Status verify_rest() {
    std::uint64_t limit = kMaxDeflateTail;
    // Tries to decode one byte more than expected. If it succeeds, the stream is too long.
    if (spec_.decoded_bytes) limit = std::max(*spec_.decoded_bytes, decoded_) - decoded_ + 1;
    auto status = decode(limit);
    if (!status.ok()) {
      // Bytes other than gzip members may follow the last member; gzip(1) ignores them, too.
      const bool after_members = spec_.framing == codecs::DeflateFraming::gzip && stream_.state().after_member &&
                                 ended_members_ == decoded_ && status.error().kind == ErrorKind::codec;
      return after_members ? Status() : std::move(status);
    }
    if (spec_.decoded_bytes && (!ended_ || decoded_ != *spec_.decoded_bytes)) {
      return damaged("expected a stream of " + std::to_string(*spec_.decoded_bytes) + " bytes, found " +
                     (ended_ ? std::to_string(decoded_) : std::string("more")));
    }
    if (spec_.crc32 && ended_ && *spec_.crc32 != member_crc_) return damaged("the CRC-32 of the stream is wrong");
    return {};
  }

  int fd_;
  const std::string& path_;
  const DeflateScanSpec& spec_;
  const pool::CancelToken& cancel_;
  std::shared_ptr<DeflateIndex> index_;
  InflateStream stream_;
  std::vector<std::byte> input_;
  std::uint64_t input_offset_ = 0;  // File offset of input_.
  std::vector<std::byte> step_;
  std::vector<std::byte> window_;
  std::uint64_t decoded_ = 0;
  std::uint64_t ended_members_ = 0;  // Number of decoded bytes of the gzip members that have ended.
  std::uint64_t member_bytes_ = 0;
  std::uint32_t member_crc_ = 0;
  bool started_ = false;
  bool ended_ = false;
};

}  // namespace

Result<std::shared_ptr<const DeflateIndex>> scan_deflate(int fd, const std::string& path, const DeflateScanSpec& spec,
                                                         const pool::CancelToken& cancel) {
  if (!count_pieces(spec)) return invalid("expected at most 65536 pieces of at most 2 GiB");
  if (spec.length > std::numeric_limits<std::uint64_t>::max() / 16 || spec.offset > UINT64_MAX / 16) {
    return invalid("expected a stream inside a file");
  }
  return Scan(fd, path, spec, cancel).run();
}

}  // namespace posixpar
