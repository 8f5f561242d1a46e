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
#include "topology/spec/document.h"

namespace tallymill::processor {

/// A column as the decoder looks for it on the wire.
struct WireColumn {
  std::string name;       ///< in the topology, for messages
  std::string wire_name;  ///< on the wire; PostgreSQL folds unquoted names to lower case
  topology::Type type;
  bool optional = false;
  bool sensitive = false;    ///< its value never appears in an error's message
  std::optional<int> scale;  ///< of decimals that come as base64 without a schema
  int digits = topology::decimal_digits_default;  ///< of decimals: one that prints with more is refused
  /// From `meta`: no record has it, the normalizer fills it. As a primary-key column no key names it.
  bool from_metadata = false;
  bool may_be_absent = false;  ///< `absent: keep` or `null`: the normalizer knows what it means
  // What a record without a schema does not say.
  std::optional<topology::TimeUnit> unit = {};
  std::optional<topology::DecimalWire> wire = {};
  std::optional<topology::BytesEncoding> encoding = {};
};

struct WireFormat {
  std::vector<WireColumn> columns;       ///< declared columns, in the order of the source's row type
  std::size_t row_size = 0;              ///< values per decoded row: columns, then hidden ones left unset
  std::vector<std::size_t> primary_key;  ///< indexes into columns; empty in events mode without a key
  /// In mode table an insert may pass for an update and the before image is not needed; in the others it is what
  /// a delete says.
  topology::SourceMode mode = topology::SourceMode::table;
  /// Only some operations count: a flattened record that does not say its own is in doubt, as in mode table.
  bool needs_operation = false;
  // The connector's own words, empty where they are Debezium's.
  std::string unavailable_value = {};  ///< unavailable.value.placeholder
  std::string operation_field = {};    ///< of a flattened record, beside `__op`
  std::string deleted_field = {};      ///< of a flattened record, beside `__deleted`
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
  /// `batch` (the payload is copied there) and outlive the message. Never throws, whatever the bytes.
  ///
  /// A record that cannot be applied is an envelope whose `error` says why and which has all else that could be
  /// read: missing_column (a declared column is absent and neither optional nor `absent`; one of the primary key
  /// may stand in the Kafka key alone), wrong_type, scale_unknown, unit_unknown, ambiguous_bytes, decimal_*,
  /// operation_unknown, malformed_record. An Error is what has neither an operation nor a Kafka key that names
  /// the row: malformed_record, foreign_envelope. With such a key these are envelopes of operation `unknown`.
  topology::Result<topology::Envelope> decode(std::optional<std::string_view> key,
                                              std::optional<std::string_view> value, topology::Arena& batch);

  const DecoderStatistics& statistics() const;

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace tallymill::processor
