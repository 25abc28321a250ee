#include <array>
#include <memory>
#include <utility>
#include <variant>

#include "native/base/generated/stats.h"
#include "native/napi/calls.h"
#include "native/napi/handles.h"
#include "native/napi/values.h"
#include "native/pool/chunk_cache.h"

namespace posixpar::napi {
namespace {

constexpr double kMaxBytes = 9007199254740991.0;  // Number.MAX_SAFE_INTEGER

std::shared_ptr<pool::ChunkCache> to_chunk_cache(napi_env env, napi_value value) {
  const PlanHandle* handle = unwrap_handle(env, value);
  const auto* cache = handle == nullptr ? nullptr : std::get_if<std::shared_ptr<pool::ChunkCache>>(handle);
  return cache == nullptr ? nullptr : *cache;
}

}  // namespace

napi_value make_chunk_cache(napi_env env, napi_callback_info call) {
  std::array<napi_value, 1> args{};
  std::size_t count = args.size();
  napi_get_cb_info(env, call, &count, args.data(), nullptr, nullptr);
  const double bytes = count == 1 ? to_number(env, args[0]).value_or(-1) : -1;
  if (!(bytes >= 0 && bytes <= kMaxBytes)) return refuse(env, "make_chunk_cache: expected a number of bytes");
  return wrap_handle(env, std::make_shared<pool::ChunkCache>(static_cast<std::size_t>(bytes)));
}

napi_value chunk_cache_counters(napi_env env, napi_callback_info call) {
  std::array<napi_value, 2> args{};
  std::size_t count = args.size();
  napi_get_cb_info(env, call, &count, args.data(), nullptr, nullptr);
  const auto cache = count == 2 ? to_chunk_cache(env, args[0]) : nullptr;
  const auto words = count == 2 ? to_doubles(env, args[1]) : std::nullopt;
  if (cache == nullptr || !words || words->size() < kChunkCacheWords) {
    return refuse(env, "chunk_cache_counters: expected a chunk cache and memory for its counters");
  }
  const pool::ChunkCache::Counters counters = cache->counters();
  (*words)[kCachedBytes] = static_cast<double>(counters.bytes);
  (*words)[kCachedChunks] = static_cast<double>(counters.chunks);
  (*words)[kCacheHits] = static_cast<double>(counters.hits);
  (*words)[kCacheMisses] = static_cast<double>(counters.misses);
  (*words)[kCacheEvictions] = static_cast<double>(counters.evictions);
  return nullptr;
}

napi_value clear_chunk_cache(napi_env env, napi_callback_info call) {
  std::array<napi_value, 2> args{};
  std::size_t count = args.size();
  napi_get_cb_info(env, call, &count, args.data(), nullptr, nullptr);
  const auto cache = count == 2 ? to_chunk_cache(env, args[0]) : nullptr;
  bool closes = false;
  if (cache == nullptr || napi_get_value_bool(env, args[1], &closes) != napi_ok) {
    return refuse(env, "clear_chunk_cache: expected a chunk cache and a boolean");
  }
  if (closes)
    cache->disable();
  else
    cache->clear();
  return nullptr;
}

}  // namespace posixpar::napi
