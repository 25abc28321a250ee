#include "native/probe/stage.h"

#include <fcntl.h>

#include <algorithm>
#include <limits>
#include <numeric>
#include <random>

#include "native/probe/aligned.h"
#include "native/sys/file.h"
#include "native/sys/file_position.h"
#include "native/sys/storage.h"

namespace posixpar::probe {
namespace {

constexpr std::size_t kWarmBytes = std::size_t{1} << 20;

std::size_t regions_of(const Options& options) {
  return options.pattern == Pattern::file_each ? options.paths.size() : 1;
}

}  // namespace

Result<UniqueFd> open_block_file(const Options& options, const std::string& path) {
  return sys::open_at(AT_FDCWD, path.c_str(), options.access == Access::direct ? O_DIRECT : 0, path);
}

Stage::Stage(const Options& options)
    : options_(options), gate_(options.threads), pass_(static_cast<std::ptrdiff_t>(options.threads), PassEnd{this}) {}

Status Stage::prepare() {
  for (std::size_t i = 0; i < regions_of(options_); ++i) {
    const std::string& path = options_.paths[i];
    auto file = sys::open_at(AT_FDCWD, path.c_str(), 0, path);
    if (!file.ok()) return std::move(file).error();
    const auto id = sys::stat_fd(file->get(), path);
    if (!id.ok()) return Result(id).error();
    if (!id->regular() || options_.offset > id->size || id->size - options_.offset < options_.length) {
      return Error{.kind = ErrorKind::invalid,
                   .op = "probe",
                   .path = path,
                   .offset = options_.offset,
                   .length = options_.length,
                   .message = "expected a regular file that holds the region"};
    }
    regions_.push_back(std::move(*file));
  }
  auto shared = open_block_file(options_, options_.paths[0]);
  if (!shared.ok()) return std::move(shared).error();
  shared_ = std::move(*shared);

  order_.resize(blocks());
  std::iota(order_.begin(), order_.end(), 0U);
  if (options_.order == Order::random) {
    std::mt19937_64 random(options_.seed);  // NOLINT(cert-msc51-cpp): the same order for the same seed is the purpose
    std::shuffle(order_.begin(), order_.end(), random);
  }
  if (shares_position(options_.pattern)) {
    auto learned = Delivery::learn(shared_.get(), options_, options_.paths[0]);
    if (!learned.ok()) return std::move(learned).error();
    delivery_ = std::move(*learned);
    POSIXPAR_RETURN_IF_ERROR(sys::set_position(shared_.get(), options_.offset, options_.paths[0]));
    position_ = options_.offset;
  }
  return warm_or_drop();
}

Status Stage::warm_or_drop() {
  if (options_.prepare == Prepare::keep) return {};
  for (std::size_t i = 0; i < regions_.size(); ++i) {
    const int fd = regions_[i].get();
    const std::string& path = options_.paths[i];
    if (options_.prepare == Prepare::drop) {
      POSIXPAR_RETURN_IF_ERROR(sys::advise_file(fd, options_.offset, options_.length, POSIX_FADV_DONTNEED, path));
      continue;
    }
    const AlignedBuffer buffer(kWarmBytes);
    for (std::uint64_t at = 0; at < options_.length; at += kWarmBytes) {
      const auto take = static_cast<std::size_t>(std::min<std::uint64_t>(kWarmBytes, options_.length - at));
      const auto got = sys::pread_full(fd, buffer.data(), take, options_.offset + at, path);
      if (!got.ok()) return Result(got).error();
    }
  }
  return {};
}

void Stage::ready_and_wait() { gate_.ready_and_wait(); }

void Stage::start(std::size_t threads, std::uint64_t* started_ns) {
  *started_ns = gate_.wait_until_ready(threads, options_.start_at_ns);
  deadline_ns_ =
      options_.duration_ns == 0 ? std::numeric_limits<std::uint64_t>::max() : *started_ns + options_.duration_ns;
  gate_.open();
}

std::optional<std::uint64_t> Stage::next_offset(std::uint64_t nth) {
  const std::uint64_t ticket = issued_.fetch_add(1, std::memory_order_relaxed);
  if (options_.operations != 0 && ticket >= options_.operations) return std::nullopt;
  const std::uint64_t turn = options_.pattern == Pattern::file_each ? nth : ticket;
  return options_.offset + order_[turn % order_.size()] * std::uint64_t{options_.block_bytes};
}

bool Stage::begin_call() {
  const std::uint64_t ticket = calls_of_pass_.fetch_add(1, std::memory_order_relaxed);
  if (ticket >= blocks()) return false;
  return options_.operations == 0 || calls_before_ + ticket < options_.operations;
}

bool Stage::end_pass() {
  pass_.arrive_and_wait();
  return !stopped() && (options_.operations == 0 || calls_before_ < options_.operations);
}

void Stage::leave_passes() { pass_.arrive_and_drop(); }

void Stage::rewind() {
  std::uint64_t calls = std::min(calls_of_pass_.load(std::memory_order_relaxed), blocks());
  if (options_.operations != 0)
    calls = std::min(calls, options_.operations - std::min(calls_before_, options_.operations));
  delivery_->end_pass(calls);
  calls_before_ += calls;
  calls_of_pass_.store(0, std::memory_order_relaxed);
  position_.store(options_.offset, std::memory_order_relaxed);
  if (auto moved = sys::set_position(shared_.get(), options_.offset, options_.paths[0]); !moved.ok()) {
    fail(std::move(moved).error());
  }
}

void Stage::finish_last_pass() {
  if (delivery_) rewind();
}

void Stage::fail(Error error) {
  const std::lock_guard lock(mutex_);
  if (!error_) error_ = std::move(error);
  stop_.store(true, std::memory_order_relaxed);
}

std::optional<Error> Stage::take_error() {
  const std::lock_guard lock(mutex_);
  return std::move(error_);
}

std::optional<std::uint64_t> Stage::resident_bytes() const {
  std::uint64_t bytes = 0;
  for (std::size_t i = 0; i < regions_.size(); ++i) {
    const auto state = sys::cache_state(regions_[i].get(), options_.offset, options_.length, options_.paths[i]);
    if (!state.ok()) return std::nullopt;
    bytes += std::min(state->cached_pages * std::uint64_t{sys::page_size()}, options_.length);
  }
  return bytes;
}

}  // namespace posixpar::probe
