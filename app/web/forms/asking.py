"""Forms that ask before they go on: "did you mean ...?", and a box to tick for whoever looked again."""

import hashlib
from collections.abc import Mapping, Sequence

from app.homes.doubts import Doubt
from app.web.doubts import question
from app.web.forms.base import CarriedField, Form
from app.web.forms.fields import ConfirmField
from app.web.language import gettext as _
from app.web.language import lazy_gettext as _l


class AskingForm(Form):
    """Asks about doubts once they are known; the tick counts only for the very questions that were shown."""

    sure = ConfirmField(_l("我核对过了，数字没有写错"), legend=_l("请再核对一遍"), required=False)
    asked = CarriedField()
    questions: Sequence[str] = ()

    def is_sure(
        self, doubts: Sequence[Doubt | tuple[str, Doubt]], *, about: Mapping[str, str] | None = None
    ) -> bool:
        """Return True when there is nothing to ask, or the person ticked the box below these questions.

        Otherwise the page is shown again: it asks them, the box empty. Where a form is about several things,
        a doubt comes with the key of its thing, and ``about`` says what that is called.
        """
        questions = [_asked(doubt, about or {}) for doubt in doubts]
        first = _("%(question)s数字没有错的，请勾选后再保存", question=questions[0]) if questions else ""
        return self.is_agreed(questions, first)

    def is_agreed(self, questions: Sequence[str], missing: str) -> bool:
        """Return True when there is nothing to tell, or the box below these very sentences was ticked.

        ``missing`` is what an unticked box is told.
        """
        if not questions:
            return True
        mark = hashlib.sha256("\n".join(questions).encode()).hexdigest()
        if self.sure.values and self.asked.value == mark:
            return True
        self.questions = questions
        self.asked.data = mark
        self.sure.data, self.sure.raw_data = [], []
        self.sure.errors = [missing]
        return False


class AgreeingForm(AskingForm):
    """Tells what a change does to people who are buying and to the pool, and asks to go on."""

    sure = ConfirmField(_l("我看清了，继续"), legend=_l("请看清影响，再继续"), required=False)

    def agrees(self, consequences: list[str]) -> bool:
        """Return whether there are none, or the box below them was ticked."""
        return self.is_agreed(consequences, _("请看清上面的影响，勾选后再继续"))


def _asked(doubt: Doubt | tuple[str, Doubt], about: Mapping[str, str]) -> str:
    if isinstance(doubt, Doubt):
        return question(doubt)
    key, one = doubt
    return _("%(thing)s：%(question)s", thing=about[key], question=question(one))
