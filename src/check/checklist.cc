#include "check/checklist.h"

#include <fmt/format.h>

#include "core/text.h"
#include "io/stdout_writer.h"

namespace remaphore {

void Checklist::yes(std::string_view what) { line("✔", what); }

void Checklist::no(std::string_view what, std::string_view advice) {
  all_good_ = false;
  line("✘", advice.empty() ? std::string(what) : fmt::format("{}; {}", what, advice));
}

void Checklist::note(std::string_view what) { line("·", what); }

void Checklist::line(std::string_view mark, std::string_view text) {
  if (written_) written_ = print(fmt::format("{} {}\n", mark, escape_control(text, false)));
}

}  // namespace remaphore
