#pragma once

#include "topology/spec/document.h"

namespace tallymill::topology {

/// Reads one entry of `sources` and checks it in itself: its topics, columns, and the columns that it names.
/// A declaration comes back whatever is wrong, so that its name is known to pipelines.
SourceDeclaration read_source(const YamlNode::Entry& entry, Diagnostics& diagnostics);

}  // namespace tallymill::topology
