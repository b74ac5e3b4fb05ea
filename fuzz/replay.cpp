// Stands in for libFuzzer where there is none: feeds every file of the given folders to the fuzz
// target, and every truncation of each, so that the ordinary test run covers what fuzzing found.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

namespace fs = std::filesystem;

std::vector<fs::path> files_in(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::vector<std::uint8_t> read(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

int main(int argc, char** argv) try {
  std::size_t count = 0;
  for (int i = 1; i < argc; ++i) {
    for (const auto& file : files_in(argv[i])) {
      std::cout << file.filename().string() << std::endl;  // so that a crash shows its input
      const auto whole = read(file);
      for (std::size_t size = 0; size <= whole.size(); ++size) {
        // A copy of exact size lets AddressSanitizer see a read past the end.
        const std::vector<std::uint8_t> input(whole.begin(),
                                              whole.begin() + static_cast<std::ptrdiff_t>(size));
        LLVMFuzzerTestOneInput(input.data(), input.size());
      }
      ++count;
    }
  }
  if (count == 0) {
    std::cerr << "no corpus to replay\n";
    return 1;
  }
  std::cout << count << " files, whole and truncated\n";
  return 0;
} catch (const std::exception& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
