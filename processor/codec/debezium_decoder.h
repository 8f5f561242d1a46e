#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "topology/base/result.h"
#include "topology/data/arena.h"
#include "topology/data/envelope.h"
#include "topology/data/row.h"

namespace tallymill::processor {

/// A column as the decoder looks for it on the wire.
struct WireColumn {
  std::string name;       ///< in the topology, for messages
  std::string wire_name;  ///< on the wire; PostgreSQL folds unquoted names to lower case
  topology::Type type;
  bool optional = false;
  bool sensitive = false;    ///< its value never appears in an error's message
  std::optional<int> scale;  ///< of base64 decimals without a schema
  /// From `meta`: no record has it, the normalizer fills it. As a primary-key column no key names it.
  bool from_metadata = false;
  bool may_be_absent = false;  ///< `absent: keep` or `null`: the normalizer knows what it means
};

struct WireFormat {
  std::vector<WireColumn> columns;       ///< declared columns, in the order of the source's row type
  std::size_t row_size = 0;              ///< values per decoded row: columns, then hidden ones left unset
  std::vector<std::size_t> primary_key;  ///< indexes into columns; empty in events mode without a key
};

/// Counters for tests, benches and metrics.
struct DecoderStatistics {
  std::uint64_t schema_prefix_hits = 0;
  std::uint64_t schema_prefix_misses = 0;
};

/// Reads every form in which Debezium's PostgreSQL connector and Connect's JsonConverter send a change: with
/// and without schemas, envelope or flattened, all decimal and time encodings (design: "Every form a
/// connector sends"). The form is detected per record. A schema is parsed once per distinct prefix of bytes
/// and remembered. Not thread-safe: one per task.
class DebeziumDecoder {
 public:
  explicit DebeziumDecoder(WireFormat format);
  ~DebeziumDecoder();
  DebeziumDecoder(DebeziumDecoder&&) noexcept;
  DebeziumDecoder& operator=(DebeziumDecoder&&) noexcept;

  /// Decodes one record. `key` and `value` are Kafka's bytes, nothing for null. The envelope's views live in
  /// `batch` (the payload is copied there) and outlive the message. An absent declared column that is not
  /// optional is missing_column, with "did you mean" where its lower-case form exists; other errors:
  /// malformed_record, wrong_type, scale_unknown, decimal_*. Never throws, whatever the bytes.
  topology::Result<topology::Envelope> decode(std::optional<std::string_view> key,
                                              std::optional<std::string_view> value, topology::Arena& batch);

  const DecoderStatistics& statistics() const;

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace tallymill::processor
