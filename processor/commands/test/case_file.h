#pragma once

#include <optional>
#include <string>
#include <vector>

#include "processor/runtime/commit_cycle.h"
#include "topology/base/result.h"
#include "topology/spec/yaml_reader.h"

namespace tallymill::processor {

/// One case of a case file, as written. Nodes keep their places, for messages.
struct TestCase {
  std::string name;
  /// The topology's text, and the path that messages and `include` use.
  std::string topology_text;
  std::string topology_path;
  const topology::YamlNode* node = nullptr;  ///< the case's mapping, for its expectations

  std::vector<const topology::YamlNode*> input;
  std::int32_t partitions = 1;
  std::size_t commit_every = 1;
  struct Crash {
    std::size_t commit = 1;  ///< counted from 1
    CommitStep step = CommitStep::produce;
  };
  std::optional<Crash> crash;
};

/// A case file: owns the nodes that its cases point to.
class CaseFile {
 public:
  /// Error: cannot_read, or bad_yaml with all findings as text.
  static topology::Result<CaseFile> read(const std::string& path);

  const std::string& path() const { return path_; }
  const std::vector<TestCase>& cases() const { return cases_; }

 private:
  std::string path_;
  std::unique_ptr<topology::YamlNode> root_;
  std::vector<TestCase> cases_;
};

}  // namespace tallymill::processor
