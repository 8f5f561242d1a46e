#pragma once

#include <string>

#include "processor/commands/test/case_file.h"

namespace tallymill::processor {

/// Runs one case over the real engine. Empty if it passed, else what differs, in lines.
///
/// Expectations of a case, of which it needs at least one:
///   expect                {topic: [rows]}: the final table of each topic, rows in any order, columns by
///   subset emits                 {topic: [{key, value}]}: every record of the topic, in order; value null is
///   a tombstone others: any           topics that are not named may hold anything (else they must be empty)
///   exact: true           rows and records name all columns
///   expect_late           records of the late topic, by subset, in order
///   expect_dead_letter    [{reason, message, step, topic, partition, offset, key, value}], in order; message
///   by part expect_errors         [{code, line, column, message}]: lint's errors, in order; message or hint
///   by part expect_warnings       the same of its warnings; the input is not run then either
///   fates, observations   {applied: 2, ...}: counts of records stops                 the code of the
///   error with which the engine stops explain               [texts] that `explain` prints
/// Without `expect_errors` the topology must be free of errors; without `stops` the engine must not stop.
/// That the fates add up is always checked.
std::string run_case(const TestCase& test, const std::string& directory);

}  // namespace tallymill::processor
