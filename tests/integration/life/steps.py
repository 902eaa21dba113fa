"""How each thing under way in a whole life of vouchers is taken one step on."""

from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

from app.core import clock as business_clock
from app.payments import refunds
from app.payments.models import LineMatch
from app.redemptions import kinship_queries, service
from app.redemptions.buyers import Basis, BuyerTyped
from app.redemptions.change_models import PurchaseChange
from app.redemptions.change_states import Kind as Change
from app.redemptions.contract import ContractTyped
from app.redemptions.models import Redemption
from app.redemptions.service import changes, kinship
from app.redemptions.service.kinship import Paper
from app.settlements import batches, claims, receipts, releases
from app.settlements.money_models import SettlementClaim
from app.settlements.payment_models import SettlementPayment
from app.vouchers import endings, moves, payouts
from app.vouchers.ending_models import VoucherEnding
from app.vouchers.models import Voucher
from app.vouchers.move_models import VoucherMove
from app.vouchers.move_rules import digest
from tests.factories.contracts import holder_of, typed, upload
from tests.factories.endings import payee
from tests.factories.moves import other_of
from tests.factories.payments import pay_in
from tests.factories.projects import make_id_number
from tests.factories.redemptions import Buyer
from tests.factories.settlements import reach, receipt
from tests.integration.life.following import Following

SON: Final = BuyerTyped("王小明", "child", make_id_number(8))


class Steps(Following):
    """Each takes what stands somewhere to where it stands next, or back."""

    def go_on(self, found: Redemption) -> None:
        """Take a purchase one step on."""
        officer, at = self.desk.officer, {"redemption_ref": found.ref}
        if found.state == "locked":
            self._sign(found)
        elif found.state == "contracted":
            while self.prove_kin(found, well=True):
                pass
            self.bring_own_money(found)
            self.attempt("verify", service.verify_first, actor=officer, explanation="同一个人", **at)
        elif found.state == "checked":
            self.attempt("redeem", service.verify_second, actor=self.desk.checker, **at)

    def bring_own_money(self, found: Redemption) -> None:
        """Let what is missing of a purchase's top-up arrive by bank."""
        pay_in(self.session, self.desk.officer, found)

    def _sign(self, found: Redemption) -> None:
        """Enter the contract: now and then with a son beside the holder, where the policy allows one."""
        buyers = [holder_of(found), SON] if self.counter % 3 == 0 else [holder_of(found)]
        for who in (buyers, buyers[:1]):
            signed = typed(found, number=f"网签-{found.id}", buyers=who)
            known = {"actor": self.shop.developer, "redemption_ref": found.ref, "typed": signed}
            if self.attempt("contract", service.enter_contract, **known):
                return

    def signed_anew(self, found: Redemption, price_fen: int, area: Decimal) -> ContractTyped:
        """Return what a supplementary agreement says: another price, another area, perhaps the son."""
        son = replace(SON, proof=upload(b"%PDF-1.7 kin", "户口簿.pdf"))
        buyers = [holder_of(found), son] if self.counter % 2 else [holder_of(found)]
        scan = upload(b"%PDF-1.7 changed")
        known = {"price_fen": price_fen, "area_m2": area, "buyers": buyers, "scan": scan}
        return typed(found, number=f"网签-变更-{found.id}-{self.counter}", **known)

    def prove_kin(self, found: Redemption, *, well: bool) -> bool:
        """Take the proof of the buyer who is kin one step on; False where none is wanting."""
        for buyer in found.contract.buyers if found.contract else ():
            known = kinship_queries.latest_of(self.session, [buyer.id]).get(buyer.id)
            if buyer.basis != Basis.PROOF or (known and known.state == "accepted"):
                continue
            at = {"redemption_ref": found.ref}
            if known is None or known.state != "given":
                giver = self.shop.developer if known else self.actor(found.household_id)
                paper = Paper("household_register", "长子", upload(b"%PDF-1.7 kin", "户口簿.pdf"))
                give = {"actor": giver, "place": buyer.place, "paper": paper}
                self.attempt("give proof", kinship.give, **give, **at)
            elif well:
                look = {"actor": self.desk.officer, "proof_ref": known.ref}
                self.attempt("accept proof", kinship.accept, **look, **at)
            else:
                look = {"actor": self.desk.officer, "proof_ref": known.ref, "reason": "看不清"}
                self.attempt("send proof back", kinship.refuse, **look, **at)
            return True
        return False

    def go_on_with(self, found: PurchaseChange, *, agree: bool) -> None:
        at, kind = {"change_ref": found.ref}, found.kind
        if found.state == "asked":
            redemption = self.session.get_one(Redemption, found.redemption_id)
            household = self.actor(redemption.household_id)
            other = self.shop.developer if kind == Change.WITHDRAW else household
            self.attempt("answer", changes.answer, actor=other, agrees=agree, words="说明", **at)
        elif found.state == "answered":
            look = {"actor": self.desk.officer, "note": "照办", "evidence": "通报" if found.id % 2 else None}
            self.attempt("prepare change", changes.prepare, **look, **at)
        elif found.state == "prepared" and agree:
            if self.attempt(f"change {kind}", changes.approve, actor=self.desk.checker, **at):
                self.see_that_money_follows(found.redemption_id)
        elif found.state == "prepared":
            self.attempt("refuse change", changes.refuse, actor=self.desk.checker, reason="不符", **at)

    def go_on_moving(self, move: VoucherMove, to: int) -> None:
        at, officer = {"move_ref": move.ref}, self.desk.officer
        if move.state == "asked" and move.other_household_id:
            taker = self.actor(move.other_household_id)
            self.attempt("consent", moves.consent, actor=taker, seen=digest(move.shown), **at)
        elif move.state == "asked" and move.owners:
            owner = self.actor(move.owners[0].household_id)
            self.attempt("join", moves.consent, actor=owner, seen=digest(move.shown), **at)
        elif move.state == "asked":
            self.attempt("witness", moves.witness, actor=officer, other=other_of(to), **at)
        elif move.state == "ready":
            papers = [] if move.evidence else [upload()]
            self.attempt("prepare", moves.prepare, actor=officer, evidence="协议书", papers=papers, **at)
        elif move.state == "prepared":
            self.attempt(f"approve {move.kind}", moves.approve, actor=self.desk.checker, **at)

    def go_on_ending(self, found: VoucherEnding, effect: str) -> None:
        at, officer, checker = {"ending_ref": found.ref}, self.desk.officer, self.desk.checker
        account = payee(self.session.get_one(Voucher, found.voucher_id).household.holder_name)
        number, today = f"{found.id}-{self.counter}", business_clock.today()
        if found.state in {"asked", "returned"}:
            self.attempt("prepare ending", endings.prepare, actor=officer, payee=account, **at)
        elif found.state == "undecided":
            how = {"effect": effect, "reason": "会议纪要", "payee": account}
            self.attempt(f"decide {found.kind}", endings.decide, actor=officer, **how, **at)
        elif found.state in {"prepared", "renewed"}:
            self.attempt(f"end {found.kind}", endings.approve, actor=checker, **at)
        elif found.state == "approved":
            how = {"bank_reference": f"网银-{number}", "paid_on": today}
            self.attempt("pay ending", payouts.pay, actor=officer, **how, **at)
        elif found.state == "paid":
            how = {"reference": f"退-{number}", "returned_on": today, "reason": "账户已销户"}
            self.attempt("return ending", payouts.note_returned, actor=officer, **how, **at)

    def refund(self, match: LineMatch, fen: int) -> None:
        made = self.attempt(
            "prepare refund",
            refunds.prepare,
            actor=self.desk.officer,
            top_up_ref=match.top_up.ref,
            line_ref=match.line.ref,
            amount_fen=fen,
            payee_account="6222 0200",
        )
        assert made, "what is too much can be given back"
        self.attempt("approve refund", refunds.approve, actor=self.desk.checker, ref=made.ref)
        how = {"bank_ref": f"B{made.id}", "paid_on": business_clock.today()}
        self.attempt("pay refund", refunds.pay, actor=self.desk.officer, ref=made.ref, **how)

    def _reach(self, one: Redemption, kind: str) -> None:
        who = Buyer(self.actor(one.household_id), one.household, [])
        reach(self.session, self.shop, who, one, kind)

    def go_on_paying(self, one: SettlementClaim, well: bool) -> None:
        officer, checker, at = self.desk.officer, self.desk.checker, {"ref": one.ref}
        if one.state == "submitted" and well:
            self.attempt("check claim", claims.check, actor=officer, **at)
        elif one.state == "submitted":
            self.attempt("refuse claim", claims.refuse, actor=officer, reason="不符", **at)
        elif one.state == "checked":
            self.attempt("approve claim", claims.approve, actor=checker, **at)
        elif one.state == "approved":
            sent = [pay for pay in self.rows(SettlementPayment, "sent") if pay.claim_id == one.id]
            if sent and sent[0].batch_state == "made":
                waits: dict[str, Any] = {"actor": checker, "ref": sent[0].batch.ref}
                if well:
                    self.attempt("release", releases.release, **waits)
                else:
                    self.attempt("refuse batch", releases.refuse, reason="不符", **waits)
            elif sent:
                content = receipt(*sent, result="成功" if well else "账号有误")
                ref = sent[0].batch.ref
                known = {"batch_ref": ref, "content": content, "name": "a.csv"}
                self.attempt("answer", receipts.take_in, actor=officer, **known)
            else:
                known = {"source_ref": self.source.ref, "claim_refs": [one.ref]}
                self.attempt("send", batches.make, actor=self.payers.colleague, **known)
        elif one.state == "paid" and not well:
            paid = next(pay for pay in self.rows(SettlementPayment, "paid") if pay.claim_id == one.id)
            known = {
                "reference": f"TH{self.counter}",
                "returned_on": business_clock.today(),
                "reason": "退汇",
            }
            self.attempt("return", batches.note_returned, actor=officer, payment_ref=paid.ref, **known)
