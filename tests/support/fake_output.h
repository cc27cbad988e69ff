// RecordOutput into a string.
#pragma once

#include <optional>
#include <string>

#include "ports/record_output.h"

namespace remaphore::test {

class FakeOutput : public RecordOutput {
 public:
  std::string written;
  std::size_t records = 0;
  bool terminal = false;
  bool stuck = false;  // the reader accepts no more: what is written waits
  std::optional<Error> broken;

  void write(std::string record) override {
    ++records;
    (stuck ? waiting_ : written) += record;
  }
  bool idle() const override { return waiting_.empty(); }
  std::optional<Error> failure() const override { return broken; }
  bool is_terminal() const override { return terminal; }

  void unstick() {
    stuck = false;
    written += waiting_;
    waiting_.clear();
  }

 private:
  std::string waiting_;
};

}  // namespace remaphore::test
