"""The first vouchers of the round over HTTP, on a web and a worker, as `make replay` plays them."""

from tests.database import Cluster
from tests.replay.run import replay

SHARE = 0.0015
"""Two vouchers."""


def test_the_first_vouchers_come_out_as_planned(cluster: Cluster) -> None:
    outcome = replay(cluster, share=SHARE, say=lambda text: None)
    assert outcome.figures.failures == 0, outcome.figures.troubles
    assert outcome.proof.expected == outcome.proof.found
    assert outcome.proof.expected.homes >= 2
    assert outcome.proof.holds
