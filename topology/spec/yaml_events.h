#pragma once

#include <cstdint>

#include "topology/spec/diagnostics.h"
#include "topology/spec/source_text.h"
#include "topology/spec/yaml_reader.h"

namespace tallymill::topology {

/// Parses a text that check_yaml_text has passed. Behind this header, and nowhere else, is the YAML library;
/// none of its exceptions leaves. Returns a null node if anything was refused.
YamlNode parse_yaml(const SourceText& source, std::uint32_t file, const YamlLimits& limits,
                    Diagnostics& diagnostics);

}  // namespace tallymill::topology
