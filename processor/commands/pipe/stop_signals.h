#pragma once

namespace tallymill::processor {

/// SIGINT and SIGTERM as a wish to end: what was read is finished. The second one ends the process where it
/// is. A signal that was ignored when the process began stays ignored. One object per process.
class StopSignals {
 public:
  StopSignals();
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  /// The signal that came; 0: none.
  int received() const;
  /// Readable once one came, for poll().
  int descriptor() const;
};

}  // namespace tallymill::processor
