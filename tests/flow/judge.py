"""The judge of fault runs: by SQL of its own, from a journal of what was sent and answered."""
import collections
import json
import uuid


class Journal:
    """What was sent and how each try was answered. One entry a request: (poll, voter, key)."""

    def __init__(self):
        self.choices = {}
        self.answers = collections.defaultdict(list)

    def sent(self, poll_id, voter, key, position):
        self.choices[(poll_id, voter, str(key))] = position

    def answered(self, poll_id, voter, key, status):
        """status 0: no answer at all."""
        self.answers[(poll_id, voter, str(key))].append(status)

    def fate(self, request):
        answers = self.answers[request]
        if 201 in answers:
            return "counted"
        if 202 in answers:
            return "accepted"
        return "no" if answers and all(400 <= answer < 500 for answer in answers) else "unknown"


def blob(text):
    return uuid.UUID(text).bytes


def violations(house, journal, poll):
    """What breaks a promise in one poll of a drained house; an empty list is an acquittal."""
    found = []
    poll_id = poll["poll_id"]
    rows = house.sql("SELECT user_id, request_id, choices FROM votes WHERE poll_id = ?", blob(poll_id))
    ballots = {str(uuid.UUID(bytes=user)): (str(uuid.UUID(bytes=request)), json.loads(choices))
               for user, request, choices in rows}
    requests = {request: position for request, position in journal.choices.items() if request[0] == poll_id}
    by_voter = collections.defaultdict(list)
    for request in requests:
        by_voter[request[1]].append(request)

    for voter, (key, choices) in ballots.items():
        sent = requests.get((poll_id, voter, key))
        if sent is None:
            found.append(f"nobody sent the ballot of {voter} ({key})")
        elif choices != [sent]:
            found.append(f"{voter} chose {sent} and has {choices}")
        elif journal.fate((poll_id, voter, key)) == "no":
            found.append(f"{voter} was refused and is counted")
    for voter, own in by_voter.items():
        standing = ballots.get(voter, (None, None))[0]
        for request in own:
            fate = journal.fate(request)
            if fate == "counted" and standing != request[2]:
                found.append(f"{voter} was answered 201 for {request[2]} and has {standing}")
            if fate == "accepted" and standing is None:
                found.append(f"{voter} was answered 202 for {request[2]} and has no ballot")
            if fate == "accepted" and standing != request[2] and len(own) == 1:
                found.append(f"{voter} lost the only request {request[2]} to {standing}")
    return found + miscounts(house, poll, ballots)


def miscounts(house, poll, ballots):
    """Counters against ballots against the audit log, poll by poll and option by option."""
    poll_id = blob(poll["poll_id"])
    held = collections.Counter(position for _, choices in ballots.values() for position in choices)
    counters = dict(house.sql("SELECT position, vote_count FROM option_counts WHERE poll_id = ?", poll_id))
    audited = collections.Counter()
    for action, old, new in house.sql("SELECT action, old_choices, new_choices FROM vote_audit_log"
                                      " WHERE poll_id = ? AND action <> 'superseded'", poll_id):
        audited.update(json.loads(new or "[]"))
        audited.subtract(json.loads(old or "[]"))
    found = []
    for position in range(1, len(poll["options"]) + 1):
        three = (counters.get(position, 0), held[position], audited[position])
        if len(set(three)) != 1:
            found.append("option {}: counter {}, ballots {}, audit log {}".format(position, *three))
    total = house.sql("SELECT total_votes FROM poll_totals WHERE poll_id = ?", poll_id)
    standing = sum(1 for _, choices in ballots.values() if choices)
    if (total[0][0] if total else 0) != standing:
        found.append(f"total {total}, ballots {standing}")
    return found
