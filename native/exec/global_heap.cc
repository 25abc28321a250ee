#include "native/exec/global_heap.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <string_view>

#include "native/codecs/bytes.h"
#include "native/sys/file.h"

namespace posixpar {
namespace {

using codecs::load_le;

/// Default size of a collection. So many bytes are read at the address of each.
constexpr std::uint64_t kUsualBytes = 4096;
/// Collections are read together if the gap between them is at most this many bytes, ...
constexpr std::uint64_t kGapBytes = std::uint64_t{16} << 10;
/// ... and all of them at most this many.
constexpr std::uint64_t kRunBytes = std::uint64_t{1} << 20;
/// Maximum size of a collection.
constexpr std::uint64_t kMaxCollectionBytes = std::uint64_t{256} << 20;
constexpr std::size_t kAlignment = 8;
/// Number of indexes of objects; an index has two bytes.
constexpr std::size_t kIndexes = std::size_t{1} << 16;
constexpr std::string_view kSignature = "GCOL";
constexpr std::byte kVersion{1};

constexpr std::uint64_t align(std::uint64_t bytes) { return (bytes + kAlignment - 1) / kAlignment * kAlignment; }

/// Loads an unsigned integer of 2, 4 or 8 bytes.
std::uint64_t load(const std::byte* from, unsigned bytes) {
  if (bytes == 2) return load_le<std::uint16_t>(from);
  if (bytes == 4) return load_le<std::uint32_t>(from);
  return load_le<std::uint64_t>(from);
}

/// Larger addresses refer to nothing, like the address with all bits set.
constexpr std::uint64_t kMaxAddress = (std::uint64_t{1} << 53) - 1;

bool is_size(unsigned bytes) { return bytes == 2 || bytes == 4 || bytes == 8; }

/// A value that is not empty.
struct Wanted {
  std::uint64_t collection = 0;
  std::uint64_t start = 0;  ///< Position of the value in the result.
  std::uint64_t bytes = 0;
  std::uint32_t index = 0;
  std::size_t element = 0;
};

class Join {
 public:
  Join(int fd, const std::string& path, const HeapSpec& spec, const pool::CancelToken& cancel)
      : fd_(fd), path_(path), spec_(spec), cancel_(cancel), objects_(kIndexes) {}

  Result<HeapValues> run(Bytes references, std::uint64_t most) {
    POSIXPAR_RETURN_IF_ERROR(parse(references, most));
    const auto by_collection = [](const Wanted& a, const Wanted& b) { return a.collection < b.collection; };
    if (!std::is_sorted(wanted_.begin(), wanted_.end(), by_collection)) {
      std::sort(wanted_.begin(), wanted_.end(), by_collection);
    }
    for (std::size_t first = 0; first < wanted_.size();) {
      if (cancel_.cancelled()) return error(ErrorKind::cancelled, "the read was cancelled");
      POSIXPAR_RETURN_IF_ERROR(load_collection(first));
      const std::uint64_t collection = wanted_[first].collection;
      for (; first < wanted_.size() && wanted_[first].collection == collection; first++) {
        POSIXPAR_RETURN_IF_ERROR(copy(wanted_[first]));
      }
    }
    if (is_shortened_) close_gaps();
    return std::move(values_);
  }

 private:
  /// Position of an object in `buffer_`. It belongs to the current collection if `stamp` is the current one.
  struct Object {
    std::uint32_t stamp = 0;
    std::uint32_t at = 0;
    std::uint32_t bytes = 0;
  };

  static Error error(ErrorKind kind, std::string message) {
    Error error;
    error.kind = kind;
    error.op = "heap";
    error.message = std::move(message);
    return error;
  }

  Error damaged(std::string message, std::uint64_t address) const {
    Error found = error(ErrorKind::codec, std::move(message));
    found.path = path_;
    found.offset = spec_.base + address;
    return found;
  }

  /// Parses the references, and allocates memory for the values.
  Status parse(Bytes references, std::uint64_t most) {
    const std::size_t size = spec_.reference_bytes();
    const std::size_t count = references.size() / size;
    values_.ends.reserve(count);
    std::uint64_t total = 0;
    for (std::size_t i = 0; i < count; i++) {
      const std::byte* const from = references.data() + i * size;
      Wanted value;
      value.collection = load(from + 4, spec_.address_bytes);
      value.start = total;
      value.bytes = std::uint64_t{load_le<std::uint32_t>(from)} * spec_.item_bytes;
      value.index = load_le<std::uint32_t>(from + 4 + spec_.address_bytes);
      value.element = i;
      const bool is_empty = value.bytes == 0 || value.collection == 0 || value.collection > kMaxAddress;
      if (!is_empty) {
        if (value.bytes > most - total) return damaged("expected smaller values", value.collection);
        total += value.bytes;
        wanted_.push_back(value);
      }
      values_.ends.push_back(total);
    }
    values_.bytes.resize(static_cast<std::size_t>(total));
    return {};
  }

  /// Reads `bytes` bytes at `address` to `buffer_`, or fewer at the end of the file.
  Status read(std::uint64_t address, std::uint64_t bytes) {
    std::uint64_t offset = 0;
    if (__builtin_add_overflow(spec_.base, address, &offset) || offset > spec_.file_size) {
      return damaged("expected a collection inside the file", address);
    }
    buffer_.resize(static_cast<std::size_t>(std::min(bytes, spec_.file_size - offset)));
    auto got = sys::pread_full(fd_, buffer_.data(), buffer_.size(), offset, path_);
    if (!got.ok()) return std::move(got).error();
    buffer_.resize(*got);
    buffer_address_ = address;
    return {};
  }

  /// Returns the bytes of `buffer_` from `address` on.
  [[nodiscard]] Bytes buffered(std::uint64_t address) const {
    if (address < buffer_address_ || address - buffer_address_ >= buffer_.size()) return {};
    return Bytes(buffer_).subspan(static_cast<std::size_t>(address - buffer_address_));
  }

  [[nodiscard]] std::uint64_t header_bytes() const { return align(8 + std::uint64_t{spec_.length_bytes}); }

  /// Reads the collection of `wanted_[first]`, and collections that follow it in the file. Finds its objects.
  Status load_collection(std::size_t first) {
    const std::uint64_t address = wanted_[first].collection;
    if (bytes_after(address) < header_bytes()) return damaged("expected a collection inside the file", address);
    if (buffered(address).size() < std::min(kUsualBytes, bytes_after(address))) {
      std::uint64_t end = address + kUsualBytes;
      for (std::size_t i = first; i < wanted_.size(); i++) {
        const std::uint64_t next = wanted_[i].collection;
        if (next > end + kGapBytes || next + kUsualBytes - address > kRunBytes) break;
        end = std::max(end, next + kUsualBytes);
      }
      POSIXPAR_RETURN_IF_ERROR(read(address, end - address));
    }
    auto bytes = collection_bytes(address);
    if (!bytes.ok()) return std::move(bytes).error();
    if (__builtin_add_overflow(read_bytes_, *bytes, &read_bytes_) || read_bytes_ > spec_.file_size) {
      return damaged("expected collections that do not overlap", address);
    }
    if (buffered(address).size() < *bytes) {
      POSIXPAR_RETURN_IF_ERROR(read(address, *bytes));
      if (buffer_.size() < *bytes) return damaged("expected a collection inside the file", address);
    }
    return find_objects(address, *bytes);
  }

  /// Returns the number of bytes of the file from `address` on.
  [[nodiscard]] std::uint64_t bytes_after(std::uint64_t address) const {
    const std::uint64_t size = spec_.file_size - std::min(spec_.file_size, spec_.base);
    return size - std::min(size, address);
  }

  /// Returns the size that the header of a collection contains.
  Result<std::uint64_t> collection_bytes(std::uint64_t address) const {
    const Bytes head = buffered(address);
    if (head.size() < header_bytes() || std::memcmp(head.data(), kSignature.data(), kSignature.size()) != 0 ||
        head[kSignature.size()] != kVersion) {
      return damaged("expected a collection", address);
    }
    const std::uint64_t bytes = load(head.data() + 8, spec_.length_bytes);
    if (bytes < header_bytes() || bytes > kMaxCollectionBytes) return damaged("wrong size of a collection", address);
    return bytes;
  }

  /// Fills `objects_` with the objects of the collection in `buffer_`.
  Status find_objects(std::uint64_t address, std::uint64_t bytes) {
    stamp_++;
    const Bytes all = buffered(address).first(static_cast<std::size_t>(bytes));
    const auto before = static_cast<std::size_t>(address - buffer_address_);
    const auto header = static_cast<std::size_t>(header_bytes());
    for (std::size_t at = header; all.size() - at >= header;) {
      const auto index = load_le<std::uint16_t>(all.data() + at);
      if (index == 0) break;  // Index 0 marks free space up to the end.
      const std::uint64_t size = load(all.data() + at + 8, spec_.length_bytes);
      at += header;
      if (size > all.size() - at) return damaged("expected an object inside its collection", address);
      objects_[index] = {
          .stamp = stamp_, .at = static_cast<std::uint32_t>(before + at), .bytes = static_cast<std::uint32_t>(size)};
      at = std::min(all.size(), at + static_cast<std::size_t>(align(size)));
    }
    return {};
  }

  Status copy(const Wanted& value) {
    const Object* const object = value.index < kIndexes ? &objects_[value.index] : nullptr;
    if (object == nullptr || object->stamp != stamp_ || object->bytes < value.bytes) {
      return damaged("expected an object of " + std::to_string(value.bytes) + " bytes", value.collection);
    }
    const std::byte* const from = buffer_.data() + object->at;
    auto bytes = static_cast<std::size_t>(value.bytes);
    if (spec_.is_text) {
      if (const void* const nul = std::memchr(from, 0, bytes); nul != nullptr) {
        bytes = static_cast<std::size_t>(static_cast<const std::byte*>(nul) - from);
        values_.ends[value.element] = value.start + bytes;
        is_shortened_ = true;
      }
    }
    std::memcpy(values_.bytes.data() + value.start, from, bytes);
    return {};
  }

  /// Moves the values together, after some have turned out to be shorter than their references say.
  void close_gaps() {
    std::sort(wanted_.begin(), wanted_.end(), [](const Wanted& a, const Wanted& b) { return a.element < b.element; });
    std::uint64_t end = 0;
    std::size_t next = 0;
    for (std::size_t i = 0; i < values_.ends.size(); i++) {
      if (next < wanted_.size() && wanted_[next].element == i) {
        const std::uint64_t start = wanted_[next++].start;
        const std::uint64_t bytes = values_.ends[i] - start;
        std::memmove(values_.bytes.data() + end, values_.bytes.data() + start, static_cast<std::size_t>(bytes));
        end += bytes;
      }
      values_.ends[i] = end;
    }
    values_.bytes.resize(static_cast<std::size_t>(end));
  }

  int fd_;
  const std::string& path_;
  const HeapSpec& spec_;
  const pool::CancelToken& cancel_;
  HeapValues values_;
  std::vector<Wanted> wanted_;
  std::vector<std::byte> buffer_;
  std::uint64_t buffer_address_ = 0;
  std::uint64_t read_bytes_ = 0;  // Total size of the collections.
  std::vector<Object> objects_;   // By index.
  std::uint32_t stamp_ = 0;
  bool is_shortened_ = false;
};

}  // namespace

Result<HeapValues> join_heap_values(int fd, const std::string& path, const HeapSpec& spec, Bytes references,
                                    std::uint64_t most, const pool::CancelToken& cancel) {
  if (!is_size(spec.address_bytes) || !is_size(spec.length_bytes) || spec.item_bytes == 0 ||
      references.size() % spec.reference_bytes() != 0) {
    Error error;
    error.kind = ErrorKind::invalid;
    error.op = "heap";
    error.message = "expected references of 10, 12 or 16 bytes";
    return error;
  }
  return Join(fd, path, spec, cancel).run(references, most);
}

}  // namespace posixpar
