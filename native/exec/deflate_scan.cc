#include "native/exec/deflate_scan.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

#include "native/codecs/checksum32.h"
#include "native/sys/file.h"

namespace posixpar {
namespace {

using codecs::InflateStop;
using codecs::InflateStream;

constexpr std::size_t kReadBytes = std::size_t{512} << 10;
/// Number of bytes that are decoded at once, so that they are still in a cache when their checksum is computed.
constexpr std::size_t kStepBytes = std::size_t{128} << 10;
/// Size of the scan's own buffer: a window, and the bytes that are decoded between two moves of the window.
constexpr std::size_t kOutputBytes = codecs::kDeflateWindow + kStepBytes;

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

}  // namespace

Status check_deflate_scan(const DeflateScanSpec& spec) {
  if (!count_pieces(spec)) return invalid("expected at most 65536 pieces of at most 2 GiB");
  if (spec.length > std::numeric_limits<std::uint64_t>::max() / 16 || spec.offset > UINT64_MAX / 16) {
    return invalid("expected a stream inside a file");
  }
  return {};
}

DeflateScan::DeflateScan(int fd, std::string path, const DeflateScanSpec& spec, const pool::CancelToken& cancel)
    : fd_(fd),
      path_(std::move(path)),
      spec_(spec),
      cancel_(cancel),
      index_(std::make_shared<DeflateIndex>(spec.framing)),
      stream_(spec.framing, codecs::InflateState::start_of(spec.framing)),
      own_(kOutputBytes),
      output_(own_) {}

Status DeflateScan::begin() {
  POSIXPAR_RETURN_IF_ERROR(refill());
  return decode(spec_.skip);
}

std::uint64_t DeflateScan::piece_count() const { return count_pieces(spec_).value_or(0); }

std::uint64_t DeflateScan::piece_bytes(std::uint64_t number) const {
  const std::uint64_t per_run = (spec_.run_bytes - 1) / spec_.piece_bytes + 1;
  return std::min(spec_.piece_bytes, spec_.run_bytes - number % per_run * spec_.piece_bytes);
}

Error DeflateScan::damaged(const std::string& message) const {
  Error error;
  error.kind = ErrorKind::codec;
  error.op = "deflate";
  error.path = path_;
  error.offset = position();
  error.message = message;
  return error;
}

/// Reads the next bytes of the stream. Appends them to the bytes in `input_` that are not decoded yet.
Status DeflateScan::refill() {
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
Status DeflateScan::decode(std::uint64_t bytes, std::uint32_t* sum) {
  const std::uint64_t target = decoded_ + bytes;
  while (decoded_ < target && !ended_) {
    if (produced_ == output_.size()) drop_output();
    const std::size_t before = produced_;
    const std::size_t room = std::min(output_.size() - before, kStepBytes);
    const std::size_t end = before + static_cast<std::size_t>(std::min<std::uint64_t>(target - decoded_, room));
    const InflateStop stop = stream_.run(output_.first(end), produced_, before_);
    const Bytes fresh = output_.subspan(before, produced_ - before);
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
  return {};
}

/// Returns the last 32 KiB of the output, or all of it if there is less.
std::vector<std::byte> DeflateScan::window() const {
  const Bytes output = Bytes(output_).first(produced_);
  const Bytes recent = output.last(std::min(output.size(), codecs::kDeflateWindow));
  const Bytes older = Bytes(before_).last(std::min(before_.size(), codecs::kDeflateWindow - recent.size()));
  std::vector<std::byte> window(older.begin(), older.end());
  window.insert(window.end(), recent.begin(), recent.end());
  return window;
}

void DeflateScan::set_output(MutableBytes out) {
  before_ = window();
  output_ = out;
  produced_ = 0;
}

void DeflateScan::drop_output() {
  const std::vector<std::byte> kept = window();
  before_.clear();
  output_ = own_;
  std::ranges::copy(kept, own_.begin());
  produced_ = kept.size();
}

Status DeflateScan::decode_piece() {
  const std::uint64_t bytes = piece_bytes(decoded_pieces());
  DeflateIndex::Piece piece;
  const std::uint64_t bits = stream_.position_bits();
  piece.offset = input_offset_ + bits / 8;
  piece.skip_bits = static_cast<std::uint8_t>(bits % 8);
  piece.decoded_bytes = static_cast<std::uint32_t>(bytes);
  piece.state = stream_.state();
  if (piece.state.match_left == 0) piece.state.match_distance = 0;  // So that equal pieces have equal records.
  index_->add(piece, window());
  std::uint32_t sum = 0;
  const std::uint64_t before = decoded_;
  POSIXPAR_RETURN_IF_ERROR(decode(bytes, &sum));
  if (decoded_ - before != bytes) {
    return damaged("the stream ends after " + std::to_string(decoded_) + " bytes, before the end of the array");
  }
  index_->finish_last(input_offset_ + (stream_.position_bits() + 7) / 8, sum);
  return {};
}

Status DeflateScan::check_member() {
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

Status DeflateScan::verify_rest() {
  drop_output();
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

Result<std::shared_ptr<const DeflateIndex>> scan_deflate(int fd, const std::string& path, const DeflateScanSpec& spec,
                                                         const pool::CancelToken& cancel) {
  POSIXPAR_RETURN_IF_ERROR(check_deflate_scan(spec));
  DeflateScan scan(fd, path, spec, cancel);
  POSIXPAR_RETURN_IF_ERROR(scan.begin());
  while (scan.decoded_pieces() < scan.piece_count()) POSIXPAR_RETURN_IF_ERROR(scan.decode_piece());
  POSIXPAR_RETURN_IF_ERROR(scan.verify_rest());
  return std::shared_ptr<const DeflateIndex>(scan.index());
}

}  // namespace posixpar
