"""Forms about favourites and saved searches."""

from app.following.rules import LONGEST_NAME, LONGEST_NOTE, Telling
from app.web.forms.base import Choice, Form
from app.web.forms.fields import RadiosField, TextArea, TextField
from app.web.language import lazy_gettext as _l


class FavouriteNoteForm(Form):
    """One's own words about a favourite."""

    note = TextArea(
        _l("备注"), required=False, most=LONGEST_NOTE, rows=3, hint=_l("只有您家看得到，例如“离外孙学校近”。")
    )


class SavedSearchForm(Form):
    """What a saved search is called, and when the household hears of it."""

    name = TextField(_l("给这个搜索起个名字"), noun=_l("名字"), most=LONGEST_NAME)
    telling = RadiosField(
        _l("有变化的时候怎么告诉您"),
        noun=_l("怎么告诉您"),
        choices=(
            Choice(Telling.AT_ONCE, _l("马上发短信或邮件")),
            Choice(Telling.DAILY, _l("每天早上八点发一次")),
            Choice(Telling.NEVER, _l("不用发，我自己来看")),
        ),
    )
