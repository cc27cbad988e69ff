// The main of every GoogleTest program here.

#include <gtest/gtest.h>

#include "core/keys.h"

int main(int count, char** arguments) {
  remaphore::keys::initialize();
  testing::InitGoogleTest(&count, arguments);
  return RUN_ALL_TESTS();
}
