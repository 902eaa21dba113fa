"""nDCG@10 of the judged queries over the made-up town, on both engines; the worst queries by name."""

from sqlalchemy import create_engine
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from app.search import names
from app.search.elasticsearch import ElasticsearchEngine
from app.search.engine import SearchEngine
from app.search.postgres import PostgresEngine
from tests.bench.harness import Result
from tests.database import Cluster
from tests.search.node import SharedNode, client_of
from tests.search.relevance import Score, average, judged, measure
from tests.search.town import documents_of, town

WORST = 15
INDEX = "bench-relevance"


def run() -> list[Result]:
    """Fill both engines with the town, ask every query of each, and return the figures."""
    cluster, node = Cluster(), SharedNode()
    cluster.open()
    node.open()
    name = cluster.new_name()
    try:
        engine = create_engine(make_url(cluster.clone(name).owner).set(drivername="postgresql+psycopg"))
        with Session(engine) as session, client_of(node) as client:
            own = PostgresEngine(lambda: session)
            remote = ElasticsearchEngine(client, index=INDEX, refresh=True)
            results = [*_judge(session, own, own), *_judge(session, own, remote)]
            client.indices.delete(index=list(client.indices.get(index=f"{INDEX}-*")))
        engine.dispose()
    finally:
        cluster.drop(name)
        cluster.close()
        node.close()
    return results


def _judge(session: Session, own: SearchEngine, asked: SearchEngine) -> list[Result]:
    homes = town()
    asked.write(documents_of(homes))
    own.write(documents_of(homes))
    names.recount(session)
    scores = sorted(measure(session, asked, homes, judged()), key=lambda score: score.ndcg)
    for score in scores[:WORST]:
        print(f"{asked.name}  {score.ndcg:.3f}  {score.query}  {_first(score)}")
    return [
        Result(f"nDCG@10 of {len(scores)} judged queries, {asked.name}", "", average(scores)),
        Result(f"judged queries below 0.5, {asked.name}", "", sum(score.ndcg < 0.5 for score in scores)),
    ]


def _first(score: Score) -> str:
    return "、".join(score.first[:4]) or "-"
