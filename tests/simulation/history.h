#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "processor/local/broker.h"
#include "tests/simulation/chance.h"

namespace tallymill::simulation {

/// A row of the table that the connector watches. Amounts are cents, so that the truth needs no decimals.
struct PaymentRow {
  std::string id;
  std::string user;
  std::string currency;
  std::optional<std::int64_t> cents;
  std::string kind;
  std::optional<std::int64_t> at_us;  ///< microseconds since 1970; nothing: null
  friend bool operator==(const PaymentRow&, const PaymentRow&) = default;
};

enum class Operation : std::uint8_t { create, update, remove, read, tombstone, ignored, broken };

/// What one record of the connector says.
struct Told {
  Operation operation = Operation::ignored;
  std::string id;
  std::optional<PaymentRow> before;
  std::optional<PaymentRow> after;
  bool before_is_key_only = false;  ///< without REPLICA IDENTITY FULL: all but the key is null
  std::uint64_t lsn = 0;            ///< 0: not stated, as in an incremental snapshot
  std::int64_t source_time_ms = 0;
  bool is_unreadable = false;  ///< its amount is no number: the row is known, and what it is now is not
};

/// A piece of a source partition's log: records on their own, or in a transaction of the connector.
struct LogPiece {
  std::int64_t gap = 0;  ///< offsets without a record before it
  bool is_transaction = false;
  bool is_aborted = false;  ///< what it tells never happened
  std::vector<Told> records;
};

/// The log of one partition of a source.
using PartitionLog = std::vector<LogPiece>;

/// What a history is made of.
struct HistorySettings {
  std::int32_t partitions = 1;
  std::size_t steps = 60;
  /// Letters behind a user's name: long ones fill several frames of a repartition topic within one commit.
  std::size_t name_padding = 0;
  bool is_events = false;  ///< records of a source that only tells facts
};

/// A table's life, told by a connector that restarts, repeats itself, takes snapshots and sends what nobody
/// can read: one log per partition.
std::vector<PartitionLog> make_history(Chance& chance, const HistorySettings& settings);

/// The record as the connector writes it.
processor::LocalRecord written(const Told& told);
/// Appends the piece to a log of the broker.
void append(processor::LocalBroker& broker, const processor::TopicPartition& partition,
            const LogPiece& piece);

}  // namespace tallymill::simulation
