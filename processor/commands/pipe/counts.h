#pragma once

#include <iosfwd>

#include "processor/commands/pipe/record_feeder.h"
#include "processor/commands/pipe/record_printer.h"
#include "processor/local/local_engine.h"

namespace tallymill::processor {

/// Prints what became of every line, for people: of records, of images by pipeline, of dead letters by
/// reason, of what was skipped by topic.
void print_counts(std::ostream& out, const LocalEngine& engine, const RecordFeeder& feeder,
                  const RecordPrinter& printer);

/// `cdc.public.a 7, cdc.public.b 2`: the topics that most lines skipped are of; of more than a few the
/// number.
std::string skipped_topics(const RecordFeeder& feeder);

}  // namespace tallymill::processor
