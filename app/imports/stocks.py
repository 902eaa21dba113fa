"""A district's stock as a bureau's files name it: developments by their names, homes by their places."""

from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.homes.models import Development
from app.imports import staging
from app.imports.columns import plain_head
from app.imports.compare import Present
from app.imports.places import Buildings
from app.imports.readings import Unreadable
from app.imports.rows import Place


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """One development with its homes, as far as a file may name them."""

    name: str
    buildings: Buildings
    homes: dict[tuple[str, str, str], list[tuple[Place, Present]]] = field(default_factory=dict)
    """By building, unit and room; the same room may be on several storeys."""

    def find(self, building: str, unit: str, room: str, storey: int | None) -> tuple[Place, Present]:
        """Return the home of a place; its storey is asked for only where it tells two homes apart.

        Raises Unreadable.
        """
        found = self.homes.get((building, unit, room), [])
        if storey is not None:
            found = [one for one in found if one[0][2] == storey]
        if not found:
            raise Unreadable("home_unknown", development=self.name)
        if len(found) > 1:
            raise Unreadable("home_ambiguous")
        return found[0]


class DistrictStock:
    """The developments of one district; a development's homes are read when a file first names it."""

    def __init__(self, session: Session, district_id: int) -> None:
        self._session = session
        self._here: dict[str, list[int]] = {}
        self._elsewhere: set[str] = set()
        self._names: dict[int, str] = {}
        self._read: dict[int, Neighbourhood] = {}
        statement = select(Development.id, Development.ref, Development.name, Development.district_id)
        for place_id, ref, name, district in session.execute(statement):
            if district != district_id:
                self._elsewhere.add(plain_head(name))
                continue
            self._names[place_id] = name
            for key in {plain_head(name), plain_head(ref)}:
                self._here.setdefault(key, []).append(place_id)

    def knows(self, text: str) -> bool:
        """Tell whether the district has a development of this name.

        Raises Unreadable where only another district has it: that is not this bureau's to write.
        """
        found = plain_head(text) in self._here
        if not found and plain_head(text) in self._elsewhere:
            raise Unreadable("development_elsewhere", name=text)
        return found

    def development(self, text: str) -> Neighbourhood:
        """Return the development of a name, or of a reference. Raises Unreadable."""
        if not self.knows(text):
            raise Unreadable("development_unknown", name=text)
        found = self._here[plain_head(text)]
        if len(found) > 1:
            raise Unreadable("development_ambiguous", name=text)
        if found[0] not in self._read:
            self._read[found[0]] = self._load(found[0])
        return self._read[found[0]]

    def name_of(self, ref: str) -> str:
        """Return the name of the development of a reference. Raises Unreadable."""
        return self.development(ref).name

    def _load(self, development_id: int) -> Neighbourhood:
        stock, sizes = staging.load_stock(self._session, development_id)
        place = Neighbourhood(self._names[development_id], Buildings(sizes))
        for key, present in stock.items():
            building, unit, _storey, room = key
            place.homes.setdefault((building, unit, room), []).append((key, present))
        return place
