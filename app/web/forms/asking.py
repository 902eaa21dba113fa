"""Forms that ask before they go on: "did you mean ...?", and a box to tick for whoever looked again."""

import hashlib
from collections.abc import Sequence

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

    def is_sure(self, doubts: Sequence[Doubt]) -> bool:
        """Return True when there is nothing to ask, or the person ticked the box below these questions.

        Otherwise the page is shown again: it asks them, the box empty.
        """
        if not doubts:
            return True
        mark = hashlib.sha256(repr(doubts).encode()).hexdigest()
        if self.sure.values and self.asked.value == mark:
            return True
        self.questions = [question(doubt) for doubt in doubts]
        self.asked.data = mark
        self.sure.data, self.sure.raw_data = [], []
        self.sure.errors = [_("%(question)s数字没有错的，请勾选后再保存", question=self.questions[0])]
        return False
