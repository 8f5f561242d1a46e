#pragma once

namespace tallymill::processor {

/// Runs the command line and returns the process's exit code:
///   0  done
///   1  the topology has errors, or a case failed
///   2  the command line or a setting is wrong, a file cannot be read, or a topic or a right is missing
///   3  the engine stopped rather than produce a wrong number
int run_app(int argc, char** argv);

}  // namespace tallymill::processor
