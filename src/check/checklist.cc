#include "check/checklist.h"

#include <fmt/format.h>

#include "base/json_text.h"
#include "base/text.h"
#include "io/stdout_writer.h"

namespace remaphore {

void Checklist::yes(std::string_view what) { line(Answer::kYes, what); }

void Checklist::no(std::string_view what, std::string_view advice) {
  all_good_ = false;
  line(Answer::kNo, what, advice);
}

void Checklist::note(std::string_view what) { line(Answer::kNote, what); }

void Checklist::end(ExitStatus status) {
  if (format_ == OutputFormat::kText) return;
  print_line(JsonObject().text("type", "summary").number("status", static_cast<int>(status)).line());
}

void Checklist::line(Answer answer, std::string_view what, std::string_view advice) {
  if (format_ == OutputFormat::kText) {
    const char* mark = answer == Answer::kYes ? "✔" : answer == Answer::kNo ? "✘" : "·";
    const std::string text = advice.empty() ? std::string(what) : fmt::format("{}; {}", what, advice);
    return print_line(fmt::format("{} {}\n", mark, escape_control(text)));
  }
  JsonObject json;
  json.text("type", "check");
  json.text("result", answer == Answer::kYes ? "good" : answer == Answer::kNo ? "bad" : "note").text("text", what);
  if (!advice.empty()) json.text("advice", advice);
  print_line(json.line());
}

void Checklist::print_line(std::string_view line) {
  if (written_) written_ = print(line);
}

}  // namespace remaphore
