#pragma once
/// \file The exported functions. The comment of each function names the arguments that JavaScript passes;
/// lib/native/binding-types.ts declares their types.
#include <node_api.h>

namespace posixpar::napi {

/// read(plan, tables, strings, handles, target, stats, callback)
napi_value read(napi_env env, napi_callback_info info);
/// read_box(file, words, target, stats)
napi_value read_box(napi_env env, napi_callback_info info);
/// abandon(ticket, owner)
napi_value abandon(napi_env env, napi_callback_info info);
/// write(plan, tables, strings, handles, source, settings, stats, callback, cache)
napi_value write(napi_env env, napi_callback_info info);
/// make_dirty_chunks(limit_bytes)
napi_value make_dirty_chunks(napi_env env, napi_callback_info info);
/// flush_chunks(cache, ranges, stats, callback)
napi_value flush_chunks(napi_env env, napi_callback_info info);
/// copy_chunks(plan, tables, strings, handles, from_plan, from_tables, from_strings, from_handles, settings,
///   index_bytes, stats, callback)
napi_value copy_chunks(napi_env env, napi_callback_info info);
/// change_files(kinds, texts, numbers, bytes, file, callback)
napi_value change_files(napi_env env, napi_callback_info info);
/// reduce_block(words, memory, callback)
napi_value reduce_block(napi_env env, napi_callback_info info);
/// reduce_finish(words, memory, callback)
napi_value reduce_finish(napi_env env, napi_callback_info info);
/// reduce_merge(words, memory, callback)
napi_value reduce_merge(napi_env env, napi_callback_info info);
/// reduce_state_words(words)
napi_value reduce_state_words(napi_env env, napi_callback_info info);
/// untouched_bytes()
napi_value untouched_bytes(napi_env env, napi_callback_info info);
/// cancel(ticket)
napi_value cancel(napi_env env, napi_callback_info info);
/// progress(ticket, stats)
napi_value progress(napi_env env, napi_callback_info info);
/// open_directory(path, roots)
napi_value open_directory(napi_env env, napi_callback_info info);
/// lookup(kind, subject, offsets, memory, answers, roots, callback)
napi_value lookup(napi_env env, napi_callback_info info);
/// lookup_without_waiting(kind, subject, offsets, memory, answers, roots)
napi_value lookup_without_waiting(napi_env env, napi_callback_info info);
/// make_chain(words, decoded_bytes, index)
napi_value make_chain(napi_env env, napi_callback_info info);
/// add_deflate_windows(index, first, bytes)
napi_value add_deflate_windows(napi_env env, napi_callback_info info);
/// deflate_pieces(index)
napi_value deflate_pieces(napi_env env, napi_callback_info info);
/// first_pass_index(first_pass)
napi_value first_pass_index(napi_env env, napi_callback_info info);
/// save_deflate_index(index)
napi_value save_deflate_index(napi_env env, napi_callback_info info);
/// make_chunk_cache(bytes)
napi_value make_chunk_cache(napi_env env, napi_callback_info info);
/// chunk_cache_counters(cache, words)
napi_value chunk_cache_counters(napi_env env, napi_callback_info info);
/// clear_chunk_cache(cache, closes)
napi_value clear_chunk_cache(napi_env env, napi_callback_info info);
/// share_array(id, handles, description)
napi_value share_array(napi_env env, napi_callback_info info);
/// attach_array(id)
napi_value attach_array(napi_env env, napi_callback_info info);
/// release(handle)
napi_value release(napi_env env, napi_callback_info info);
/// storage_facts(path)
napi_value storage_facts(napi_env env, napi_callback_info info);
/// page_cache(action, paths, pieces)
napi_value page_cache(napi_env env, napi_callback_info info);
/// configure(threads, io_threads, memory_budget)
napi_value configure(napi_env env, napi_callback_info info);
/// memory_usage(words)
napi_value memory_usage(napi_env env, napi_callback_info info);
/// info()
napi_value info(napi_env env, napi_callback_info info);
/// advise_memory(memory)
napi_value advise_memory(napi_env env, napi_callback_info info);
/// detach(buffer)
napi_value detach(napi_env env, napi_callback_info info);
/// set_faults(faults)
napi_value set_faults(napi_env env, napi_callback_info info);
/// fault_counts()
napi_value fault_counts(napi_env env, napi_callback_info info);
/// held_calls()
napi_value held_calls(napi_env env, napi_callback_info info);
/// record_changes(records)
napi_value record_changes(napi_env env, napi_callback_info info);
/// change_count()
napi_value change_count(napi_env env, napi_callback_info info);
/// probe(options, callback)
napi_value probe(napi_env env, napi_callback_info info);

/// probe_writes(options, callback)
napi_value probe_writes(napi_env env, napi_callback_info info);

}  // namespace posixpar::napi
