// The lines that check prints as it goes: one per question, with a mark and, if the answer is no, what to do. Or the
// same as JSON, one object each.
#pragma once

#include <string_view>

#include "base/output_format.h"
#include "base/result.h"
#include "core/exit_status.h"

namespace remaphore {

class Checklist {
 public:
  explicit Checklist(OutputFormat format) : format_(format) {}

  void yes(std::string_view what);
  void no(std::string_view what, std::string_view advice);
  void note(std::string_view what);  // informational, neither passed nor failed
  void end(ExitStatus status);       // as JSON the last line; as text nothing

  bool all_good() const { return all_good_; }
  const Result<void>& written() const { return written_; }  // false once stdout failed

 private:
  enum class Answer { kYes, kNo, kNote };
  void line(Answer answer, std::string_view what, std::string_view advice = {});
  void print_line(std::string_view line);

  OutputFormat format_;
  bool all_good_ = true;
  Result<void> written_;
};

}  // namespace remaphore
