// The lines that check prints as it goes: one a question, with a mark, and what to do where the answer is no.
#pragma once

#include <string_view>

#include "core/result.h"

namespace remaphore {

class Checklist {
 public:
  void yes(std::string_view what);
  void no(std::string_view what, std::string_view advice);
  void note(std::string_view what);  // neither

  bool all_good() const { return all_good_; }
  const Result<void>& written() const { return written_; }  // false once stdout took no more

 private:
  void line(std::string_view mark, std::string_view text);
  bool all_good_ = true;
  Result<void> written_;
};

}  // namespace remaphore
