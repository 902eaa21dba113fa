"""Whose turn it is: for each state of a purchase and everybody who looks, who must act, what and by when."""

from datetime import datetime
from typing import Any, Final

from app.core.actor import WATCHERS, Role
from app.redemptions.beside import state_shown
from app.redemptions.kinship_states import State as Proof
from app.redemptions.models import Redemption
from app.redemptions.rules import answer_by
from app.redemptions.states import State
from app.web import formatting
from app.web.language import lazy_gettext as _l

_NOBODY: Final = _l("您现在不用做什么。")
_BY: Final = _l("最晚到 %(day)s24:00，%(left)s。")

TURNS: Final[dict[State, dict[Role, tuple[Any, ...]]]] = {
    State.LOCKED: {
        Role.HOUSEHOLD: (
            _l("现在轮到您和房企：请到售楼处签购房合同，由房企在系统里填写合同编号。"),
            _BY,
            _l("到期没有填，锁定自动解除，房票金额全部退回。"),
        ),
        Role.DEVELOPER: (
            _l("现在轮到您：请约购房人来签合同，签好以后在这里填写合同。"),
            _BY,
            _l("到期没有填，锁定自动解除。"),
        ),
        Role.OFFICER: (_l("现在轮到购房人和房企签合同，由房企填写合同编号。"), _BY, _NOBODY),
        Role.CHECKER: (_l("现在轮到购房人和房企签合同，由房企填写合同编号。"), _BY, _NOBODY),
        Role.AUDITOR: (_l("现在轮到购房人和房企签合同，由房企填写合同编号。"), _BY),
    },
    State.CONTRACTED: {
        Role.HOUSEHOLD: (
            _l("现在轮到征收办经办人核验合同。"),
            _l("锁定不再计时，您现在不用做什么。"),
        ),
        Role.DEVELOPER: (
            _l("现在轮到征收办经办人核验合同，您现在不用做什么。"),
            _l("核验以前发现合同填错了，可以更正。"),
        ),
        Role.OFFICER: (_l("现在轮到您：请把合同和报价逐项核对，一致的核验，不对的退回。"),),
        Role.CHECKER: (_l("现在轮到经办人核验，核验以后才由您复核。"), _NOBODY),
        Role.AUDITOR: (_l("现在轮到经办人核验合同。"),),
    },
    State.CHECKED: {
        Role.HOUSEHOLD: (
            _l("现在轮到征收办复核人。"),
            _l("复核通过后，房票金额正式付给房企，您现在不用做什么。"),
        ),
        Role.DEVELOPER: (
            _l("现在轮到征收办复核人，您现在不用做什么。"),
            _l("复核通过后，房票金额和奖励记给贵公司。合同不能再更正。"),
        ),
        Role.OFFICER: (_l("经办人已经核验，现在轮到复核人复核。"), _NOBODY),
        Role.CHECKER: (_l("现在轮到您：请复核。通过以后房票核销，不能撤回。"),),
        Role.AUDITOR: (_l("现在轮到复核人复核。"),),
    },
    State.REDEEMED: {
        Role.HOUSEHOLD: (
            _l("全部办完了。这套房已经用房票买下。"),
            _l("合同要变更或者要退房，在下面提出，由征收办两个人决定。"),
        ),
        Role.DEVELOPER: (_l("全部办完了。房票金额和奖励已经记给贵公司，由征收办按政策拨付。"),),
        Role.OFFICER: (_l("购房办完了，房票已经核销。"),),
        Role.CHECKER: (_l("购房办完了，房票已经核销。"),),
        Role.AUDITOR: (_l("购房办完了，房票已经核销。"),),
    },
    State.REVERSED: {
        Role.HOUSEHOLD: (
            _l("这笔购房已经撤销，理由见下面的经过。"),
            _l("房票付的金额已经退回房票，您自己付的退到原来的账户。"),
        ),
        Role.DEVELOPER: (_l("这笔购房已经撤销，房票和奖励付的金额已经收回，这套房空了出来。"), _NOBODY),
        Role.OFFICER: (_l("这笔购房已经撤销，金额已经退回，理由见下面的经过。"), _NOBODY),
        Role.CHECKER: (_l("这笔购房已经撤销，金额已经退回，理由见下面的经过。"), _NOBODY),
        Role.AUDITOR: (_l("这笔购房已经撤销，金额已经退回，理由见下面的经过。"),),
    },
    State.CANCELLED: {
        Role.HOUSEHOLD: (_l("这次锁定已经取消，房票金额全部退回，可以重新选房。"),),
        Role.DEVELOPER: (_l("购房人取消了锁定，这套房别人又可以选了。"), _NOBODY),
        Role.OFFICER: (_l("购房人取消了锁定，房票金额全部退回。"), _NOBODY),
        Role.CHECKER: (_l("购房人取消了锁定，房票金额全部退回。"), _NOBODY),
        Role.AUDITOR: (_l("购房人取消了锁定，房票金额全部退回。"),),
    },
    State.REFUSED: {
        Role.HOUSEHOLD: (
            _l("征收办把这笔购房退回了，理由见下面的经过。"),
            _l("房票金额全部退回，可以重新选房。"),
        ),
        Role.DEVELOPER: (
            _l("征收办把这笔购房退回了，理由见下面的经过。"),
            _l("锁定已经解除，要再卖给这位购房人，请购房人重新锁定。"),
        ),
        Role.OFFICER: (_l("这笔购房已经退回，理由见下面的经过，房票金额全部退回。"), _NOBODY),
        Role.CHECKER: (_l("这笔购房已经退回，理由见下面的经过，房票金额全部退回。"), _NOBODY),
        Role.AUDITOR: (_l("这笔购房已经退回，理由见下面的经过，房票金额全部退回。"),),
    },
    State.EXPIRED: {
        Role.HOUSEHOLD: (
            _l("锁定到期，没有填写合同编号。"),
            _l("房票金额全部退回，可以重新选房。"),
        ),
        Role.DEVELOPER: (_l("锁定到期，没有填写合同，这套房别人又可以选了。"), _NOBODY),
        Role.OFFICER: (_l("锁定到期，没有填写合同，房票金额全部退回。"), _NOBODY),
        Role.CHECKER: (_l("锁定到期，没有填写合同，房票金额全部退回。"), _NOBODY),
        Role.AUDITOR: (_l("锁定到期，没有填写合同，房票金额全部退回。"),),
    },
}
"""By state and role; who only watches reads what stands under the auditor."""

UNPAID: Final[dict[Role, tuple[Any, ...]]] = {
    Role.HOUSEHOLD: (
        _l("现在轮到您：请把自付差价还差的 %(missing)s 付进监管账户，付齐以后征收办才核验合同。"),
        _l("锁定不再计时。"),
    ),
    Role.DEVELOPER: (
        _l("现在轮到购房人：自付差价还差 %(missing)s，付齐以后征收办才核验合同。"),
        _l("核验以前发现合同填错了，可以更正。"),
    ),
    Role.OFFICER: (_l("现在轮到购房人：自付差价还差 %(missing)s，到齐以前不能核验。"), _NOBODY),
    Role.CHECKER: (_l("现在轮到购房人：自付差价还差 %(missing)s，到齐以前不能核验。"), _NOBODY),
    Role.AUDITOR: (_l("现在轮到购房人：自付差价还差 %(missing)s，到齐以前不能核验。"),),
}
"""In place of a contract that waits for the officer, while the top-up has not arrived whole."""

OWED: Final[dict[Role, tuple[Any, ...]]] = {
    Role.HOUSEHOLD: (
        _l("这套房已经用房票买下。现在轮到您：自付差价还差 %(missing)s，请付进监管账户。"),
        _l("为什么差、怎么付，看下面。"),
    ),
    Role.DEVELOPER: (_l("房票已经核销。现在轮到购房人：自付差价还差 %(missing)s。"), _NOBODY),
    Role.OFFICER: (_l("房票已经核销。现在轮到购房人：自付差价还差 %(missing)s。"), _NOBODY),
    Role.CHECKER: (_l("房票已经核销。现在轮到购房人：自付差价还差 %(missing)s。"), _NOBODY),
    Role.AUDITOR: (_l("房票已经核销。现在轮到购房人：自付差价还差 %(missing)s。"),),
}
"""In place of a purchase that is done, where its price rose since or a bank took money of its top-up back."""

UNPROVED: Final[dict[Role, tuple[Any, ...]]] = {
    Role.HOUSEHOLD: (
        _l("现在轮到您或者房企：补交合同上买受人的亲属关系证明，征收办核对以后才核验合同。谁交都可以。"),
        _l("锁定不再计时。"),
    ),
    Role.DEVELOPER: (
        _l("现在轮到您或者购房人：补交合同上买受人的亲属关系证明，征收办核对以后才核验合同。谁交都可以。"),
    ),
    Role.OFFICER: (_l("现在轮到房企或者购房人补交买受人的亲属关系证明，核对以前不能核验。"), _NOBODY),
    Role.CHECKER: (_l("现在轮到房企或者购房人补交买受人的亲属关系证明，核对以前不能核验。"), _NOBODY),
    Role.AUDITOR: (_l("现在轮到房企或者购房人补交买受人的亲属关系证明，核对以前不能核验。"),),
}
"""In place of a contract that waits for the officer, while a proof of kinship is missing."""

PROOF_WAITS: Final[dict[Role, tuple[Any, ...]]] = {
    Role.HOUSEHOLD: (_l("现在轮到征收办核对买受人的亲属关系证明，核对以后才核验合同。"), _NOBODY),
    Role.DEVELOPER: (_l("现在轮到征收办核对买受人的亲属关系证明，核对以后才核验合同。"), _NOBODY),
    Role.OFFICER: (_l("现在轮到您：先核对买受人的亲属关系证明，再核验合同。"),),
    Role.CHECKER: (_l("现在轮到经办人核对买受人的亲属关系证明。"), _NOBODY),
    Role.AUDITOR: (_l("现在轮到经办人核对买受人的亲属关系证明。"),),
}
"""The same, while a proof waits for the officer."""

DISPUTED: Final[dict[Role, tuple[Any, ...]]] = {
    Role.HOUSEHOLD: (_l("现在轮到政府部门核对这套房的线下合同或地址，核对清楚才核验。"), _NOBODY),
    Role.DEVELOPER: (_l("现在轮到政府部门核对这套房的线下合同或地址，核对清楚才核验。"), _NOBODY),
    Role.OFFICER: (_l("现在轮到您：这套房的线下合同或地址还要核对，核对清楚才能核验。由谁定，请看说明。"),),
    Role.CHECKER: (_l("这套房的线下合同或地址还要核对，核对清楚才能办下去。"), _NOBODY),
    Role.AUDITOR: (_l("这套房的线下合同或地址还要核对，核对清楚才能办下去。"),),
}
"""In place of a contract that waits for anybody, while another one claims the home or its address."""

CASH_WAITS: Final = (
    _l("这套房已经用房票买下。另外发给您的现金奖励还没有付，到哪一步看下面。"),
    TURNS[State.REDEEMED][Role.HOUSEHOLD][1],
)
"""What a household reads of a purchase that is done, while it is still owed a bonus in cash."""

NONE_OF_OWN: Final = (TURNS[State.REVERSED][Role.HOUSEHOLD][0], _l("房票付的金额已经退回房票。"))
"""What it reads of one that was undone, of which it paid nothing itself."""

CHANGING: Final = _l("这套房已经用房票买下，签约以后又提出%(what)s，%(where)s。办完以前，购房和金额照旧。")
"""In place of a purchase that is done, while somebody asks to change or to undo it."""

_ANSWER: Final = {
    Role.HOUSEHOLD: _l("房企要在 %(answer)s24:00 前约您签合同，没有按时答复，锁定自动免费延期一次。"),
    Role.DEVELOPER: _l("请在 %(answer)s24:00 前约好，没有按时答复，锁定自动为购房人延期一次。"),
}


def turn(
    redemption: Redemption,
    *,
    role: Role | None,
    now: datetime,
    missing_fen: int = 0,
    kinship: Proof | None = None,
    changing: tuple[str, str] | None = None,
    cash_waits: bool = False,
) -> list[str]:
    """Return in sentences who must act next, what they do and by when, for somebody in this role.

    ``missing_fen`` is what of the top-up has not arrived, ``kinship`` how the proofs of its buyers stand
    where they hold it up, ``changing`` what is asked of it after its contract and where that stands, in
    words, ``cash_waits`` whether a bonus in cash is still owed to whom this is told; a hold past its deadline
    counts as over.
    """
    reader = Role.AUDITOR if role in WATCHERS or role is None else role
    state = state_shown(redemption, now)
    if state is State.REDEEMED and changing is not None:
        what, where = changing
        told = [str(CHANGING) % {"what": what, "where": where}]
        owed = str(OWED[reader][0]) % {"missing": formatting.yuan(missing_fen)}
        return [*told, owed] if missing_fen else told
    deadline = redemption.deadline_at
    facts = {
        "day": formatting.last_day(deadline),
        "left": formatting.countdown(deadline, now),
        "missing": formatting.yuan(missing_fen),
        "answer": formatting.last_day(answer_by(redemption.locked_at)),
    }
    sentences = _table(redemption, state, missing_fen, kinship)[reader]
    if reader is Role.HOUSEHOLD:
        sentences = _of_household(redemption, sentences, cash_waits=cash_waits)
    told = [str(one) % facts for one in sentences]
    if state is State.LOCKED and redemption.answered_at is None and now < answer_by(redemption.locked_at):
        told += [str(_ANSWER[reader]) % facts] if reader in _ANSWER else []
    return told


def _table(
    redemption: Redemption, state: State, missing_fen: int, kinship: Proof | None
) -> dict[Role, tuple[Any, ...]]:
    if state in {State.CONTRACTED, State.CHECKED} and redemption.disputed_at is not None:
        return DISPUTED
    if state is State.CONTRACTED and kinship is not None:
        return UNPROVED if kinship is Proof.MISSING else PROOF_WAITS
    if state is State.CONTRACTED and missing_fen:
        return UNPAID
    if state is State.REDEEMED and missing_fen:
        return OWED
    return TURNS[state]


def _of_household(redemption: Redemption, sentences: tuple[Any, ...], *, cash_waits: bool) -> tuple[Any, ...]:
    """Return what a household reads: of its own money where there is some, that all is done where it is."""
    if sentences is TURNS[State.REDEEMED][Role.HOUSEHOLD] and cash_waits:
        return CASH_WAITS
    if sentences is TURNS[State.REVERSED][Role.HOUSEHOLD] and not redemption.present_top_up_fen:
        return NONE_OF_OWN
    return sentences
