#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "processor/commands/commands.h"
#include "processor/commands/test/case_file.h"
#include "processor/commands/test/case_run.h"
#include "processor/commands/topology_file.h"

namespace tallymill::processor {
namespace {

struct CaseResult {
  std::string file;
  std::string name;
  std::string failure;  ///< empty: passed
  double seconds = 0;
};

/// The case files below `paths`, sorted; a path that does not exist stays, so that reading it says so.
std::vector<std::string> case_files(const std::vector<std::string>& paths) {
  std::vector<std::string> files;
  for (const std::string& path : paths) {
    std::error_code error;
    if (!std::filesystem::is_directory(path, error)) {
      files.push_back(path);
      continue;
    }
    for (const auto& entry : std::filesystem::recursive_directory_iterator(path, error)) {
      if (entry.is_regular_file() && entry.path().extension() == ".yaml")
        files.push_back(entry.path().string());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::string escaped_xml(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t' ? '?' : c;
        break;
    }
  }
  return out;
}

bool write_junit(const std::string& path, const std::vector<CaseResult>& results, std::size_t failed) {
  std::ofstream out(path);
  out << "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"tallymill\" tests=\""
      << results.size() << "\" failures=\"" << failed << "\">\n";
  for (const CaseResult& result : results) {
    out << "  <testcase classname=\"" << escaped_xml(result.file) << "\" name=\"" << escaped_xml(result.name)
        << "\" time=\"" << result.seconds << "\"";
    if (result.failure.empty()) {
      out << "/>\n";
    } else {
      out << ">\n    <failure>" << escaped_xml(result.failure) << "</failure>\n  </testcase>\n";
    }
  }
  out << "</testsuite>\n";
  return out.good();
}

void run_file(const std::string& path, std::vector<CaseResult>& results) {
  const auto file = CaseFile::read(path);
  if (!file) {
    results.push_back({path, "the case file", "  " + file.error().message + "\n", 0});
    return;
  }
  for (const TestCase& test : file->cases()) {
    const auto began = std::chrono::steady_clock::now();
    CaseResult result{path, test.name, run_case(test, std::filesystem::path(path).parent_path().string()), 0};
    result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    results.push_back(std::move(result));
  }
}

}  // namespace

int run_test(const TestOptions& options) {
  std::vector<CaseResult> results;
  for (const std::string& path : case_files(options.paths)) run_file(path, results);
  std::size_t failed = 0;
  for (const CaseResult& result : results) {
    if (!result.failure.empty()) {
      ++failed;
      std::cout << "FAILED " << result.file << ": " << result.name << "\n" << result.failure;
    } else if (!options.quiet) {
      std::cout << "ok     " << result.file << ": " << result.name << "\n";
    }
  }
  if (results.empty()) std::cout << "there are no cases in what was named\n";
  std::cout << results.size() - failed << " passed, " << failed << " failed\n";
  if (!options.junit_file.empty() && !write_junit(options.junit_file, results, failed)) {
    print_error(
        {topology::ErrorCode::cannot_read, "cannot write \"" + options.junit_file + "\"", "check the path"});
    return 2;
  }
  return failed == 0 && !results.empty() ? 0 : 1;
}

}  // namespace tallymill::processor
