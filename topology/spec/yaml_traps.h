#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "topology/spec/source_text.h"

namespace tallymill::topology {

/// What cures a text that YAML reads as something else.
inline constexpr std::string_view quote_hint =
    "quote it or use block style: '..' around the whole text, or `>-` and the text in the next line";

/// Kinds of syntax errors, as far as they call for different remedies.
enum class YamlSyntax : std::uint8_t {
  alias,          ///< `*x`
  anchor,         ///< `&x`
  tag,            ///< `!x`
  tab,            ///< a tab in the indentation
  stray_dash,     ///< "- " where no list can begin
  stray_colon,    ///< ": " inside a plain text
  stray_key,      ///< "? " where no key can begin
  stray_closing,  ///< ']' or '}' that closes nothing, or not what is open
  unknown_token,  ///< a character that begins nothing
  broken_block,   ///< something else than the next entry of a list or mapping
  broken_flow,    ///< between brackets: neither ',' nor the closing bracket
  open_quote,     ///< the file ends inside quotes
  escape,         ///< a backslash sequence that YAML does not have
  block_header,   ///< text behind `|` or `>`
  other,
};

struct YamlTrouble {
  std::string message;
  std::string hint;
};

/// Says what is wrong at `offset` in the words of a user, with the hint for the trap that it looks like.
/// `library_message` is told for YamlSyntax::other.
YamlTrouble explain_yaml_syntax(YamlSyntax kind, const SourceText& source, std::size_t offset,
                                std::string_view library_message);

}  // namespace tallymill::topology
