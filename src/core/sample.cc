#include "core/sample.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <numeric>
#include <utility>

#include "core/keys.h"

namespace remaphore {
namespace {

// 0 to count - 1. Modulo bias is negligible: with fewer than 2^32 values, at most 2^-32.
std::size_t random_below(std::size_t count) {
  std::uint8_t bytes[sizeof(std::uint64_t)];
  keys::random_bytes(bytes);
  std::uint64_t number = 0;
  std::memcpy(&number, bytes, sizeof number);
  return static_cast<std::size_t>(number % count);
}

// Fisher and Yates: a random permutation of 0 to count - 1.
std::vector<std::size_t> permutation(std::size_t count) {
  std::vector<std::size_t> places(count);
  std::iota(places.begin(), places.end(), std::size_t{0});
  for (std::size_t left = count; left > 1; --left) std::swap(places[left - 1], places[random_below(left)]);
  return places;
}

std::vector<std::string> taken(std::vector<std::string>& names, const std::vector<std::size_t>& places) {
  std::vector<std::string> chosen;
  chosen.reserve(places.size());
  for (const std::size_t place : places) chosen.push_back(std::move(names[place]));
  return chosen;
}

}  // namespace

std::vector<std::string> shuffled(std::vector<std::string> names) { return taken(names, permutation(names.size())); }

std::vector<std::string> sample(std::vector<std::string> names, std::size_t count) {
  std::vector<std::size_t> places = permutation(names.size());
  places.resize(count);
  std::sort(places.begin(), places.end());
  return taken(names, places);
}

}  // namespace remaphore
