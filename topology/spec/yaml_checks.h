#pragma once

#include <cstdint>

#include "topology/spec/diagnostics.h"
#include "topology/spec/source_text.h"
#include "topology/spec/yaml_reader.h"

namespace tallymill::topology {

/// Refuses what needs no parser to be seen: not UTF-8, a byte order mark, control characters, directives, and
/// more brackets and commas than a document may have nodes. The library keeps a bracketed text in memory
/// token by token until its last bracket, so these must be bounded before. True if the text may be parsed.
bool check_yaml_text(const SourceText& source, std::uint32_t file, const YamlLimits& limits,
                     Diagnostics& diagnostics);

}  // namespace tallymill::topology
