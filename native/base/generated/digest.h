#pragma once
/// \file Digest of all words: equal in TypeScript and in an addon that was built from the same words.
/// Generated from scripts/words/words.mjs by `npm run generate`: change that file instead.
// clang-format off
#include <string_view>

namespace posixpar {

/// Digest of all words: equal in TypeScript and in an addon that was built from the same words.
inline constexpr std::string_view kWordsDigest = "03dbeb44c9437c47";

}  // namespace posixpar
