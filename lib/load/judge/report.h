#pragma once
// A judgement in words for people, in JSON for programs. Pure.
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "load/judge/judge.h"

namespace vote::load {

/// A line a figure, then a line for each finding and for all evidence that is missing.
std::string judgement_for_people(const Judgement& judgement);
nlohmann::ordered_json judgement_as_json(const Judgement& judgement);

}  // namespace vote::load
