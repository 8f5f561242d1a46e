#pragma once

#include <optional>
#include <string>
#include <vector>

#include "processor/codec/debezium_decoder.h"

// The benchmark of the decoder reads the same records with these.

namespace tallymill::tests {

/// A recorded record, as it stood on its topic.
struct FixtureRecord {
  std::string topic;
  std::optional<std::string> key;
  std::optional<std::string> value;
};

/// The records of one file of the shared fixtures, in order; empty if the file is not there.
std::vector<FixtureRecord> read_fixture(const std::string& file_name);

/// Columns of the recorded table `transactions`.
processor::WireFormat transactions_format();

}  // namespace tallymill::tests
