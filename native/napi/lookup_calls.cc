#include <array>
#include <cmath>
#include <cstring>
#include <vector>

#include "native/base/generated/inflate.h"
#include "native/exec/lookup.h"
#include "native/napi/calls.h"
#include "native/napi/environment.h"
#include "native/napi/handles.h"
#include "native/napi/values.h"

namespace posixpar::napi {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr double kMaxOffset = 9007199254740991.0;

/// True if the items describe deflate streams.
bool has_scan(LookupKind kind) { return kind == LookupKind::inflate || kind == LookupKind::first_pass; }

/// Reads the paths of the items or, for `read`, `inflate`, `first_pass` and `heap`, the open file. There is no
/// subject for `restore`.
bool read_subject(napi_env env, LookupKind kind, napi_value subject, std::vector<LookupItem>& items) {
  if (kind == LookupKind::restore) return true;
  if (kind == LookupKind::read || has_scan(kind) || kind == LookupKind::heap) {
    const PlanHandle* handle = unwrap_handle(env, subject);
    const auto* file = handle == nullptr ? nullptr : std::get_if<std::shared_ptr<sys::OpenFile>>(handle);
    if (file == nullptr) return false;
    for (LookupItem& item : items) item.file = *file;
    return true;
  }
  const auto count = array_length(env, subject);
  if (!count || *count != items.size()) return false;
  for (std::uint32_t i = 0; i < *count; i++) {
    auto path = to_string(env, element(env, subject, i));
    if (!path) return false;
    items[i].path = std::move(*path);
  }
  return true;
}

/// Reads the description of a deflate stream.
bool read_scan(const View& view, DeflateScanSpec& spec) {
  std::array<double, inflate::kInflateWords> words{};
  if (view.bytes != sizeof(words)) return false;
  std::memcpy(words.data(), view.data, sizeof(words));
  const auto number = [&](inflate::InflateWord word, double low, double high) -> std::optional<std::int64_t> {
    const double value = words[word];
    if (!(value >= low && value <= high) || value != std::floor(value)) return std::nullopt;
    return static_cast<std::int64_t>(value);
  };
  const auto framing = number(inflate::kFraming, 0, 1);
  const auto decoded = number(inflate::kDecodedBytes, -1, kMaxOffset);
  const auto crc = number(inflate::kCrc32, -1, 4294967295.0);
  std::array<std::uint64_t*, 6> counts = {&spec.offset, &spec.length,    &spec.skip,
                                          &spec.runs,   &spec.run_bytes, &spec.piece_bytes};
  for (std::size_t i = 0; i < counts.size(); i++) {
    const auto value = number(static_cast<inflate::InflateWord>(inflate::kOffset + i), 0, kMaxOffset);
    if (!value) return false;
    *counts[i] = static_cast<std::uint64_t>(*value);
  }
  if (!framing || !decoded || !crc) return false;
  spec.framing = static_cast<codecs::DeflateFraming>(*framing);
  if (*decoded >= 0) spec.decoded_bytes = static_cast<std::uint64_t>(*decoded);
  if (*crc >= 0) spec.crc32 = static_cast<std::uint32_t>(*crc);
  return true;
}

/// Reads the memory of an item of the kind `heap`: a description of the heaps, references, ends and bytes of values.
bool read_heap(napi_env env, napi_value memory, LookupItem& item) {
  const auto described = to_doubles(env, element(env, memory, 0));
  const auto references = to_view(env, element(env, memory, 1));
  const auto ends = to_doubles(env, element(env, memory, 2));
  const auto into = to_view(env, element(env, memory, 3));
  if (!described || described->size() != kHeapWords || !references || !ends || !into) return false;
  for (const double value : *described) {
    if (!(value >= 0 && value <= kMaxOffset) || value != std::floor(value)) return false;
  }
  const auto word = [&](HeapWord at) { return static_cast<std::uint64_t>((*described)[at]); };
  HeapSpec& spec = item.heap.spec;
  if (word(kAddressBytes) > 8 || word(kLengthBytes) > 8 || word(kItemBytes) > UINT32_MAX) return false;
  spec.base = word(kBase);
  spec.file_size = word(kFileSize);
  spec.address_bytes = static_cast<unsigned>(word(kAddressBytes));
  spec.length_bytes = static_cast<unsigned>(word(kLengthBytes));
  spec.item_bytes = static_cast<std::uint32_t>(word(kItemBytes));
  spec.is_text = word(kIsText) != 0;
  if (references->bytes != ends->size() * spec.reference_bytes()) return false;
  item.heap.references = Bytes(references->data, references->bytes);
  item.heap.ends = *ends;
  item.into = into->data;
  item.length = into->bytes;
  return true;
}

/// Reads the offsets and the memory of the items: one buffer per item, whose length is the number of requested bytes.
/// For `inflate` and `first_pass`, the buffer contains the description of the stream; for `heap`, there is a list of
/// buffers.
bool read_memory(napi_env env, napi_value offsets, napi_value memory, std::vector<LookupItem>& items) {
  const auto words = to_doubles(env, offsets);
  if (!words || words->size() != items.size()) return false;
  for (std::uint32_t i = 0; i < items.size(); i++) {
    const double offset = (*words)[i];
    if (items[i].kind == LookupKind::heap) {
      if (!(offset >= 0 && offset <= kMaxOffset) || !read_heap(env, element(env, memory, i), items[i])) return false;
      items[i].offset = static_cast<std::int64_t>(offset);
      continue;
    }
    const auto view = to_view(env, element(env, memory, i));
    if (!view || !(std::fabs(offset) <= kMaxOffset) || offset != std::floor(offset)) return false;
    const bool is_unsigned = items[i].kind == LookupKind::read || items[i].kind == LookupKind::restore;
    if (is_unsigned && offset < 0) return false;
    items[i].offset = static_cast<std::int64_t>(offset);
    if (has_scan(items[i].kind)) {
      if (!read_scan(*view, items[i].scan)) return false;
      continue;
    }
    items[i].into = view->data;
    items[i].length = view->bytes;
  }
  return true;
}

/// The arguments of a lookup.
struct LookupArgs {
  std::shared_ptr<Lookup> job;
  std::span<double> answers;
};

/// Reads the arguments (kind, subject, offsets, memory, answers, roots). \returns nothing if they are not valid; `why`
/// then says what was expected.
std::optional<LookupArgs> read_lookup(napi_env env, std::span<const napi_value, 6> args, const char*& why) {
  why = "expected a kind, memory, answers, and roots or null";
  const auto number = to_number(env, args[0]);
  const auto length = array_length(env, args[3]);
  const auto answers = to_doubles(env, args[4]);
  auto roots = roots_or_null(env, args[5]);
  const bool kind_known =
      number && *number >= 0 && *number < static_cast<double>(count_of(LookupKind{})) && *number == std::floor(*number);
  if (!kind_known || !length || !answers || answers->size() != *length * kLookupWords || !roots) return std::nullopt;
  const auto kind = static_cast<LookupKind>(*number);
  std::vector<LookupItem> items(*length);
  for (LookupItem& item : items) item.kind = kind;
  why = "expected paths or a file";
  if (!read_subject(env, kind, args[1], items)) return std::nullopt;
  why = "expected offsets and memory";
  if (!read_memory(env, args[2], args[3], items)) return std::nullopt;
  return LookupArgs{std::make_shared<Lookup>(std::move(items), std::move(*roots)), *answers};
}

napi_value refuse_lookup(napi_env env, const char* why) {
  const std::string text = std::string("lookup: ") + why;
  return refuse(env, text.c_str());
}

}  // namespace

napi_value lookup(napi_env env, napi_callback_info call) {
  std::array<napi_value, 7> args{};
  std::size_t count = args.size();
  if (napi_get_cb_info(env, call, &count, args.data(), nullptr, nullptr) != napi_ok || count < args.size()) {
    return refuse_lookup(env, "expected seven arguments");
  }
  napi_valuetype type = napi_undefined;
  napi_typeof(env, args[6], &type);
  if (type != napi_function && type != napi_null) return refuse_lookup(env, "expected a callback or null");
  const char* why = nullptr;
  const auto given = read_lookup(env, std::span(args).first<6>(), why);
  if (!given) return refuse_lookup(env, why);
  const auto& [job, answers] = *given;
  if (type == napi_null) {
    job->perform_now();
    write_answers(answers, job->answers());
    return job->error() ? error_object(env, *job->error()) : answer_details(env, job->answers());
  }
  Environment* environment = Environment::of(env);
  const auto ticket = environment == nullptr ? std::nullopt : environment->start(env, job, args[3], args[4], args[6]);
  if (!ticket) return refuse(env, "lookup: Node-API refused a reference");
  napi_value value = nullptr;
  napi_create_uint32(env, *ticket, &value);
  return value;
}

napi_value lookup_without_waiting(napi_env env, napi_callback_info call) {
  std::array<napi_value, 6> args{};
  std::size_t count = args.size();
  if (napi_get_cb_info(env, call, &count, args.data(), nullptr, nullptr) != napi_ok || count < args.size()) {
    return refuse_lookup(env, "expected six arguments");
  }
  const char* why = nullptr;
  const auto given = read_lookup(env, args, why);
  if (!given) return refuse_lookup(env, why);
  const bool answered = given->job->try_without_waiting();
  if (answered) write_answers(given->answers, given->job->answers());
  napi_value value = nullptr;
  napi_get_boolean(env, answered, &value);
  return value;
}

void write_answers(std::span<double> words, const std::vector<LookupAnswer>& answers) {
  for (std::size_t i = 0; i < answers.size() && (i + 1) * kLookupWords <= words.size(); i++) {
    const LookupAnswer& answer = answers[i];
    // Computes the time in the same steps as Node (first whole seconds), to get exactly the same double.
    std::int64_t seconds = answer.id.mtime_ns / kSecond;
    std::int64_t rest = answer.id.mtime_ns % kSecond;
    if (rest < 0) {
      seconds--;
      rest += kSecond;
    }
    const std::span<double> out = words.subspan(i * kLookupWords, kLookupWords);
    const FileKind kind = S_ISREG(answer.id.mode)   ? FileKind::file
                          : S_ISDIR(answer.id.mode) ? FileKind::directory
                                                    : FileKind::other;
    out[kAbsent] = answer.absent ? 1 : 0;
    out[kKind] = static_cast<double>(kind);
    out[kSize] = static_cast<double>(answer.id.size);
    out[kMtimeMs] = static_cast<double>(seconds) * 1000 + static_cast<double>(rest) / 1e6;
    out[kInode] = static_cast<double>(answer.id.inode);
    out[kDevice] = static_cast<double>(answer.id.device);
    out[kBytes] = static_cast<double>(answer.bytes);
  }
}

napi_value answer_details(napi_env env, const std::vector<LookupAnswer>& answers) {
  if (!answers.empty() && answers[0].root) {
    std::vector<std::shared_ptr<const sys::Roots>> roots;
    roots.reserve(answers.size());
    for (const LookupAnswer& answer : answers) roots.push_back(answer.root);
    return wrap_handle(env, sys::Roots::join(roots));
  }
  if (answers.size() != 1) return null_value(env);
  if (answers[0].opened) return wrap_handle(env, answers[0].opened);
  if (answers[0].index) return wrap_handle(env, answers[0].index);
  if (answers[0].first_pass) return wrap_handle(env, answers[0].first_pass);
  if (answers[0].directory) return wrap_handle(env, answers[0].directory);
  const auto& names = answers[0].names;
  napi_value array = nullptr;
  if (napi_create_array_with_length(env, names.size(), &array) != napi_ok) return null_value(env);
  for (std::size_t i = 0; i < names.size(); i++) {
    napi_value text = nullptr;
    if (napi_create_string_utf8(env, names[i].data(), names[i].size(), &text) != napi_ok) return null_value(env);
    napi_set_element(env, array, static_cast<std::uint32_t>(i), text);
  }
  return array;
}

}  // namespace posixpar::napi
