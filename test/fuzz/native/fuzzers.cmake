# One libFuzzer binary a codec, fuzz_codec_<name>; scripts/test/fuzz-native configures and runs them.
# Needs clang and POSIXPAR_SANITIZE=address,undefined,fuzzer-no-link, so that the core is instrumented too.
if(NOT CMAKE_CXX_COMPILER_ID MATCHES Clang)
  message(FATAL_ERROR "Expected clang for POSIXPAR_FUZZ, found ${CMAKE_CXX_COMPILER_ID}")
endif()
file(STRINGS ${PROJECT_SOURCE_DIR}/native/base/generated/codecs.h POSIXPAR_CODEC_LINES REGEX "^  [a-z0-9_]+ = [0-9]+,$")
foreach(line ${POSIXPAR_CODEC_LINES})
  string(REGEX MATCH "([a-z0-9_]+) = ([0-9]+)" matched "${line}")
  set(target fuzz_codec_${CMAKE_MATCH_1})
  add_executable(${target} ${PROJECT_SOURCE_DIR}/test/fuzz/native/codec_fuzzer.cc)
  target_compile_definitions(${target} PRIVATE POSIXPAR_FUZZ_CODEC=${CMAKE_MATCH_2})
  target_link_libraries(${target} PRIVATE posixpar_core)
  target_link_options(${target} PRIVATE -fsanitize=fuzzer)
endforeach()
