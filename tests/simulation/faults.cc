#include "tests/simulation/faults.h"

namespace tallymill::simulation {
namespace {

constexpr std::size_t tail_length = 60;
constexpr std::string_view mark = "simulated: ";

}  // namespace

std::string_view name_of(Fault fault) {
  constexpr std::array<std::string_view, fault_count> names = {
#define TALLYMILL_SIMULATION_FAULT(name, meaning) #name,
      TALLYMILL_SIMULATION_FAULTS(TALLYMILL_SIMULATION_FAULT)
#undef TALLYMILL_SIMULATION_FAULT
  };
  return names[static_cast<std::size_t>(fault)];
}

std::string_view meaning_of(Fault fault) {
  constexpr std::array<std::string_view, fault_count> meanings = {
#define TALLYMILL_SIMULATION_FAULT(name, meaning) meaning,
      TALLYMILL_SIMULATION_FAULTS(TALLYMILL_SIMULATION_FAULT)
#undef TALLYMILL_SIMULATION_FAULT
  };
  return meanings[static_cast<std::size_t>(fault)];
}

Fault crash_at(processor::CommitStep step) {
  switch (step) {
    case processor::CommitStep::flush:
      return Fault::crash_flush;
    case processor::CommitStep::begin:
      return Fault::crash_begin;
    case processor::CommitStep::produce:
      return Fault::crash_produce;
    case processor::CommitStep::send_offsets:
      return Fault::crash_send_offsets;
    case processor::CommitStep::commit:
      return Fault::crash_commit;
    case processor::CommitStep::apply:
      break;
  }
  return Fault::crash_apply;
}

void Faults::happened(Fault fault) {
  ++counts_[static_cast<std::size_t>(fault)];
  note(std::string(name_of(fault)));
}

void Faults::note(std::string event) {
  if (!are_on_) return;  // while all come to rest nothing happens that explains anything
  // FNV-1a.
  for (const char each : event)
    schedule_hash_ = (schedule_hash_ ^ static_cast<unsigned char>(each)) * 1'099'511'628'211U;
  if (tail_.size() == tail_length) tail_.pop_front();
  tail_.push_back(std::move(event));
}

topology::Error simulated_error(std::string_view what) {
  return {topology::ErrorCode::fenced, std::string(mark) + std::string(what), ""};
}

bool is_simulated(const topology::Error& error) { return error.message.starts_with(mark); }

}  // namespace tallymill::simulation
