#pragma once
/// \file Digest of the generated constants: equal in TypeScript and in an addon built from the same sources.
/// Generated from scripts/words/words.mjs by `npm run generate`: change that file instead.
// clang-format off
#include <string_view>

namespace posixpar {

/// Digest of the generated constants: equal in TypeScript and in an addon built from the same sources.
inline constexpr std::string_view kWordsDigest = "e2607279cdcd3bba";

}  // namespace posixpar
