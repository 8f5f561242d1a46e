#pragma once

namespace tallymill::processor {

/// Runs the command line and returns the process's exit code:
///   0  done
///   1  the topology has errors, or a case failed
///   2  the command line is wrong, or a file cannot be read
///   3  the engine stopped rather than produce a wrong number
int run_app(int argc, char** argv);

}  // namespace tallymill::processor
