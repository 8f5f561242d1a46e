#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "topology/base/time.h"
#include "topology/data/row.h"

namespace tallymill::topology {

/// What identifies a row of a stream from one change to the next.
struct Identity {
  enum class Kind : std::uint8_t {
    events,   ///< facts: nothing is ever taken back, so nothing needs to be identified
    columns,  ///< the values of `columns`
    lost,     ///< the rows change, and a step dropped a column of their identity
  };
  Kind kind = Kind::events;
  std::vector<std::size_t> columns;  ///< positions in the row type
  /// If the origin column is among `columns`: the topic prefixes that it can hold. Rows of streams with
  /// different origins stay apart in a union.
  std::vector<std::string> origins;
};

/// What decides in which task a row of a stream is.
struct Partitioning {
  enum class Kind : std::uint8_t {
    unknown,
    source_key,  ///< the key of one source topic: equal primary keys are in one partition
    columns,     ///< Tallymill's own partitioner over `columns`
  };
  Kind kind = Kind::unknown;
  std::vector<std::size_t> columns;  ///< positions in the row type
};

/// The windows of an aggregate above, for the checks of an aggregate below it.
struct UpstreamWindow {
  std::optional<Duration> grace;  ///< nothing: unlimited
};

/// All that a step must know of the stream it is applied to.
struct StreamShape {
  RowType type;
  Identity identity;
  Partitioning partitioning;
  bool has_event_time = false;
  /// Where the event time comes from, as long as the rows still have that column.
  std::optional<std::size_t> event_time_column;
  /// The rows change and none is known by a key (mode changelog): only what adds them up can be written.
  bool keyless = false;
  /// Columns that an aggregate above added; left out of the partition of a sink's key.
  std::vector<std::size_t> window_columns;
  std::optional<UpstreamWindow> upstream_window;

  bool insert_only() const { return identity.kind == Identity::Kind::events; }
};

/// The currency of an amount after its row became another one. `sources[i]` says which column of `input` the
/// new column i is, if it is just a column, and `names` what it is called. Unknown if the currency's column
/// is gone.
Currency projected_currency(const Currency& currency, const RowType& input,
                            const std::vector<std::optional<std::size_t>>& sources,
                            const std::vector<std::string>& names);

/// Positions after a projection: `sources[i]` says which input column output column i is, if it is just a
/// column. Nothing if one of `columns` is gone.
std::optional<std::vector<std::size_t>> projected_columns(
    const std::vector<std::size_t>& columns, const std::vector<std::optional<std::size_t>>& sources);

}  // namespace tallymill::topology
