#pragma once

#include <string>
#include <vector>

#include "topology/spec/document.h"

namespace tallymill::topology {

/// A small list of operators, made for these tests: filter, map, select, aggregate (keeps state), and the
/// planned enrich (keeps state) and as_events.
std::vector<const OperatorSpec*> sample_operators();

/// What reading a topology gave.
struct ReadTopology {
  Document document;
  Diagnostics diagnostics;
  std::vector<Diagnostic> found;  ///< sorted

  /// "line:column code" of each finding, for comparing at a glance.
  std::vector<std::string> places() const;
};

ReadTopology read_topology(const std::string& text, const std::string& directory = ".");

/// A topology that has one source `payments` and one pipeline `p`; `steps` and `sink` are YAML, indented by 6
/// and 4.
std::string with_steps(const std::string& steps, const std::string& sink = "    to: { topic: out }\n");
/// A topology whose source `payments` has these fields, indented by 4.
std::string with_source(const std::string& fields);

/// "line:column code" of a finding.
std::string place_of(const Diagnostic& diagnostic);

}  // namespace tallymill::topology
