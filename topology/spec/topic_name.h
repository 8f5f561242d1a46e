#pragma once

#include <string_view>

#include "topology/spec/diagnostics.h"

namespace tallymill::topology {

/// Whether Kafka accepts the name: 1..249 of [A-Za-z0-9._-], not "." and not "..". Reported if not.
bool check_topic_name(std::string_view name, SourceRange range, Diagnostics& diagnostics);

}  // namespace tallymill::topology
