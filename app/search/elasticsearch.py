"""The engine at scale: Elasticsearch 9.2 or later, one node or a cluster.

``NAME`` is an alias of the index that answers, ``NAME-building`` of the one being built, ``NAME-previous`` of
the one that answered before; the indexes themselves are named after their mapping and their build. A document
carries its home's version as the server's external version, so an older one never replaces a newer one.
"""

import json
import secrets
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Final

import orjson
from elasticsearch import ApiError, Elasticsearch, NotFoundError, TransportError

from app.search import bodies, text
from app.search.bodies import Body
from app.search.cursor import Position
from app.search.documents import MAPPING, Document
from app.search.engine import NOTHING, FacetCount, Hits, Stamp, uncounted
from app.search.errors import BuildIncomplete, BuildOvertaken, EngineFailed, NoIndexBefore
from app.search.places import Place, Places
from app.search.request import LISTS, SearchRequest

_LAYOUT: Final = json.loads(Path(__file__).with_name("mapping.json").read_text())
_ASKED: Final = [name for name in Document._fields if name in _LAYOUT["mappings"]["properties"]]
"""What a question asks for; the rest of a document stays here, as its digest says enough of it."""
_BATCH: Final = 1_000
"""Documents sent at a time: some 2 MB."""
_SENDERS: Final = 2
"""Batches of a build that are under way at once: the server works on one while another travels."""
_PATIENCE_SECONDS: Final = 60
"""What is written, and indexes that are made or counted, may take longer than a search."""
_UNSEEN: Final = {
    "refresh_interval": "-1",
    "auto_expand_replicas": "false",
    "number_of_replicas": 0,
    "translog.durability": "async",
}
"""Of an index that is being built: nobody searches it yet, so nothing is spent on showing what it holds, nor
on keeping it if the server dies."""
_SEEN: Final = {
    **{key: _LAYOUT["settings"][key] for key in ("refresh_interval", "auto_expand_replicas")},
    "translog.durability": "request",
}
_CONFLICT: Final = 409
"""The server holds a newer version of the document."""
_NOT_FOUND: Final = 404
_THERE_ALREADY: Final = 400


class ElasticsearchEngine:
    """Works through one client, which threads may share.

    ``refresh`` makes what is written answer at once, as tests want it; else it does within a second.
    """

    name = "elasticsearch"
    silences: tuple[type[Exception], ...] = (ApiError, TransportError)

    def __init__(self, client: Elasticsearch, *, index: str = "anju-homes", refresh: bool = False) -> None:
        self._client = client
        self._patient = client.options(request_timeout=_PATIENCE_SECONDS)
        self._alias, self._building, self._previous = index, f"{index}-building", f"{index}-previous"
        self._refresh = refresh
        self._senders = ThreadPoolExecutor(_SENDERS, thread_name_prefix="search-build")
        self._sending: defaultdict[str, deque[Future[bool]]] = defaultdict(deque)

    # --- answers
    # -----------------------------------------------------------------------------------------------

    def search(self, request: SearchRequest) -> Hits:
        """Return the page that the request asks for."""
        terms = text.query_terms(request.q)
        if terms is None:
            return NOTHING
        found, counted, *of_chosen = self._ask(*bodies.questions(request, terms))
        chosen = bodies.chosen_facets(request)
        by_facet = dict.fromkeys(LISTS, counted) | dict(zip(chosen, of_chosen, strict=True))
        return replace(
            _page(found, request),
            total=counted["hits"]["total"]["value"],
            facets={name: _values(answer, name, request) for name, answer in by_facet.items()},
        )

    def page(self, request: SearchRequest) -> Hits:
        """Return the page that the request asks for, with nothing counted."""
        terms = text.query_terms(request.q)
        if terms is None:
            return NOTHING
        (found,) = self._ask(bodies.page(request, terms))
        return _page(found, request)

    def count(self, request: SearchRequest) -> int:
        """Return how many homes match, whatever the page."""
        terms = text.query_terms(request.q)
        if terms is None:
            return 0
        return int(self._client.count(index=self._alias, **bodies.count(request, terms))["count"])

    def places(self, request: SearchRequest) -> Places:
        """Return what is found of each development, whatever the page."""
        terms = text.query_terms(request.q)
        if terms is None:
            return Places(())
        (answer,) = self._ask(bodies.places(request, terms))
        found = map(_place, answer["aggregations"][bodies.PLACES]["buckets"])
        return Places(found, down=bodies.descends(request, terms))

    def firsts(self, request: SearchRequest, refs: Sequence[str]) -> dict[str, tuple[int, ...]]:
        """Return the ids of the first homes that match in each of these developments, in order."""
        terms = text.query_terms(request.q)
        if terms is None or not refs:
            return {}
        (answer,) = self._ask(bodies.firsts(request, terms, refs))
        return {
            one["key"]: tuple(int(hit["_id"]) for hit in one["firsts"]["hits"]["hits"])
            for one in answer["aggregations"][bodies.PLACES]["buckets"]
        }

    def _ask(self, *questions: Body) -> list[Any]:
        """Return the answers to questions sent together. Raises EngineFailed when one was not answered."""
        # As bytes: the client writes lines with the standard library, which takes three times as long.
        searches: list[Any] = []
        for question in questions:
            searches += (b"{}", orjson.dumps(question))
        answers: list[Any] = self._client.msearch(index=self._alias, searches=searches)["responses"]
        for answer in answers:
            if "error" in answer:
                raise EngineFailed(answer["error"].get("type", "unknown"))
        return answers

    # --- writing
    # -----------------------------------------------------------------------------------------------

    def write(self, documents: Sequence[Document]) -> None:
        """Put documents into the index, and into the one being built; older versions are dropped silently."""
        holders = self._holders()
        if self._alias not in holders:
            self._begin()
        if not documents:
            return
        self._bulk(self._alias, documents)
        # A build that was finished meanwhile answers now under the other name.
        if self._building in holders and not self._bulk(self._building, documents):
            self._bulk(self._alias, documents)

    def stamps(self, home_ids: Sequence[int]) -> dict[int, Stamp]:
        """Return what the index holds of these homes; absent ones are not in the answer."""
        if not home_ids:
            return {}
        answer = self._client.mget(
            index=self._alias, ids=[str(one) for one in home_ids], source_includes=["doc_version", "digest"]
        )
        found = ((int(one["_id"]), one["_source"]) for one in answer["docs"] if one.get("found"))
        return {home_id: Stamp(one["doc_version"], one["digest"]) for home_id, one in found}

    def size(self) -> int:
        """Return how many documents the index holds."""
        return self._size(self._alias) if self._alias in self._holders() else 0

    # --- rebuilding
    # --------------------------------------------------------------------------------------------

    def begin_build(self) -> str:
        """Begin an empty index aside and return the build's name; an unfinished one is given up."""
        build = f"{self._alias}-{MAPPING}-{secrets.token_hex(8)}"
        self._patient.indices.create(index=build, **_LAYOUT)
        self._patient.indices.put_settings(index=build, settings=_UNSEEN)
        before = self._holders().get(self._building)
        self._move_aliases(
            {"remove": {"index": f"{self._alias}-*", "alias": self._building, "must_exist": False}},
            {"add": {"index": build, "alias": self._building}},
        )
        self._delete(before)
        return build

    def write_build(self, build: str, documents: Sequence[Document]) -> None:
        """Put documents into the index being built. Raises BuildOvertaken when another build took over.

        They are sent while the next ones are read; a later call, or ``finish_build``, waits for them.
        """
        self._check(build)
        for start in range(0, len(documents), _BATCH):
            self._await_sent(build, but=_SENDERS - 1)
            batch = documents[start : start + _BATCH]
            self._sending[build].append(self._senders.submit(self._bulk, self._building, batch))

    def finish_build(self, build: str, expected: int) -> None:
        """Let the new index answer from now on; the old one is kept for one build more.

        Raises BuildIncomplete when it holds fewer documents than expected, BuildOvertaken when another took
        over.
        """
        self._check(build)
        self._await_sent(build)
        del self._sending[build]
        self._patient.indices.put_settings(index=build, settings=_SEEN)
        self._patient.indices.flush(index=build)
        found = self._size(build)
        if found < expected:
            raise BuildIncomplete(expected=expected, found=found)
        holders = self._holders()
        old, older = holders.get(self._alias), holders.get(self._previous)
        every = f"{self._alias}-*"
        keep = [{"add": {"index": old, "alias": self._previous}}] if old else []
        try:
            self._move_aliases(
                {"remove": {"index": build, "alias": self._building, "must_exist": True}},
                {"remove": {"index": every, "alias": self._previous, "must_exist": False}},
                {"remove": {"index": every, "alias": self._alias, "must_exist": False}},
                {"add": {"index": build, "alias": self._alias}},
                *keep,
            )
        except NotFoundError as error:
            raise BuildOvertaken from error
        self._delete(older)

    def go_back(self) -> None:
        """Let the index that answered before answer again, as it was then; this one is kept in its place.

        Raises NoIndexBefore when there is none, BuildOvertaken when a build changed them meanwhile.
        """
        holders = self._holders()
        now, before = holders.get(self._alias), holders.get(self._previous)
        if now is None or before is None:
            raise NoIndexBefore
        try:
            self._move_aliases(
                {"remove": {"index": before, "alias": self._previous, "must_exist": True}},
                {"remove": {"index": now, "alias": self._alias, "must_exist": True}},
                {"add": {"index": before, "alias": self._alias}},
                {"add": {"index": now, "alias": self._previous}},
            )
        except NotFoundError as error:
            raise BuildOvertaken from error

    # --- indexes
    # -----------------------------------------------------------------------------------------------

    def _holders(self) -> dict[str, str]:
        """Return which index each of our aliases names now."""
        found = self._client.indices.get_alias(name=f"{self._alias}*")
        ours = (self._alias, self._building, self._previous)
        return {alias: index for index, one in found.items() for alias in one["aliases"] if alias in ours}

    def _begin(self) -> None:
        """Make the first index of a new installation; two who begin at once make the same one."""
        tolerant = self._patient.options(ignore_status=_THERE_ALREADY)
        tolerant.indices.create(index=f"{self._alias}-{MAPPING}-first", aliases={self._alias: {}}, **_LAYOUT)

    def _check(self, build: str) -> None:
        if self._holders().get(self._building) != build:
            raise BuildOvertaken

    def _await_sent(self, build: str, but: int = 0) -> None:
        """Return when what was sent to a build is in it, ``but`` for so many batches, the last ones.

        Raises BuildOvertaken when it no longer is one.
        """
        sending = self._sending[build]
        while len(sending) > but:
            if not sending.popleft().result():
                raise BuildOvertaken

    def _size(self, index: str) -> int:
        self._patient.indices.refresh(index=index)
        return int(self._client.count(index=index)["count"])

    def _move_aliases(self, *actions: Mapping[str, Any]) -> None:
        """Change aliases, all at one moment."""
        self._patient.indices.update_aliases(actions=actions)

    def _delete(self, index: str | None) -> None:
        if index is not None:
            self._patient.options(ignore_status=_NOT_FOUND).indices.delete(index=index)

    def _bulk(self, alias: str, documents: Sequence[Document]) -> bool:
        """Write documents; return False when nothing has that alias.

        Raises EngineFailed when one was refused for another reason than a newer version.
        """
        for start in range(0, len(documents), _BATCH):
            answer = self._patient.bulk(
                index=alias,
                operations=list(_operations(documents[start : start + _BATCH])),
                require_alias=True,
                refresh=self._refresh,
                filter_path=["errors", "items.*.status", "items.*.error.type"],
            )
            for item in answer["items"] if answer["errors"] else ():
                status = item["index"]["status"]
                if status == _NOT_FOUND:
                    return False
                if status != _CONFLICT and "error" in item["index"]:
                    raise EngineFailed(item["index"]["error"].get("type", "unknown"))
        return True


def _operations(documents: Sequence[Document]) -> Iterator[Any]:
    """Yield what is sent, line by line, as the bytes it is sent as."""
    for one in documents:
        act = {"_id": str(one.home_id), "version": one.doc_version, "version_type": "external_gte"}
        ways = {"pinyin_key": one.pinyin_key.split(), "initials_key": one.initials_key.split()}
        content = {name: getattr(one, name) for name in _ASKED}
        yield orjson.dumps({"index": act})
        yield orjson.dumps({**content, **ways, "digest": one.digest})


def _page(answer: Any, request: SearchRequest) -> Hits:
    hits = answer["hits"]["hits"]
    shown = hits[: request.size]
    further = _position(shown[-1]["sort"]) if len(hits) > request.size else None
    return uncounted([int(hit["_id"]) for hit in shown], further)


def _position(sort: Sequence[float]) -> Position:
    """Return the place after a hit; without a key of its own only the tie-break orders."""
    *key, tie = (int(number) for number in sort)
    return Position(key[0] if key else 0, tie)


def _place(bucket: Any) -> Place:
    def whole(name: str) -> int | None:
        number = bucket[name]["value"]
        return None if number is None else int(number)

    best = bucket.get(bodies.KEY, {"value": 0})
    return Place(
        ref=bucket["key"],
        homes=bucket["doc_count"],
        low_fen=int(bucket["low_fen"]["value"]),
        high_fen=int(bucket["high_fen"]["value"]),
        key=int(best["hits"]["max_score"] if "hits" in best else best["value"]),
        lat=whole("lat"),
        lon=whole("lon"),
    )


def _values(answer: Any, name: str, request: SearchRequest) -> tuple[FacetCount, ...]:
    """Return the values of a facet as the server ranks them; what was chosen is among them even with none."""
    answered = answer["aggregations"]
    counted = [_facet_count((one["key"], one["doc_count"])) for one in answered[name]["buckets"]]
    if chosen := getattr(request, name):
        shown = {count.value for count in counted}
        homes = {one["key"]: one["doc_count"] for one in answered[bodies.CHOSEN]["buckets"]}
        counted += [FacetCount(one, homes.get(one, 0)) for one in map(str, chosen) if one not in shown]
    return tuple(counted)


# A page shows some hundred values: made so they cost half of what they do by their class's name.
_facet_count: Final[Callable[[tuple[str, int]], FacetCount]] = partial(tuple.__new__, FacetCount)
