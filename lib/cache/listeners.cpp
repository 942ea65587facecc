#include "cache/listeners.h"

#include <utility>

namespace vote {

Listeners::Seat Listeners::add(HeardCounts heard) {
  const auto member = std::make_shared<const HeardCounts>(std::move(heard));
  {
    const std::lock_guard lock(members_->mutex);
    members_->all.push_back(member);
  }
  return Seat(std::shared_ptr<void>(nullptr, [members = members_, member](void* /*none*/) {
    const std::lock_guard lock(members->mutex);
    std::erase(members->all, member);
  }));
}

void Listeners::tell(const PollCounts& counts) const {
  const std::shared_lock lock(members_->mutex);
  for (const auto& heard : members_->all) (*heard)(counts);
}

}  // namespace vote
