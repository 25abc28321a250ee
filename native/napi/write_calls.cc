#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <memory>
#include <vector>

#include "native/exec/plan/decode.h"
#include "native/exec/plan/words.h"
#include "native/exec/write/cache_flush.h"
#include "native/exec/write/file_steps.h"
#include "native/exec/write/write.h"
#include "native/napi/calls.h"
#include "native/napi/environment.h"
#include "native/napi/handles.h"
#include "native/napi/plan_args.h"
#include "native/napi/values.h"

namespace posixpar::napi {
namespace {

constexpr double kMaxInteger = 9007199254740991.0;
/// Maximum number of chunks of a shard. Its index then has 128 MiB.
constexpr double kMaxShardChunks = 8388608.0;
constexpr double kMaxDirectAlignment = 65536.0;

std::optional<WriteSettings> read_settings(napi_env env, napi_value value) {
  const auto given = to_doubles(env, value);
  if (!given || given->size() < kWriteWords || (given->size() - kWriteWords) % kShardWords != 0) return std::nullopt;
  const std::size_t dims = (given->size() - kWriteWords) / kShardWords;
  Words words(*given);
  WriteSettings settings;
  settings.durability = words.choice<Durability>(kWriteDurability);
  for (std::size_t i = 0; i < 4; i++) {
    const auto word = static_cast<std::uint32_t>(words.natural(kWriteFill0 + i, 4294967295.0));
    std::memcpy(settings.fill.data() + 4 * i, &word, sizeof word);
  }
  settings.omits_fill = words.raw(kWriteOmitsFill) != 0;
  settings.direct_alignment = words.natural(kWriteDirectAlignment, kMaxDirectAlignment);
  if (settings.direct_alignment != 0 && !std::has_single_bit(settings.direct_alignment)) return std::nullopt;
  if (words.raw(kWriteSharded) != 0) {
    ShardLayout& shards = settings.shards.emplace();
    shards.location = words.choice<IndexLocation>(kWriteIndexLocation);
    shards.big_endian = words.raw(kWriteIndexBigEndian) != 0;
    shards.has_checksum = words.raw(kWriteIndexChecksum) != 0;
    shards.length_stride = words.natural(kWriteLengthStride, kMaxShardChunks);
    double chunks = 1;
    for (std::size_t d = 0; d < dims && d < kMaxRank; d++) {
      const std::size_t at = kWriteWords + d * kShardWords;
      const std::uint64_t count = std::max<std::uint64_t>(1, words.natural(at + kShardCount, kMaxShardChunks));
      shards.dims.push_back({count, words.natural(at + kShardStride, 2 * kMaxShardChunks)});
      chunks *= static_cast<double>(count);
    }
    if (chunks > kMaxShardChunks) return std::nullopt;
  }
  if (words.failed()) return std::nullopt;
  return settings;
}

/// Returns the cache of a handle; null for the JS value null; nothing for any other value.
std::optional<std::shared_ptr<DirtyChunks>> cache_or_null(napi_env env, napi_value value) {
  napi_valuetype type = napi_undefined;
  if (napi_typeof(env, value, &type) != napi_ok) return std::nullopt;
  if (type == napi_null) return nullptr;
  const PlanHandle* handle = unwrap_handle(env, value);
  const auto* cache = handle == nullptr ? nullptr : std::get_if<std::shared_ptr<DirtyChunks>>(handle);
  if (cache == nullptr) return std::nullopt;
  return *cache;
}

napi_value ticket_value(napi_env env, std::optional<std::uint32_t> ticket, const char* message) {
  if (!ticket) return refuse(env, message);
  napi_value number = nullptr;
  napi_create_uint32(env, *ticket, &number);
  return number;
}

/// Reads the steps: their kinds, two strings and two numbers per step, and the bytes of each step.
bool read_steps(napi_env env, const std::array<napi_value, 6>& args, std::vector<FileStep>& steps) {
  const auto kinds = to_doubles(env, args[0]);
  const auto numbers = to_doubles(env, args[2]);
  std::vector<std::string> texts;
  if (!kinds || !numbers || !read_strings(env, args[1], texts)) return false;
  const std::size_t count = kinds->size();
  if (texts.size() != 2 * count || numbers->size() != 2 * count) return false;
  for (std::size_t i = 0; i < count; i++) {
    const double kind = (*kinds)[i];
    const double size = (*numbers)[2 * i];
    const double mode = (*numbers)[2 * i + 1];
    if (!(kind >= 0 && kind < static_cast<double>(count_of(FileStepKind{})))) return false;
    if (!(size >= 0 && size <= kMaxInteger) || !(mode >= 0 && mode <= 07777)) return false;
    FileStep step;
    step.kind = static_cast<FileStepKind>(kind);
    step.path = std::move(texts[2 * i]);
    step.to = std::move(texts[2 * i + 1]);
    step.size = static_cast<std::uint64_t>(size);
    step.mode = static_cast<unsigned>(mode);
    const auto bytes = to_view(env, element(env, args[3], static_cast<std::uint32_t>(i)));
    if (!bytes) return false;
    step.bytes.assign(bytes->data, bytes->data + bytes->bytes);
    steps.push_back(std::move(step));
  }
  return true;
}

}  // namespace

napi_value write(napi_env env, napi_callback_info call) {
  std::array<napi_value, 9> args{};
  std::size_t count = args.size();
  if (napi_get_cb_info(env, call, &count, args.data(), nullptr, nullptr) != napi_ok || count < args.size()) {
    return refuse(env, "write: expected nine arguments");
  }
  const auto cache = cache_or_null(env, args[8]);
  if (!cache) return refuse(env, "write: expected a cache of chunks or null");
  const auto source = to_view(env, args[4]);
  const auto settings = read_settings(env, args[5]);
  if (!source || !settings) return refuse(env, "write: expected a source and settings");
  napi_value answer = nullptr;
  const auto given = read_plan_args(env, std::span(args).first<4>(), "write", answer);
  if (!given) return answer;
  auto plan = decode_plan(given->inputs());
  if (!plan.ok()) return error_object(env, plan.error());
  if (auto status = Write::check_writable(*plan, *settings); !status.ok()) return error_object(env, status.error());
  if (source->bytes / dtype_size(plan->out_type) < plan->elements) return refuse(env, "write: the source is too small");
  Environment* environment = Environment::of(env);
  const auto job = std::make_shared<Write>(std::move(plan).value(), *settings, source->data, *cache);
  const auto ticket = environment == nullptr ? std::nullopt : environment->start(env, job, args[4], args[6], args[7]);
  return ticket_value(env, ticket, "write: Node-API refused a reference");
}

napi_value copy_chunks(napi_env env, napi_callback_info call) {
  std::array<napi_value, 12> args{};
  std::size_t count = args.size();
  if (napi_get_cb_info(env, call, &count, args.data(), nullptr, nullptr) != napi_ok || count < args.size()) {
    return refuse(env, "copy_chunks: expected twelve arguments");
  }
  const auto settings = read_settings(env, args[8]);
  double index_bytes = 0;
  if (!settings || settings->shards || napi_get_value_double(env, args[9], &index_bytes) != napi_ok ||
      !(index_bytes >= -1 && index_bytes <= kMaxInteger)) {
    return refuse(env, "copy_chunks: expected settings without shards and a number of bytes");
  }
  napi_value answer = nullptr;
  const auto to = read_plan_args(env, std::span(args).first<4>(), "copy_chunks", answer);
  if (!to) return answer;
  const auto from = read_plan_args(env, std::span(args).subspan<4, 4>(), "copy_chunks", answer);
  if (!from) return answer;
  auto target = decode_plan(to->inputs());
  if (!target.ok()) return error_object(env, target.error());
  auto source = decode_plan(from->inputs());
  if (!source.ok()) return error_object(env, source.error());
  auto status = Write::check_writable(*target, *settings);
  if (status.ok()) status = ChunkCopy::check(*source, *target);
  if (!status.ok()) return error_object(env, status.error());
  std::optional<std::uint64_t> shard_index;
  if (index_bytes >= 0) shard_index = static_cast<std::uint64_t>(index_bytes);
  Environment* environment = Environment::of(env);
  const auto job = std::make_shared<Write>(std::move(target).value(), *settings,
                                           std::make_unique<ChunkCopy>(std::move(source).value(), shard_index));
  const auto ticket = environment == nullptr ? std::nullopt : environment->start(env, job, args[8], args[10], args[11]);
  return ticket_value(env, ticket, "copy_chunks: Node-API refused a reference");
}

napi_value make_dirty_chunks(napi_env env, napi_callback_info call) {
  std::array<napi_value, 1> args{};
  std::size_t count = args.size();
  double bytes = 0;
  if (napi_get_cb_info(env, call, &count, args.data(), nullptr, nullptr) != napi_ok || count < args.size() ||
      napi_get_value_double(env, args[0], &bytes) != napi_ok || !(bytes >= 0 && bytes <= kMaxInteger)) {
    return refuse(env, "make_dirty_chunks: expected a number of bytes");
  }
  return wrap_handle(env, std::make_shared<DirtyChunks>(static_cast<std::uint64_t>(bytes)));
}

napi_value flush_chunks(napi_env env, napi_callback_info call) {
  std::array<napi_value, 4> args{};
  std::size_t count = args.size();
  if (napi_get_cb_info(env, call, &count, args.data(), nullptr, nullptr) != napi_ok || count < args.size()) {
    return refuse(env, "flush_chunks: expected four arguments");
  }
  const auto cache = cache_or_null(env, args[0]);
  const auto numbers = to_doubles(env, args[1]);
  if (!cache || *cache == nullptr || !numbers || numbers->size() % 2 != 0) {
    return refuse(env, "flush_chunks: expected a cache of chunks and pairs of numbers");
  }
  std::vector<CoordinateRange> ranges;
  for (std::size_t i = 0; i < numbers->size(); i += 2) {
    const double low = (*numbers)[i];
    const double high = (*numbers)[i + 1];
    if (!(low >= 0 && low <= kMaxInteger) || !(high >= 0 && high <= kMaxInteger)) {
      return refuse(env, "flush_chunks: expected natural numbers");
    }
    ranges.push_back({static_cast<std::uint64_t>(low), static_cast<std::uint64_t>(high)});
  }
  Environment* environment = Environment::of(env);
  const auto job = std::make_shared<CacheFlush>(*cache, ranges);
  const auto ticket = environment == nullptr ? std::nullopt : environment->start(env, job, args[1], args[2], args[3]);
  return ticket_value(env, ticket, "flush_chunks: Node-API refused a reference");
}

napi_value change_files(napi_env env, napi_callback_info call) {
  std::array<napi_value, 6> args{};
  std::size_t count = args.size();
  if (napi_get_cb_info(env, call, &count, args.data(), nullptr, nullptr) != napi_ok || count < args.size()) {
    return refuse(env, "change_files: expected six arguments");
  }
  std::vector<FileStep> steps;
  if (!read_steps(env, args, steps)) return refuse(env, "change_files: expected kinds, texts, numbers and bytes");
  std::shared_ptr<sys::OpenFile> file;
  napi_valuetype type = napi_null;
  napi_typeof(env, args[4], &type);
  if (type != napi_null) {
    const PlanHandle* handle = unwrap_handle(env, args[4]);
    const auto* found = handle == nullptr ? nullptr : std::get_if<std::shared_ptr<sys::OpenFile>>(handle);
    if (found == nullptr) return refuse(env, "change_files: expected a file or null");
    file = *found;
  }
  Environment* environment = Environment::of(env);
  const auto job = std::make_shared<FileSteps>(std::move(steps), std::move(file));
  const auto ticket = environment == nullptr ? std::nullopt : environment->start(env, job, args[3], args[2], args[5]);
  return ticket_value(env, ticket, "change_files: Node-API refused a reference");
}

}  // namespace posixpar::napi
