"""How long and how large each run is."""
import dataclasses


@dataclasses.dataclass(frozen=True)
class Size:
    name: str
    # voting
    sustained_s: float
    calm_s: float
    maximum_pairs: int
    maximum_s: float
    read_pairs: int
    read_s: float
    sync_s: float
    passwords: int
    # constant
    constant_s: float
    # proof: votes in the poll that is recounted, and votes beside for the judge
    voted_s: float
    judged_s: float
    exchanged: int
    # live
    watchers: int
    watched_s: float
    # limits
    limit_pairs: int
    limit_s: float
    # peer
    rounds: int
    vote_s: int
    peer_read_s: int
    drain_s: int
    # distributed: held, and the rates that are tried in turn
    warm_s: float
    held_rates: tuple
    climb_s: float
    held_s: float
    bare_votes: int
    # distributed: drain
    fill_s: float
    drain_rounds: int
    # distributed: flight
    in_flight: int
    # distributed: none
    pairs: int
    pair_s: float
    # endurance
    endured_s: float
    endured_poll_s: float
    sampled_s: float


RATES = (10_000, 15_000, 20_000, 25_000, 30_000, 35_000)
FULL = Size("full", sustained_s=30, calm_s=30, maximum_pairs=6, maximum_s=4, read_pairs=12, read_s=2, sync_s=4,
            passwords=21, constant_s=10, voted_s=40, judged_s=160, exchanged=200_000, watchers=2000, watched_s=20,
            limit_pairs=16, limit_s=4, rounds=3, vote_s=5, peer_read_s=3, drain_s=10, warm_s=20, held_rates=RATES,
            climb_s=10, held_s=60, bare_votes=400_000, fill_s=25, drain_rounds=3, in_flight=10_000, pairs=4, pair_s=4,
            endured_s=1200, endured_poll_s=60, sampled_s=5)
QUICK = Size("quick", sustained_s=6, calm_s=6, maximum_pairs=3, maximum_s=2, read_pairs=5, read_s=0.6, sync_s=1,
             passwords=7, constant_s=3, voted_s=8, judged_s=0, exchanged=20_000, watchers=2000, watched_s=6,
             limit_pairs=7, limit_s=1.5, rounds=2, vote_s=2, peer_read_s=1, drain_s=4, warm_s=8, held_rates=RATES,
             climb_s=3, held_s=10, bare_votes=100_000, fill_s=6, drain_rounds=2, in_flight=10_000, pairs=2, pair_s=2,
             endured_s=120, endured_poll_s=20, sampled_s=2)
# Too short to mean anything: for the test that all of it runs.
TINY = Size("tiny", sustained_s=0.2, calm_s=0.2, maximum_pairs=1, maximum_s=0.2, read_pairs=1, read_s=0.1, sync_s=0.1,
            passwords=1, constant_s=0.1, voted_s=0.2, judged_s=0.1, exchanged=500, watchers=10, watched_s=1,
            limit_pairs=1, limit_s=0.1, rounds=1, vote_s=1, peer_read_s=1, drain_s=1, warm_s=0.1, held_rates=(300,),
            climb_s=0.5, held_s=0.5, bare_votes=4000, fill_s=0.3, drain_rounds=1, in_flight=100, pairs=1, pair_s=0.3,
            endured_s=3, endured_poll_s=1, sampled_s=0.5)
