"""Who lives in a whole life of vouchers, and what is tried there; a refusal leaves nothing behind."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import select

from app.core import audit
from app.core.actor import Actor
from app.core.errors import DomainError
from app.ledger import queries as ledger
from app.ledger.errors import InsufficientBalance
from app.payments import proofs as payments
from app.projects import persons
from app.projects.models import Household
from app.redemptions import queries as redemptions
from app.settlements import proofs as settlements
from app.vouchers.models import Voucher
from app.vouchers.parties import Other
from tests.factories.moves import actor_of
from tests.factories.policies import make_policy_version
from tests.factories.policy_files import lines_of
from tests.factories.projects import make_id_number, make_person
from tests.factories.redemptions import make_buyer
from tests.factories.settlements import make_fund, make_payers
from tests.factories.vouchers import Desk
from tests.machines import Machine

WAN: Final = 1_000_000


class World(Machine):
    """A household under each policy with two vouchers, one developer, and money for its claims."""

    def __init__(self) -> None:
        super().__init__()
        self.payers = make_payers(self.session)
        self.shop = self.payers.shop
        self.desk: Desk = self.shop.desk
        self.source = make_fund(self.session, self.payers, 1_000 * WAN)
        self.actors: dict[int, Actor] = {}
        self.face_fen = self.counter = 0
        self.session.commit()

    def move_in(self, policies: Sequence[str]) -> None:
        """Let a household with two vouchers come for each policy, and at last a second for the first."""
        district = self.desk.district
        versions = [make_policy_version(self.session, district=district, text=one) for one in policies]
        for number, version in enumerate([*versions, versions[0]], 1):
            desk = Desk(self.desk.district, self.desk.officer, self.desk.checker, version)
            buyer = make_buyer(self.session, desk, faces=(60 * WAN, 100_000_003), lines=lines_of)
            person = {"household": buyer.household, "id_number": make_id_number(number)}
            make_person(self.session, officer=desk.officer, **person)
            self.face_fen += sum(voucher.face_fen for voucher in buyer.vouchers)
        self.session.commit()

    def prove(self) -> None:
        """The slow proofs once, at the end: they read everything that ever happened."""
        proofs = (ledger, redemptions, payments, settlements)
        found = [breach for proof in proofs for breach in proof.verify(self.session)]
        found += audit.verify(self.session)[1]
        assert found == [], found

    def attempt(self, name: str, act: Callable[..., Any], /, **given: Any) -> Any:
        """Do it in a transaction of its own; a refusal leaves nothing behind, and is never the ledger's."""
        self.clock.advance(timedelta(seconds=1))
        try:
            made = act(self.session, **given)
        except InsufficientBalance:
            raise
        except DomainError as error:
            self.session.rollback()
            self.done.add(f"refused: {name}: {error.code}")
            return None
        self.session.commit()
        self.counter += 1
        self.done.add(name)
        return made

    def rows(self, model: Any, *states: str) -> Sequence[Any]:
        """Return what stands in one of these states, oldest first."""
        found = select(model).where(model.state.in_(states), model.district_id == self.desk.district.id)
        return self.session.scalars(found.order_by(model.id)).all()

    def actor(self, household_id: int) -> Actor:
        """Return somebody who acts for a household."""
        if household_id not in self.actors:
            household = self.session.get_one(Household, household_id)
            self.actors[household_id] = actor_of(self.session, self.desk, household)
            self.session.commit()
        return self.actors[household_id]

    def voucher(self, place: int) -> Voucher:
        """Return one of the vouchers that did not move on."""
        live = self.rows(Voucher, "issued")
        return live[place % len(live)]

    def alike(self, first: Voucher) -> list[Voucher]:
        """Return the vouchers of other households under the same policy."""
        return [
            one
            for one in self.rows(Voucher, "issued")
            if one.household_id != first.household_id and one.policy_version_id == first.policy_version_id
        ]

    def holder(self, household: Household) -> Other:
        """Return what the card of a household's holder says."""
        numbers = persons.holder_numbers(self.session, household_ids=[household.id])
        return Other(household.holder_name, numbers[household.id])
