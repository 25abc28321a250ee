#include <sys/stat.h>

#include <array>
#include <cmath>
#include <cstring>
#include <memory>
#include <variant>
#include <vector>

#include "native/napi/async.h"
#include "native/napi/calls.h"
#include "native/napi/handles.h"
#include "native/napi/values.h"
#include "native/sys/page_cache.h"
#include "native/sys/path_facts.h"

namespace posixpar::napi {
namespace {

constexpr double kMaxSafe = 9007199254740991.0;

void set_device(napi_env env, napi_value object, const char* name, const sys::DeviceNumber& device) {
  set_string(env, object, name, std::to_string(device.major) + ":" + std::to_string(device.minor));
}

napi_value new_object(napi_env env) {
  napi_value object = nullptr;
  napi_create_object(env, &object);
  return object;
}

napi_value filesystem_object(napi_env env, const sys::FilesystemFacts& facts) {
  napi_value object = new_object(env);
  set_number(env, object, "magic", static_cast<double>(facts.magic));
  set_number(env, object, "blockBytes", static_cast<double>(facts.block_bytes));
  set_number(env, object, "totalBytes", static_cast<double>(facts.total_bytes));
  set_number(env, object, "freeBytes", static_cast<double>(facts.free_bytes));
  set_number(env, object, "availableBytes", static_cast<double>(facts.available_bytes));
  set_number(env, object, "files", static_cast<double>(facts.files));
  set_number(env, object, "filesFree", static_cast<double>(facts.files_free));
  return object;
}

napi_value direct_object(napi_env env, const sys::PathFacts& facts) {
  napi_value object = new_object(env);
  set_number(env, object, "memoryBytes", facts.direct_memory_bytes);
  set_number(env, object, "offsetBytes", facts.direct_offset_bytes);
  set_number(env, object, "readOffsetBytes", facts.direct_read_offset_bytes);
  return object;
}

napi_value bytes_of(napi_env env, const std::vector<std::byte>& bytes) {
  void* data = nullptr;
  napi_value buffer = nullptr;
  napi_value view = nullptr;
  if (napi_create_arraybuffer(env, bytes.size(), &data, &buffer) != napi_ok) return null_value(env);
  if (!bytes.empty()) std::memcpy(data, bytes.data(), bytes.size());
  if (napi_create_typedarray(env, napi_uint8_array, bytes.size(), buffer, 0, &view) != napi_ok) return null_value(env);
  return view;
}

const char* kind_of(std::uint32_t mode) {
  if (S_ISREG(mode)) return "file";
  if (S_ISDIR(mode)) return "directory";
  if (S_ISBLK(mode)) return "block device";
  return "other";
}

napi_value facts_object(napi_env env, const sys::PathFacts& facts) {
  napi_value object = new_object(env);
  const auto set = [&](const char* name, napi_value value) { napi_set_named_property(env, object, name, value); };
  set_string(env, object, "type", kind_of(facts.mode));
  set_number(env, object, "inode", static_cast<double>(facts.inode));
  set_number(env, object, "size", static_cast<double>(facts.size));
  set_number(env, object, "allocatedBytes", static_cast<double>(facts.allocated_bytes));
  set_number(env, object, "preferredIoBytes", facts.preferred_io_bytes);
  set_device(env, object, "device", facts.device);
  set_device(env, object, "special", facts.special);
  set_number(env, object, "mountId", facts.mount_id ? static_cast<double>(*facts.mount_id) : -1);
  set_number(env, object, "attributes", facts.attributes ? static_cast<double>(*facts.attributes) : 0);
  set("direct", facts.direct_known ? direct_object(env, facts) : null_value(env));
  const char* refused = facts.direct_open_errno ? errno_name(*facts.direct_open_errno) : "untried";
  set_string(env, object, "directOpen", refused);
  set("filesystem", facts.filesystem ? filesystem_object(env, *facts.filesystem) : null_value(env));
  set("lustreLayout", facts.lustre_layout.empty() ? null_value(env) : bytes_of(env, facts.lustre_layout));
  return object;
}

/// One file of a page_cache call, and the ranges to inspect or evict.
struct CacheRequest {
  std::string path;
  std::vector<sys::ByteRange> ranges;
  /// Directories to which the path is confined; null if any path is allowed.
  std::shared_ptr<const sys::Roots> roots;
};
using CacheAnswer = std::variant<sys::CacheLook, sys::EvictOutcome, Error>;

bool take_paths(napi_env env, napi_value array, const std::shared_ptr<const sys::Roots>& roots,
                std::vector<CacheRequest>& requests) {
  const auto count = array_length(env, array);
  if (!count) return false;
  requests.reserve(*count);
  for (std::uint32_t i = 0; i < *count; i++) {
    auto path = to_string(env, element(env, array, i));
    if (!path) return false;
    requests.push_back({std::move(*path), {}, roots});
  }
  return true;
}

/// Parses triples [file, offset, length]. \returns false if one of them is invalid.
bool take_pieces(std::span<const double> words, std::vector<CacheRequest>& requests) {
  if (words.size() % 3 != 0) return false;
  for (std::size_t i = 0; i < words.size(); i += 3) {
    for (std::size_t k = 0; k < 3; k++) {
      if (!(words[i + k] >= 0 && words[i + k] <= kMaxSafe && words[i + k] == std::floor(words[i + k]))) return false;
    }
    if (words[i] >= static_cast<double>(requests.size())) return false;
    requests[static_cast<std::size_t>(words[i])].ranges.push_back(
        {static_cast<std::uint64_t>(words[i + 1]), static_cast<std::uint64_t>(words[i + 2])});
  }
  return true;
}

CacheAnswer answer_look(const CacheRequest& request) {
  auto look = sys::look_at_cache(request.path, request.ranges, request.roots);
  return look.ok() ? CacheAnswer(std::move(look).value()) : CacheAnswer(std::move(look).error());
}

CacheAnswer answer_evict(const CacheRequest& request) {
  auto outcome = sys::evict_pages(request.path, request.ranges);
  return outcome.ok() ? CacheAnswer(std::move(outcome).value()) : CacheAnswer(std::move(outcome).error());
}

const char* witness_name(sys::CacheWitness witness) {
  switch (witness) {
    case sys::CacheWitness::cachestat:
      return "cachestat";
    case sys::CacheWitness::mincore:
      return "mincore";
    case sys::CacheWitness::hidden:
      break;
  }
  return "hidden";
}

napi_value look_object(napi_env env, const sys::CacheLook& look) {
  napi_value object = new_object(env);
  set_string(env, object, "witness", witness_name(look.witness));
  set_number(env, object, "size", static_cast<double>(look.size));
  void* data = nullptr;
  napi_value buffer = nullptr;
  napi_value words = nullptr;
  const std::size_t count = look.pages.size() * 5;
  if (napi_create_arraybuffer(env, count * sizeof(double), &data, &buffer) != napi_ok ||
      napi_create_typedarray(env, napi_float64_array, count, buffer, 0, &words) != napi_ok) {
    return null_value(env);
  }
  auto* at = static_cast<double*>(data);
  for (const sys::CacheState& state : look.pages) {
    for (const std::uint64_t pages : {state.cached_pages, state.dirty_pages, state.writeback_pages, state.evicted_pages,
                                      state.recently_evicted_pages}) {
      *at++ = static_cast<double>(pages);
    }
  }
  napi_set_named_property(env, object, "pages", words);
  return object;
}

napi_value outcome_object(napi_env env, const sys::EvictOutcome& outcome) {
  napi_value object = new_object(env);
  const auto set = [&](const char* name, const std::optional<Error>& error) {
    napi_set_named_property(env, object, name, error ? error_object(env, *error) : null_value(env));
  };
  set("flush", outcome.flush);
  set("drop", outcome.drop);
  return object;
}

napi_value cache_answers(napi_env env, const std::vector<CacheAnswer>& answers) {
  napi_value list = nullptr;
  if (napi_create_array_with_length(env, answers.size(), &list) != napi_ok) return nullptr;
  for (std::uint32_t i = 0; i < answers.size(); i++) {
    napi_value value = nullptr;
    if (const auto* look = std::get_if<sys::CacheLook>(&answers[i])) {
      value = look_object(env, *look);
    } else if (const auto* outcome = std::get_if<sys::EvictOutcome>(&answers[i])) {
      value = outcome_object(env, *outcome);
    } else if (const auto* error = std::get_if<Error>(&answers[i])) {
      value = error_object(env, *error);
    }
    napi_set_element(env, list, i, value);
  }
  return list;
}

}  // namespace

napi_value storage_facts(napi_env env, napi_callback_info call) {
  std::array<napi_value, 1> args{};
  std::size_t count = args.size();
  napi_get_cb_info(env, call, &count, args.data(), nullptr, nullptr);
  auto path = count == 1 ? to_string(env, args[0]) : std::nullopt;
  if (!path) return refuse(env, "storage_facts: expected a path");
  return promise_of(
      env, "posixpar.storage_facts", [path = std::move(*path)] { return sys::path_facts(path); },
      [](napi_env answering, const Result<sys::PathFacts>& facts) {
        return facts.ok() ? facts_object(answering, *facts) : error_object(answering, facts.error());
      });
}

napi_value page_cache(napi_env env, napi_callback_info call) {
  std::array<napi_value, 4> args{};
  std::size_t count = args.size();
  napi_get_cb_info(env, call, &count, args.data(), nullptr, nullptr);
  const bool complete = count == args.size();
  const auto action = complete ? to_string(env, args[0]) : std::nullopt;
  const auto words = complete ? to_doubles(env, args[2]) : std::nullopt;
  const auto roots = complete ? roots_or_null(env, args[3]) : std::nullopt;
  std::vector<CacheRequest> requests;
  const bool looks = action && *action == "look";
  // Evicting pages is not offered to servers, so it takes no roots.
  const bool known = looks || (action && *action == "evict" && roots && *roots == nullptr);
  if (!known || !words || !roots || !take_paths(env, args[1], *roots, requests)) {
    return refuse(env, "page_cache: expected 'look' or 'evict', paths, ranges, and roots or null");
  }
  if (!take_pieces(*words, requests)) return refuse(env, "page_cache: a range does not fit");
  const auto ask = looks ? &answer_look : &answer_evict;
  return promise_of(
      env, "posixpar.page_cache",
      [requests = std::move(requests), ask] {
        std::vector<CacheAnswer> answers;
        answers.reserve(requests.size());
        for (const CacheRequest& request : requests) answers.push_back(ask(request));
        return answers;
      },
      [](napi_env answering, const std::vector<CacheAnswer>& answers) { return cache_answers(answering, answers); });
}

}  // namespace posixpar::napi
