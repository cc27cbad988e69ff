// AnswerStore in a folder (--out-dir): DESTINATION.out, the output as it came, and DESTINATION.status, the exit status
// and a newline. Each file appears whole, the status last.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "io/descriptor.h"
#include "ports/answer_store.h"

namespace remaphore {

class AnswerFolder : public AnswerStore {
 public:
  // Makes the folder if it is missing. Errc::kUsage: it is not empty or cannot be used, or a destination cannot be the
  // name of a file.
  static Result<std::unique_ptr<AnswerFolder>> open(const std::string& path,
                                                    const std::vector<std::string_view>& destinations);

  void keep(std::string_view destination, std::string_view exit_status, std::string_view output) override;
  std::optional<Error> failure() const override { return failure_; }

 private:
  AnswerFolder(std::string path, Descriptor folder) : path_(std::move(path)), folder_(std::move(folder)) {}
  bool write(const std::string& name, std::string_view text);

  std::string path_;
  Descriptor folder_;
  std::optional<Error> failure_;
};

}  // namespace remaphore
