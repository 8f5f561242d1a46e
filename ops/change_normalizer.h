#pragma once

#include <optional>
#include <string_view>

#include "ops/keyless_changes.h"
#include "ops/normalized_record.h"
#include "ops/replay_rules.h"
#include "ops/row_identity.h"
#include "ops/source_images.h"
#include "ops/source_memory.h"
#include "ops/state_store.h"
#include "ops/stored_row.h"
#include "topology/base/result.h"
#include "topology/data/arena.h"
#include "topology/data/envelope.h"
#include "topology/plan/plan.h"

namespace tallymill::ops {

/// Turns change envelopes into changes of rows, by the row that is stored and not by what the record says of
/// the past: what is retracted is exactly what was added. The table of 3-changes-and-time.md ("From envelope to
/// change"). Immutable; the state is in two stores of the source's task:
///   rows   (point)    primary key -> StoredRow
///   tombs  (ordered)  (time of deletion, primary key) of rows whose deletion marker is kept for a while
class ChangeNormalizer {
 public:
  explicit ChangeNormalizer(const topology::SourcePlan& source);

  /// Decides about one record: reads, but does not write, the rows, and notes in `memory` what later records
  /// are judged by. Errors stop the task: lsn_regression, truncate_refused, second_snapshot.
  topology::Result<NormalizedRecord> normalize(const topology::Envelope& envelope,
                                               const topology::RecordOrigin& origin, SourceMemory& memory,
                                               StateStore& rows, topology::Arena& arena) const;

  /// Writes what normalize() decided of one row; after the change ran to the end of its chain.
  void remember(const RowMove& move, const SourceMemory& memory, StateStore& rows, StateStore& tombs) const;

 private:
  struct Context;
  struct Subject;
  struct Rows;
  topology::Status decide(Context& context, NormalizedRecord& record) const;
  topology::Status normalize_row(Context& context, NormalizedRecord& record) const;
  void tombstone(Context& context, NormalizedRecord& record) const;
  void nameless_tombstone(Context& context, NormalizedRecord& record) const;
  static void refuse(const Context& context, topology::Error error, NormalizedRecord& record);

  topology::Status find(Context& context, Rows& rows) const;
  topology::Status find_own(Context& context, Subject& subject, Rows& rows) const;
  void load(Context& context, Subject& subject) const;
  static void remember_delete(Context& context);

  topology::Status change(Context& context, Subject* left, Subject& subject, NormalizedRecord& record) const;
  topology::Result<bool> is_news(Context& context, Subject& subject, const ChangeFacts& facts,
                                 NormalizedRecord& record) const;
  void refuse_other_row(Context& context, const Subject& subject, NormalizedRecord& record) const;
  void note_delete(const Context& context, const Subject& subject, NormalizedRecord& record) const;
  std::optional<topology::Error> fault_of_snapshot_row(const topology::Envelope& envelope,
                                                       const StoredRow& stored) const;
  void snapshot_row(Context& context, Subject& subject, NormalizedRecord& record) const;
  void upsert(Context& context, const Subject* left, Subject& subject, NormalizedRecord& record) const;
  void remove(Context& context, Subject& subject, NormalizedRecord& record) const;
  void retract(Context& context, Subject& subject, topology::Error error, NormalizedRecord& record) const;
  void keep(const Context& context, const Subject& subject, const StoredRow& next,
            NormalizedRecord& record, std::optional<topology::Change> change) const;

  void compare_before(const topology::Envelope& envelope, const Subject& subject, NormalizedRecord& record) const;

  const topology::SourcePlan& source_;
  RowIdentity identity_;
  SourceImages images_;
  KeylessChanges keyless_;
};

}  // namespace tallymill::ops
