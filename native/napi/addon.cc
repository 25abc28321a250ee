/// \file Entry point of the addon. It is context-aware, so any number of environments of a process can load it.
#include <napi.h>

#include "native/napi/calls.h"
#include "native/napi/environment.h"

namespace posixpar::napi {
namespace {

struct Export {
  const char* name;
  napi_callback function;
};

// clang-format off
constexpr Export kExports[] = {
    {"add_deflate_windows", add_deflate_windows},
    {"advise_memory", advise_memory},
    {"attach_array", attach_array},
    {"abandon", abandon},
    {"cancel", cancel},
    {"change_files", change_files},
    {"chunk_cache_counters", chunk_cache_counters},
    {"clear_chunk_cache", clear_chunk_cache},
    {"configure", configure},
    {"copy_chunks", copy_chunks},
    {"deflate_pieces", deflate_pieces},
    {"first_pass_index", first_pass_index},
    {"detach", detach},
    {"flush_chunks", flush_chunks},
    {"info", info},
    {"lookup", lookup},
    {"lookup_without_waiting", lookup_without_waiting},
    {"make_chain", make_chain},
    {"make_chunk_cache", make_chunk_cache},
    {"make_dirty_chunks", make_dirty_chunks},
    {"memory_usage", memory_usage},
    {"open_directory", open_directory},
    {"page_cache", page_cache},
    {"probe", probe},
    {"probe_writes", probe_writes},
    {"progress", progress},
    {"read", read},
    {"read_box", read_box},
    {"reduce_block", reduce_block},
    {"reduce_finish", reduce_finish},
    {"reduce_merge", reduce_merge},
    {"reduce_state_words", reduce_state_words},
    {"release", release},
    {"save_deflate_index", save_deflate_index},
    {"set_faults", set_faults},
    {"share_array", share_array},
    {"fault_counts", fault_counts},
    {"held_calls", held_calls},
    {"record_changes", record_changes},
    {"change_count", change_count},
    {"untouched_bytes", untouched_bytes},
    {"storage_facts", storage_facts},
    {"write", write},
};
// clang-format on

Napi::Object init(Napi::Env env, Napi::Object exports) {
  if (!Environment::create(env)) {
    Napi::Error::New(env, "posix-par could not be set up in this environment").ThrowAsJavaScriptException();
    return exports;
  }
  for (const Export& entry : kExports) {
    napi_value function = nullptr;
    napi_create_function(env, entry.name, NAPI_AUTO_LENGTH, entry.function, nullptr, &function);
    napi_set_named_property(env, exports, entry.name, function);
  }
  return exports;
}

}  // namespace
}  // namespace posixpar::napi

// NODE_API_MODULE defines functions outside of any namespace.
static Napi::Object posixpar_init(Napi::Env env, Napi::Object exports) { return posixpar::napi::init(env, exports); }
NODE_API_MODULE(posixpar, posixpar_init)
