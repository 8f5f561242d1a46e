#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "ops/operator_catalog.h"
#include "tests/simulation/truth.h"
#include "tests/simulation/world.h"

// Runs seeds: each draws a scene, runs it calmly and with faults, and compares both with the truth and with
// each other. Exit code 0: all was as it must be.
namespace tallymill::simulation {
namespace {

struct Arguments {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  std::size_t steps = 400;
  bool is_one_seed = false;
  bool needs_all_faults = false;
};

struct Totals {
  std::uint64_t seeds = 0;
  std::uint64_t commits = 0;
  std::uint64_t failed = 0;
  std::uint64_t schedules = 0;  ///< of all that happened: the same for the same seeds
  FaultCounts faults{};
  std::map<std::string, std::uint64_t> met;  ///< in the histories
};

constexpr int seed_failed = 1;
constexpr int fault_not_reached = 3;

/// What to run again, for the handler of an abort: an invariant that breaks ends the program.
std::array<char, 256> replay_text{};

extern "C" void on_abort(int) {
  const std::size_t length = std::strlen(replay_text.data());
  if (::write(STDERR_FILENO, replay_text.data(), length) < 0) std::_Exit(2);
}

std::string replay_command(std::uint64_t seed, const Arguments& arguments) {
  return "simulation --seed " + std::to_string(seed) + " --steps " + std::to_string(arguments.steps);
}

topology::Plan load(const Scene& scene) {
  topology::Diagnostics diagnostics;
  auto loaded =
      topology::load_topology(scene.topology, "scene.yaml", ".", ops::operator_catalog(), diagnostics);
  if (!loaded.plan) {
    std::fprintf(stderr, "the scene's topology is wrong:\n%s\n", diagnostics.to_text().c_str());
    std::exit(2);
  }
  return std::move(*loaded.plan);
}

void add(std::vector<std::string>& to, const std::vector<std::string>& more) {
  to.insert(to.end(), more.begin(), more.end());
}

/// All that is wrong with one seed.
std::vector<std::string> run_seed(std::uint64_t seed, const Arguments& arguments, Totals& totals,
                                  std::vector<std::string>& tail) {
  Chance scene_chance(seed);
  const Scene scene = make_scene(scene_chance);
  const topology::Plan plan = load(scene);
  TruthNotes notes;
  const Outcome truth = truth_of(scene, notes);

  Chance calm_chance(seed + 1'000'000'007);
  Faults no_faults(calm_chance);
  const RunResult calm = World(scene, plan, no_faults).run_calmly();

  Chance chance(seed + 2'000'000'011);
  Faults faults(chance);
  const RunResult run = World(scene, plan, faults).run_with_faults(arguments.steps);
  tail.assign(faults.tail().begin(), faults.tail().end());
  totals.schedules ^= faults.schedule_hash();

  ++totals.seeds;
  totals.commits += run.commits;
  for (std::size_t i = 0; i < fault_count; ++i) totals.faults[i] += faults.counts()[i];
  for (const auto& [what, count] : notes.met) totals.met[what] += count;
  std::vector<std::string> found = notes.imbalances;
  for (const std::string& problem : calm.problems) found.push_back("the calm run: " + problem);
  add(found, run.problems);
  if (!found.empty()) return found;
  add(found, differences(calm.outcome, truth, "the calm run against the truth"));
  add(found, differences(run.outcome, truth, "the run against the truth"));
  add(found, differences(run.outcome, calm.outcome, "the run against the calm run"));
  for (const char* topic : {"rows", "owners", "own_minutes"})
    add(found, values_out_of_order(run.outcome, truth, topic));
  return found;
}

void print_failure(std::uint64_t seed, const Arguments& arguments, const std::vector<std::string>& found,
                   const std::vector<std::string>& tail) {
  constexpr std::size_t sentences_max = 20;
  std::printf("seed %llu failed; the end of its schedule:\n", static_cast<unsigned long long>(seed));
  for (const std::string& event : tail) std::printf("  %s\n", event.c_str());
  for (std::size_t i = 0; i < found.size() && i < sentences_max; ++i) std::printf("- %s\n", found[i].c_str());
  if (found.size() > sentences_max) std::printf("- and %zu more\n", found.size() - sentences_max);
  std::printf("replay: %s\n", replay_command(seed, arguments).c_str());
}

bool print_count(std::uint64_t count, const std::string& what) {
  std::printf("%10llu  %s\n", static_cast<unsigned long long>(count), what.c_str());
  if (count == 0) std::printf("FAILED: never reached\n");
  return count > 0;
}

/// False: something was never reached.
bool print_distribution(const Totals& totals) {
  bool all_reached = true;
  for (const auto& [what, count] : totals.met) all_reached = print_count(count, what) && all_reached;
  for (std::size_t i = 0; i < fault_count; ++i) {
    const Fault fault = static_cast<Fault>(i);
    std::string name(name_of(fault));
    name.resize(std::max<std::size_t>(name.size(), 26), ' ');
    all_reached = print_count(totals.faults[i], name + " " + std::string(meaning_of(fault))) && all_reached;
  }
  return all_reached;
}

std::uint64_t crashes(const FaultCounts& counts) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i <= static_cast<std::size_t>(Fault::crash_restoring); ++i) sum += counts[i];
  return sum;
}

int run(const Arguments& arguments) {
  Totals totals;
  constexpr std::uint64_t failures_max = 3;
  for (std::uint64_t seed = arguments.first; seed <= arguments.last && totals.failed < failures_max; ++seed) {
    std::snprintf(replay_text.data(), replay_text.size(), "seed %llu broke an invariant\nreplay: %s\n",
                  static_cast<unsigned long long>(seed), replay_command(seed, arguments).c_str());
    std::vector<std::string> tail;
    const auto found = run_seed(seed, arguments, totals, tail);
    if (found.empty()) continue;
    ++totals.failed;
    print_failure(seed, arguments, found, tail);
  }
  const bool all_reached = totals.failed > 0 || !arguments.needs_all_faults || print_distribution(totals);
  std::printf("schedules %016llx\n", static_cast<unsigned long long>(totals.schedules));
  std::printf("%llu seeds, %llu commits, %llu crashes, %llu failed\n",
              static_cast<unsigned long long>(totals.seeds), static_cast<unsigned long long>(totals.commits),
              static_cast<unsigned long long>(crashes(totals.faults)),
              static_cast<unsigned long long>(totals.failed));
  if (totals.failed > 0) return seed_failed;
  return all_reached ? 0 : fault_not_reached;
}

bool read_number(const std::string& text, std::uint64_t& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

bool read_arguments(const std::vector<std::string>& words, Arguments& arguments) {
  if (words.size() % 2 != 0) return false;
  for (std::size_t i = 0; i + 1 < words.size(); i += 2) {
    const std::string& value = words[i + 1];
    if (words[i] == "--seed") {
      if (!read_number(value, arguments.first)) return false;
      arguments.last = arguments.first;
    } else if (words[i] == "--seeds") {
      const std::size_t dots = value.find("..");
      if (dots == std::string::npos || !read_number(value.substr(0, dots), arguments.first) ||
          !read_number(value.substr(dots + 2), arguments.last))
        return false;
      arguments.needs_all_faults = true;
    } else if (words[i] == "--steps") {
      std::uint64_t steps = 0;
      if (!read_number(value, steps)) return false;
      arguments.steps = steps;
    } else {
      return false;
    }
  }
  return !words.empty() && arguments.first <= arguments.last;
}

}  // namespace
}  // namespace tallymill::simulation

int main(int argc, char** argv) {
  using namespace tallymill::simulation;
  Arguments arguments;
  if (!read_arguments({argv + 1, argv + argc}, arguments)) {
    std::fprintf(stderr, "usage: simulation (--seed N | --seeds A..B) [--steps N]\n");
    return 2;
  }
  std::signal(SIGABRT, on_abort);
  return run(arguments);
}
