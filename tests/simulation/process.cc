#include "tests/simulation/process.h"

namespace tallymill::simulation {

using processor::Worker;
using topology::Result;
using topology::Status;

void NotingLog::write(processor::Severity, std::string_view event,
                      std::initializer_list<processor::EventField> fields) {
  std::string text = name_ + ": " + std::string(event);
  for (const processor::EventField& field : fields)
    text += ", " + std::string(field.name) + " " + field.value;
  faults_.note(std::move(text));
}

bool Process::Crash::stops_at(processor::CommitStep step) {
  if (!life_.is_dead && life_.faults.strikes(crash_at(step), 50)) life_.is_dead = true;
  return life_.is_dead;
}

Process::Process(const Site& site, const ProcessLife& life, const processor::WorkerSettings& settings)
    : life_(life),
      log_(life.faults, life.transactional_id),
      sink_(life_.broker, life_.transactional_id, site.clock),
      source_(std::make_unique<processor::LocalSource>(life_.broker)),
      changelogs_(life_.broker),
      faulty_sink_(sink_, life_),
      faulty_source_(std::make_unique<FaultySource>(*source_, life_)),
      faulty_changelogs_(changelogs_, life_),
      crash_(life_),
      worker_(std::make_unique<Worker>(
          site.plan, site.layout,
          processor::WorkerPorts{*faulty_source_, faulty_sink_, site.topics, faulty_changelogs_, site.clock,
                                 log_, &reports_, &crash_},
          settings)) {
  (void)faulty_source_->subscribe(site.layout.input_topics(), *worker_);
}

Result<Worker::Turn> Process::turn() {
  is_busy_ = true;
  auto turn = worker_->turn();
  is_busy_ = false;
  if (turn) is_restoring_ = turn->is_restoring;
  return turn;
}

Status Process::close() {
  is_busy_ = true;
  Status status = worker_->close();
  is_busy_ = false;
  return status;
}

std::unique_ptr<processor::LocalSource> Process::take_member() {
  worker_.reset();
  faulty_source_.reset();
  return std::move(source_);
}

}  // namespace tallymill::simulation
