"""The demo district as browser tests meet it: filled once a run, copied for whoever writes to it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from flask import Flask
from psycopg import sql
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app import create_app
from app.core import clock, rates
from app.core.actor import Actor, HelpLevel, Role
from app.core.ids import new_ref
from app.demo import databases, district, pool
from app.demo.accounts import DEMO_ACCOUNTS
from app.demo.databases import Addresses
from app.extensions import BESIDE, db
from app.following import papers, plans
from app.following.models import Change
from app.following.plan_queries import list_plans
from app.following.rules import Telling
from app.following.service import save_search
from app.gateways import files
from app.gateways.outbox import OutboxMessage
from app.homes import service as homes
from app.homes.models import Development, Home
from app.homes.queries import current_prices
from app.identity import lost_factors
from app.identity import service as identity
from app.identity.credentials import ClaimCode, SheetBatch
from app.identity.models import District, Membership, SecondFactor, SignIn, User
from app.identity.queries import actor_of
from app.imports import flows
from app.imports.models import ImportRun
from app.monitor import runs
from app.notices.service import Recipient, tell
from app.payments import matching
from app.payments.models import StatementLine, TopUp
from app.policies.models import PolicyVersion
from app.projects import helping, visits
from app.projects import service as projects
from app.projects.models import Household
from app.projects.persons import list_persons, number_of
from app.projects.queries import get_household_by_id, list_households
from app.redemptions import service as redemptions
from app.redemptions.models import BasketQuote, Quote, Redemption
from app.search.request import SearchRequest
from app.vouchers import moves, paper
from app.vouchers.ending_models import VoucherEnding
from app.vouchers.models import Voucher, VoucherBatch
from app.vouchers.paper_models import VoucherSheet
from app.vouchers.parties import Other
from app.vouchers.queries import WalletVoucher, list_unvouched, wallet
from app.vouchers.rules import Standing
from tests.database import Cluster, disconnect, settings_for
from tests.e2e.browser import Live
from tests.factories import moves as factories
from tests.factories.contracts import upload
from tests.factories.homes import make_listed_home
from tests.factories.identity import make_actor
from tests.factories.imports import plan, send, send_of_bureau
from tests.factories.moves import other_of, transfer_of
from tests.factories.payments import pay_in, statement, take_in
from tests.factories.vouchers import Desk
from tests.unit.imports.books import HEAD, HOME, table

ACCOUNTS = {account.role: account for account in reversed(DEMO_ACCOUNTS)}
"""The first of each role; a developer's manager."""


@dataclass(frozen=True)
class FilledDistrict:
    """A database with the demo in it, and the business moment at which its story ends."""

    name: str
    ends_at: datetime


def fill_district(cluster: Cluster) -> FilledDistrict:
    """Fill a database as the demo does, and run the jobs that this left behind."""
    name = cluster.new_name()
    app = create_app(settings_for(cluster.clone(name)))
    with (
        app.app_context(),
        db.engine.begin() as connection,
        Session(connection, join_transaction_mode="create_savepoint", expire_on_commit=False) as session,
    ):
        district.fill(session, say=lambda step: None, whole=False)
        ends_at = clock.now()
        session.commit()
    Live(app, "").run_jobs()
    disconnect(app)
    return FilledDistrict(name, ends_at)


@contextmanager
def open_copy(cluster: Cluster, filled: FilledDistrict) -> Iterator[Flask]:
    """Lend an app on a copy of the filled district while the block runs."""
    name = cluster.new_name()
    app = create_app(settings_for(_copy(cluster, filled, name)))
    try:
        yield app
    finally:
        disconnect(app)
        cluster.drop(name)


def begin_again(app: Flask, cluster: Cluster, filled: FilledDistrict) -> None:
    """Put a new copy of a filled district in the place of the app's database.

    An app that has drawn its pages once does it again at a third of the price: its templates, statements and
    routes are compiled.
    """
    with app.app_context():
        name = db.engine.url.database
        assert name
        rates.PostgresCounters.engine = db.engines[BESIDE]
    disconnect(app)
    cluster.drop(name)
    _copy(cluster, filled, name)


def _copy(cluster: Cluster, filled: FilledDistrict, name: str) -> Addresses:
    command = sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {} STRATEGY FILE_COPY")
    with cluster.server.connect() as connection:
        connection.execute(command.format(*map(sql.Identifier, (name, filled.name, databases.OWNER))))
    return databases.addresses(cluster.server, name)


def make_a_quote(app: Flask) -> str:
    """Let the demo's household ask what a home costs; return the address of the quote."""
    with app.app_context():
        quote = _quote(db.session(), place=1)
        db.session.commit()
        return f"/household/quotes/{quote.ref}"


def check_a_paper(app: Flask) -> str:
    """Return the address that the QR code of a printed voucher leads to."""
    with app.app_context():
        sheet = db.session.scalars(select(VoucherSheet).order_by(VoucherSheet.id)).first()
        assert sheet is not None
        return f"/check/{sheet.mark}"


@dataclass(frozen=True)
class Unclaimed:
    """The demo's family without an account, and what it has in its hands."""

    name: str
    mark: str
    """What the square code of its paper voucher holds."""
    number: str
    code: str
    last_six: str


def print_unclaimed(app: Flask) -> Unclaimed:
    """Let the voucher of the family without an account be on paper; its claim sheet is in the letter box."""
    with app.app_context():
        session, officer = db.session(), actor_in(db.session(), Role.OFFICER)
        letter = session.scalars(select(OutboxMessage).where(OutboxMessage.way == "print")).one()
        found = re.search(r"(FP-\S+?)，领取码：(\S+?)。.*最后六位是 (\S+?)。", letter.text)
        assert found
        number, code, last_six = found.groups()
        sheet = paper.print_one(session, actor=officer, voucher_ref=number, serial="B0000001")
        session.commit()
        return Unclaimed(letter.address, sheet.mark, number, code, last_six)


def code_to(live: Live, phone: str) -> str:
    """Return the newest code that was sent to a telephone, once the worker has sent it."""
    live.run_jobs()
    with live.app.app_context():
        to_phone = select(OutboxMessage).where(OutboxMessage.address == phone).order_by(OutboxMessage.id)
        texts = [one.text for one in db.session.scalars(to_phone)]
    return re.findall(r"验证码是 (\d{6})", "".join(texts))[-1]


def fill_a_basket(app: Flask) -> str:
    """Let the demo's household collect two homes and ask what they cost; return the address of the quote."""
    with app.app_context():
        session = db.session()
        household = actor_in(session, Role.HOUSEHOLD)
        # The smallest: after the first of them there is voucher money for the second.
        smallest = _free_homes(session).order_by(Home.area_m2, Home.id).limit(2)
        refs = [home.ref for home in session.scalars(smallest)]
        for ref in refs:
            redemptions.add_home(session, actor=household, home_ref=ref)
        parts = [(purse.ref, None) for purse in wallet(session, household_id=household.household)]
        basket = redemptions.quote_basket(session, actor=household, home_refs=refs, parts=parts)
        session.commit()
        return f"/household/baskets/{basket.ref}"


def lower_a_price(app: Flask, basket: str) -> None:
    """Let the demo's developer lower the price of the first home of a basket's quote, by its address."""
    with app.app_context():
        session = db.session()
        asked = select(BasketQuote).where(BasketQuote.ref == basket.rsplit("/", 1)[-1])
        home_id = session.scalars(asked).one().quotes[0].home_id
        now = current_prices(session, [home_id])[home_id].voucher
        assert now is not None
        homes.set_price(
            session,
            actor=actor_in(session, Role.DEVELOPER),
            home_id=home_id,
            kind="voucher",
            amount_fen=now.amount_fen - 100_000,
            reason="让利",
        )
        session.commit()


def ask_kin(app: Flask) -> str:
    """Let the demo's household ask another one's voucher for help; return the address of its own request."""
    with app.app_context():
        session = db.session()
        household = actor_in(session, Role.HOUSEHOLD)
        other = select(Voucher).where(
            Voucher.state == "issued",
            Voucher.district_id == household.district,
            Voucher.household_id != household.household,
        )
        consent = redemptions.ask_kin(
            session,
            actor=household,
            home_ref=free_home(session, place=2).ref,
            voucher_ref=session.scalars(other.order_by(Voucher.id).limit(1)).one().ref,
            relation="child",
            most_fen=1_000_000,
        )
        session.commit()
        return f"/household/consents/{consent.ref}"


def receive_money(app: Flask) -> None:
    """Let a statement bring the demo's officer a sum that fits nothing, and one a colleague matched."""
    with app.app_context():
        session = db.session()
        officer = actor_in(session, Role.OFFICER)
        colleague = make_actor(
            session, role=Role.OFFICER, district=session.get_one(District, officer.district)
        )
        lines = ("E2E1,2016-06-02,12345.67,张三,购房款", "E2E2,2016-06-02,100,李四,购房款")
        take_in(session, officer, statement(*lines))
        session.commit()  # an act of its own: its locks end with it
        line = session.scalars(select(StatementLine).where(StatementLine.serial == "E2E2")).one()
        top_up = select(TopUp.ref).where(TopUp.district_id == officer.district).order_by(TopUp.id)
        matching.confirm(
            session,
            actor=colleague,
            line_ref=line.ref,
            top_up_ref=session.scalars(top_up.limit(1)).one(),
            over=True,
        )
        session.commit()


def order_a_run(app: Flask) -> None:
    """Let the demo's regulator order a run of the price monitor, which nobody has begun."""
    with app.app_context():
        session, regulator = db.session(), actor_in(db.session(), Role.REGULATOR)
        runs.order(session, district_id=regulator.district, actor=regulator)
        session.commit()


def comparing_homes(app: Flask) -> str:
    """Return the address of two homes of the demo's developer beside each other."""
    with app.app_context():
        refs = [free_home(db.session(), place=place).ref for place in (0, 1)]
        return "/homes/compare?" + "&".join(f"home={ref}" for ref in refs)


def sharing_a_plan(app: Flask) -> str:
    """Let the demo's household share its plan, sums and all; return the address of the link."""
    with app.app_context():
        session = db.session()
        household = actor_in(session, Role.HOUSEHOLD)
        ref = list_plans(session, actor=household)[0].ref
        token = plans.share_plan(session, actor=household, ref=ref, with_sums=True)
        session.commit()
        return f"/plans/{token}"


def print_lists(app: Flask) -> str:
    """Let the demo's household have one list from the counter, and one that waits in a pile.

    Return the address where the authority prints the first one again.
    """
    with app.app_context():
        session, officer = db.session(), actor_in(db.session(), Role.OFFICER)
        household = actor_in(session, Role.HOUSEHOLD)
        asked = SearchRequest(rooms=(2,))
        saved = save_search(session, actor=household, request=asked, name="两室", telling=Telling.PAPER)
        homes = session.scalars(select(Home).where(Home.rooms == 2).order_by(Home.id).limit(2)).all()
        for number, home in enumerate(homes):
            session.add(
                Change(
                    district_id=saved.district_id,
                    household_id=saved.household_id,
                    saved_search_id=saved.id,
                    home_id=home.id,
                    doc_version=home.doc_version,
                    kind="new",
                    after_fen=46_000_000,
                    happened_at=clock.now(),
                )
            )
            session.flush()
            if number:
                of = get_household_by_id(session, actor=officer, household_id=household.household)
                papers.print_pile(session, actor=officer, project_id=of.project_id)
            else:
                own = papers.print_own(session, actor=household)
        session.commit()
        return f"/authority/lists/of-household/{own.ref}.pdf"


def approving_a_batch(app: Flask) -> str:
    """Return the address where the demo's checker approves a batch whose sample is not opened yet."""
    with app.app_context():
        waiting = select(VoucherBatch.ref).where(VoucherBatch.state == "submitted").order_by(VoucherBatch.id)
        return f"/authority/batches/{db.session.scalars(waiting.limit(1)).one()}/approve"


def giving_up(app: Flask) -> str:
    """Return the address where the demo's household is told that its policy lets no voucher be given up."""
    with app.app_context():
        session = db.session()
        purse = wallet(session, household_id=actor_in(session, Role.HOUSEHOLD).household)[0]
        return f"/household/vouchers/{purse.ref}/give-up"


def move_vouchers(app: Flask) -> list[str]:
    """Let four households transfer a voucher, each a step further; return pages of the demo's household.

    The first gives it to that household, which is asked; the others to people without one.
    """
    with app.app_context():
        session = db.session()
        own, officer = actor_in(session, Role.HOUSEHOLD), actor_in(session, Role.OFFICER)
        desk = Desk(
            session.get_one(District, officer.district),
            officer,
            actor_in(session, Role.CHECKER),
            session.scalars(select(PolicyVersion).limit(1)).one(),
        )
        holder = next(
            one
            for one in list_persons(session, actor=own, household_id=own.household)
            if one.relation == "holder"
        )
        others = [other_of(900 + number, "李建国") for number in range(3)]
        takers = [Other(holder.name, number_of(holder)), *others]
        for (household, voucher), other in zip(_with_usable(session, own), takers, strict=False):
            wish = transfer_of(session.get_one(Voucher, voucher.id))
            moved = factories.ask(session, factories.actor_of(session, desk, household), wish, other)
            if other in others[1:]:
                moves.witness(session, actor=officer, move_ref=moved.ref, other=other)
                session.commit()
            if other is others[2]:
                known = {"move_ref": moved.ref, "evidence": "转让协议", "papers": [upload()]}
                moves.prepare(session, actor=officer, **known)
                session.commit()
        purse = wallet(session, household_id=own.household)[0]
        split = f"/household/vouchers/{purse.ref}/split"
        return [split, f"/household/merge?vouchers={purse.ref}"]


def _with_usable(session: Session, own: Actor) -> Iterator[tuple[Household, WalletVoucher]]:
    """Yield households other than the demo's own, each with a voucher that can be used."""
    statement = select(Household).where(
        Household.district_id == own.district, Household.id != own.household, Household.dispute.is_(None)
    )
    for household in session.scalars(statement.order_by(Household.id)).all():
        purses = wallet(session, household_id=household.id)
        usable = [one for one in purses if one.standing is Standing.USABLE and not one.held_fen]
        if usable:
            yield household, usable[0]


def holder_with_an_ending(app: Flask) -> str:
    """Give an account to a household that asked for its leftover; return its user name."""
    with app.app_context():
        session, officer = db.session(), actor_in(db.session(), Role.OFFICER)
        asked = select(VoucherEnding).where(
            VoucherEnding.district_id == officer.district, VoucherEnding.state == "asked"
        )
        voucher = session.get_one(Voucher, session.scalars(asked.limit(1)).one().voucher_id)
        actor = make_actor(
            session,
            role=Role.HOUSEHOLD,
            district=session.get_one(District, officer.district),
            household_id=voucher.household_id,
        )
        session.commit()
        return session.get_one(User, actor.user_id).username


def pay_top_up(app: Flask, redemption_ref: str) -> None:
    """Let what a household adds itself arrive at the supervised account, and be matched."""
    with app.app_context():
        session = db.session()
        redemption = session.scalars(select(Redemption).where(Redemption.ref == redemption_ref)).one()
        pay_in(session, actor_in(session, Role.OFFICER), redemption)


def send_a_table(app: Flask) -> None:
    """Let the demo's developer and its bureau send tables that were read and have a bad row."""
    content = table(HEAD, HOME, [*HOME[:3], "1102", 3, "八十", *HOME[6:]])
    with app.app_context():
        session = db.session()
        actor, bureau = actor_in(session, Role.DEVELOPER), actor_in(session, Role.REGULATOR)
        home = free_home(session, place=0)
        run = send(session, content, actor=actor, development=home.development, name="销控表.xlsx")
        _see_read(session, run, actor)
        place = [home.development.name, home.building.name, home.unit, home.storey]
        heads = ["楼盘", "楼栋", "单元", "楼层", "室号", "备案总价(元)", "备案编号", "备案日期"]
        rows = [[*place, room, 300_000, "备2016-77", "2016-05-20"] for room in (home.room, "9999")]
        run = send_of_bureau(session, table(heads, *rows), actor=bureau, kind="filings", name="备案价.xlsx")
        _see_read(session, run, bureau)
        heads = ["合同编号", "楼盘", "楼栋", "单元", "室号", "签订日期", "合同总价(元)", "付款方式"]
        rows = [["网签-9", *place[:3], home.room, "2016-05-20", 450_000, paid] for paid in ("按揭", "实物")]
        run = send_of_bureau(session, table(heads, *rows), actor=bureau, kind="sales", name="网签合同.xlsx")
        _see_read(session, run, bureau)


def _see_read(session: Session, run: ImportRun, actor: Actor) -> None:
    flows.look(session, files.current(), run_id=run.id)
    plan(session, run, actor=actor)
    session.commit()
    flows.read(session, files.current(), run_id=run.id)


def preview_of_prices(app: Flask) -> str:
    """Return the address where the demo's developer sees what a new price for many homes comes to."""
    with app.app_context():
        ref = free_home(db.session(), place=0).development.ref
    typed = "kind=voucher&way=percent_down&figure=1&step=100&first_storey=15"
    return f"/developer/developments/{ref}/repricing?{typed}"


def lock_a_home(app: Flask) -> None:
    """Let the demo's household lock a home of the demo's developer, with a part of one voucher."""
    with app.app_context():
        session = db.session()
        redemptions.reserve(
            session, actor=actor_in(session, Role.HOUSEHOLD), quote_ref=_quote(session, place=0).ref
        )
        session.commit()


def actor_in(session: Session, role: Role) -> Actor:
    """Return the demo's person in that role."""
    named = select(Membership).join(Membership.user).where(User.username == ACCOUNTS[role].username)
    return actor_of(session.scalars(named).one())


def free_home(session: Session, *, place: int) -> Home:
    """Return one of the listed homes of the demo's developer, counted from 0 as they were entered."""
    return session.scalars(_free_homes(session).order_by(Home.id).offset(place).limit(1)).one()


def _free_homes(session: Session) -> Select[tuple[Home]]:
    """Return the statement that finds the listed homes of the demo's developer that nobody has locked."""
    developer = actor_in(session, Role.DEVELOPER)
    return (
        select(Home)
        .join(Home.development)
        .where(Development.developer_id == developer.organisation, Home.status == "free")
    )


def _quote(session: Session, *, place: int) -> Quote:
    household = actor_in(session, Role.HOUSEHOLD)
    first = wallet(session, household_id=household.household)[0]
    home = free_home(session, place=place)
    return redemptions.quote(session, actor=household, home_ref=home.ref, parts=[(first.ref, 10_000_000)])


def tell_and_visit(app: Flask) -> None:
    """Give everybody of the demo a message; let each household ask for a helper at the counter."""
    with app.app_context():
        session, officer = db.session(), actor_in(db.session(), Role.OFFICER)
        for user_id in session.scalars(select(User.id)):
            to = Recipient(user_id=user_id)
            tell(session, kind="password_changed", to=to, event=f"test:{user_id}")
        sign_in = SignIn(
            ref=new_ref("DL"),
            token_hash=b"nobody's",
            user_id=officer.user_id,
            membership_id=session.scalars(
                select(Membership.id).where(Membership.user_id == officer.user_id)
            ).one(),
            device="",
            proof="password",
            started_at=clock.system_now(),
            seen_at=clock.system_now(),
            expires_at=clock.system_now(),
        )
        session.add(sign_in)
        session.flush()
        for number, household in enumerate(list_households(session, actor=officer)):
            holder = list_persons(session, actor=officer, household_id=household.id)[0]
            visit = visits.begin(
                session,
                actor=officer,
                sign_in_id=sign_in.id,
                household_ref=household.ref,
                last_six=number_of(holder)[-6:],
            )
            helping.invite(
                session,
                actor=visits.acting(officer, visit),
                name="刘阿姨",
                # The first one asks the demo's own household, which may help, too.
                phone="19900018888" if number else "19900010000",
                relation="neighbour",
                level=HelpLevel.LOOK,
                months=1,
            )
        visits.end(session, actor=officer, sign_in_id=sign_in.id)
        for membership in session.scalars(select(Membership).where(Membership.household_id.is_not(None))):
            lose_second_factor(session, officer, membership)
        print_a_batch(session, officer)
        session.commit()


def print_a_batch(session: Session, officer: Actor) -> None:
    """Let the sheet that waits to be used have been printed with a batch."""
    code = session.scalars(
        select(ClaimCode).where(ClaimCode.used_at.is_(None), ClaimCode.withdrawn_at.is_(None))
    ).one()
    batch = SheetBatch(
        district_id=code.district_id,
        ref=new_ref("LP"),
        project_id=session.get_one(Household, code.household_id).project_id,
        made_at=clock.now(),
        made_by_id=officer.user_id,
    )
    session.add(batch)
    session.flush()
    code.batch_id = batch.id


def lose_second_factor(session: Session, officer: Actor, membership: Membership) -> None:
    """Let somebody of a household have had a second factor, which the counter took off."""
    moment = clock.system_now()
    had = SecondFactor(
        user_id=membership.user_id, secret="", started_at=moment, confirmed_at=moment, last_step=1
    )
    session.add(had)
    session.flush()
    lost_factors.clear_at_counter(session, actor=officer, ref=membership.ref, reason="手机丢了。")


@dataclass(frozen=True)
class Family:
    """A household of the demo that has signed agreements and no voucher yet."""

    username: str
    name: str


def family_without_voucher(app: Flask) -> Family:
    """Let a household that has no voucher sign a second agreement; return how its holder signs in."""
    with app.app_context():
        session, officer = db.session(), actor_in(db.session(), Role.OFFICER)
        agreement = list_unvouched(session, actor=officer, limit=1)[0]
        projects.create_agreement(
            session,
            actor=officer,
            household_id=agreement.household_id,
            number=f"{agreement.number}-2",
            compensation_fen=30_000_000,
            signed_on=agreement.signed_on,
        )
        holder = select(Membership).where(Membership.household_id == agreement.household_id)
        username = session.scalars(holder).one().user.username
        session.commit()
        return Family(username, agreement.household.holder_name)


def holder_id(app: Flask, name: str) -> str:
    """Return the ID number of the household's holder who is called so."""
    with app.app_context():
        session, officer = db.session(), actor_in(db.session(), Role.OFFICER)
        household = session.scalars(select(Household).where(Household.holder_name == name)).one()
        return number_of(list_persons(session, actor=officer, household_id=household.id)[0])


def open_second_district(app: Flask, name: str) -> None:
    """Create a district beside the demo's, with one listed home."""
    with app.app_context():
        session = db.session()
        district = identity.create_district(session, code="beside", name=name)
        make_listed_home(session, district=district)
        session.commit()


def ask_for_changes(app: Flask) -> None:
    """Let the demo's developer apply in a second district that asks for changes; a third waits for it."""
    with app.app_context():
        session = db.session()
        second = identity.create_district(session, code="second", name="宜秀区")
        identity.create_district(session, code="third", name="大观区")
        officer, checker = (
            make_actor(session, role=role, district=second) for role in (Role.OFFICER, Role.CHECKER)
        )
        manager = actor_in(session, Role.DEVELOPER)
        found = pool.apply(session, manager=manager, district_id=second.id, name="方晓梅")
        reason = "承诺书没有盖章，请盖章后重新上传。"
        pool.decide(
            session, officer=officer, checker=checker, found=found, action="ask_changes", reason=reason
        )
