#include "native/codecs/deflate/deflate_index.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string>

#include "native/codecs/bytes.h"
#include "native/codecs/checksum32.h"
#include "native/codecs/decoder.h"

namespace posixpar {

using codecs::InflateState;
using codecs::InflateStop;
using codecs::InflateStream;

namespace {

constexpr std::uint32_t kVersion = 2;
constexpr std::size_t kHeaderBytes = 16;
constexpr std::size_t kLengths = codecs::kLiteralSymbols + codecs::kDistanceSymbols;
/// Size of a serialized piece: numbers, then two code lengths per byte.
constexpr std::size_t kPieceBytes = 48 + kLengths / 2;

using Phase = InflateState::Phase;

Error damaged(const std::string& what) {
  Error error;
  error.kind = ErrorKind::invalid;
  error.op = "deflate index";
  error.message = what;
  return error;
}

void write_piece(const DeflateIndex::Piece& piece, std::byte* to) {
  using codecs::store_le;
  const InflateState& state = piece.state;
  store_le(to, piece.offset);
  store_le(to + 8, piece.stored_bytes);
  store_le(to + 16, piece.decoded_bytes);
  store_le(to + 20, piece.crc32);
  store_le(to + 24, piece.window_bytes);
  store_le(to + 28, state.stored_left);
  store_le(to + 32, state.match_left);
  store_le(to + 36, state.match_distance);
  to[40] = static_cast<std::byte>(piece.skip_bits);
  to[41] = static_cast<std::byte>(state.phase);
  to[42] = static_cast<std::byte>(state.final_block ? 1 : 0);
  to[43] = static_cast<std::byte>(state.after_member ? 1 : 0);
  store_le(to + 44, piece.window_crc32);
  for (std::size_t i = 0; i < kLengths; i += 2) {
    to[48 + i / 2] = static_cast<std::byte>(state.lengths[i] | state.lengths[i + 1] << 4U);
  }
}

DeflateIndex::Piece read_piece(codecs::ByteReader& reader) {
  DeflateIndex::Piece piece;
  InflateState& state = piece.state;
  piece.offset = reader.le<std::uint64_t>();
  piece.stored_bytes = reader.le<std::uint64_t>();
  piece.decoded_bytes = reader.le<std::uint32_t>();
  piece.crc32 = reader.le<std::uint32_t>();
  piece.window_bytes = reader.le<std::uint32_t>();
  state.stored_left = reader.le<std::uint32_t>();
  state.match_left = reader.le<std::uint32_t>();
  state.match_distance = reader.le<std::uint32_t>();
  piece.skip_bits = reader.le<std::uint8_t>();
  state.phase = static_cast<Phase>(reader.le<std::uint8_t>());
  state.final_block = reader.le<std::uint8_t>() != 0;
  state.after_member = reader.le<std::uint8_t>() != 0;
  piece.window_crc32 = reader.le<std::uint32_t>();
  for (std::size_t i = 0; i < kLengths; i += 2) {
    const auto pair = reader.le<std::uint8_t>();
    state.lengths[i] = pair & 15U;
    state.lengths[i + 1] = pair >> 4U;
  }
  return piece;
}

/// True if it is safe to start decoding from the state of a piece: even if the data does not fit the state, the decoder
/// stays within its buffers.
bool is_valid(const DeflateIndex::Piece& piece, std::uint64_t end) {
  const InflateState& state = piece.state;
  return piece.offset <= end && piece.stored_bytes <= end - piece.offset && piece.skip_bits < 8 &&
         piece.window_bytes <= codecs::kDeflateWindow && state.phase <= Phase::end && state.stored_left <= 65535 &&
         state.match_left <= 258 && state.match_distance <= codecs::kDeflateWindow &&
         (state.match_left == 0 || (state.match_distance > 0 && state.phase == Phase::symbols));
}

}  // namespace

void DeflateIndex::add(Piece piece, Bytes window) {
  piece.window_bytes = static_cast<std::uint32_t>(window.size());
  piece.window_crc32 = codecs::crc32(window);
  pieces_.push_back(piece);
  windows_->append(std::make_shared<const DeflateWindow>(window.begin(), window.end()));
}

void DeflateIndex::finish_last(std::uint64_t end_of_input, std::uint32_t crc32) {
  Piece& piece = pieces_.back();
  piece.stored_bytes = end_of_input - piece.offset;
  piece.crc32 = crc32;
}

Status DeflateIndex::decode(std::size_t first, Bytes stored, MutableBytes out, std::size_t needed_end) const {
  std::size_t end = first;
  std::size_t bytes = 0;
  while (end < pieces_.size() && bytes < out.size()) bytes += pieces_[end++].decoded_bytes;
  if (end == first) return codecs::codec_error("deflate", "the stream has no such piece");
  if (bytes != out.size()) return codecs::size_error("deflate", out.size(), bytes);
  const auto window = windows_->get(first);
  if (window == nullptr) return damaged("the window of piece " + std::to_string(first) + " was not added");
  InflateStream stream(framing_, pieces_[first].state);
  stream.set_input(stored, pieces_[first].skip_bits, true);
  std::size_t produced = 0;
  std::size_t start = 0;  // Position of the current piece in `out`.
  for (std::size_t index = first; index < end && start < needed_end; index++) {
    // Stops after each piece, so that its bytes are still in a cache when their checksum is computed.
    const std::size_t piece_end = start + pieces_[index].decoded_bytes;
    const std::size_t stop = std::min(needed_end, piece_end);
    while (produced < stop) {
      switch (stream.run(out.first(stop), produced, *window)) {
        case InflateStop::full:
        case InflateStop::member_end:
          break;
        case InflateStop::damaged:
          return codecs::codec_error("deflate", stream.problem());
        case InflateStop::input:
        case InflateStop::end:
          return codecs::size_error("deflate", stop, produced);
      }
    }
    const Bytes piece = Bytes(out).subspan(start, stop - start);
    if (stop == piece_end && codecs::crc32(piece) != pieces_[index].crc32) {
      return codecs::codec_error("deflate", "the checksum of the decoded bytes differs from that of the first pass");
    }
    start = piece_end;
  }
  return {};
}

Result<std::vector<std::byte>> DeflateIndex::serialize() const {
  std::vector<std::byte> out(kHeaderBytes + pieces_.size() * kPieceBytes);
  codecs::store_le(out.data(), kVersion);
  codecs::store_le(out.data() + 4, static_cast<std::uint32_t>(framing_));
  codecs::store_le(out.data() + 8, std::uint64_t{pieces_.size()});
  for (std::size_t i = 0; i < pieces_.size(); i++) {
    write_piece(pieces_[i], out.data() + kHeaderBytes + i * kPieceBytes);
  }
  const std::uint32_t sum = codecs::crc32(out);
  out.resize(out.size() + sizeof(sum));
  codecs::store_le(out.data() + out.size() - sizeof(sum), sum);
  for (std::size_t i = 0; i < pieces_.size(); i++) {
    const auto window = windows_->get(i);
    if (window == nullptr) return damaged("the window of piece " + std::to_string(i) + " was not added");
    out.insert(out.end(), window->begin(), window->end());
  }
  return out;
}

Result<DeflateIndex> DeflateIndex::parse(Bytes bytes, std::uint64_t end) {
  if (bytes.size() < sizeof(std::uint32_t)) return damaged("expected more bytes");
  const Bytes sum = bytes.last(sizeof(std::uint32_t));
  bytes = bytes.first(bytes.size() - sum.size());
  if (codecs::crc32(bytes) != codecs::load_le<std::uint32_t>(sum.data())) return damaged("the checksum is wrong");
  codecs::ByteReader reader(bytes);
  const auto version = reader.le<std::uint32_t>();
  const auto framing = reader.le<std::uint32_t>();
  const auto count = reader.le<std::uint64_t>();
  if (!reader.ok() || version != kVersion || framing > 1) return damaged("expected version 2 of a deflate index");
  if (count != reader.remaining() / kPieceBytes || reader.remaining() % kPieceBytes != 0) {
    return damaged("expected one record per piece of the index");
  }
  DeflateIndex index(static_cast<codecs::DeflateFraming>(framing));
  index.pieces_.reserve(static_cast<std::size_t>(count));
  const auto empty = std::make_shared<const DeflateWindow>();
  for (std::uint64_t i = 0; i < count; i++) {
    const Piece piece = read_piece(reader);
    if (!is_valid(piece, end)) return damaged("piece " + std::to_string(i) + " is damaged");
    index.pieces_.push_back(piece);
    index.windows_->append(piece.window_bytes == 0 ? empty : nullptr);
  }
  return index;
}

Status DeflateIndex::add_windows(std::size_t first, Bytes bytes) const {
  codecs::ByteReader reader(bytes);
  for (std::size_t i = first; reader.remaining() > 0; i++) {
    if (i >= pieces_.size()) return damaged("expected fewer windows");
    const Bytes window = reader.take(pieces_[i].window_bytes);
    if (!reader.ok()) return damaged("expected more bytes for the window of piece " + std::to_string(i));
    if (codecs::crc32(window) != pieces_[i].window_crc32) {
      return damaged("the checksum of the window of piece " + std::to_string(i) + " is wrong");
    }
    windows_->set(i, std::make_shared<const DeflateWindow>(window.begin(), window.end()));
  }
  return {};
}

}  // namespace posixpar
