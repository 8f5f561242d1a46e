#pragma once

#include "ops/normalized_record.h"
#include "ops/source_images.h"
#include "ops/source_memory.h"

namespace tallymill::ops {

/// Turns the records of a source without a primary key into changes; nothing is stored per row.
///   mode events:     every record is a fact of its own, deletes too
///   mode changelog:  a row is named by all its columns: the before image (REPLICA IDENTITY FULL) is retracted, the
///                    after image added; a repeated record counts again
class KeylessChanges {
 public:
  explicit KeylessChanges(const topology::SourcePlan& source) : source_(source), images_(source) {}

  /// `record` is a new one, here and below.
  void normalize_event(const topology::Envelope& envelope, const topology::RecordOrigin& origin,
                       NormalizedRecord& record) const;
  /// Error: second_snapshot, for its rows would be added to those that are there.
  topology::Status normalize_change(const topology::Envelope& envelope, const topology::RecordOrigin& origin,
                                    SourceMemory& memory, NormalizedRecord& record) const;

 private:
  /// Whether the source wants changes of this kind as facts.
  bool is_fact(topology::ChangeOperation operation) const;
  topology::Result<topology::Half> image_of(const topology::Envelope& envelope,
                                            const topology::RecordOrigin& origin, bool is_before) const;
  void note_stream_time(const topology::Envelope& envelope, const topology::RecordOrigin& origin,
                        NormalizedRecord& record) const;

  const topology::SourcePlan& source_;
  SourceImages images_;
};

}  // namespace tallymill::ops
