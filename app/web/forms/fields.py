"""The kinds of input: text, money, area, number, day, choices. Each turns what was typed into a value."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any, BinaryIO, ClassVar, cast

from werkzeug.datastructures import FileStorage
from wtforms.validators import StopValidation

from app.core import clock, money
from app.web import formatting
from app.web.forms import grammar
from app.web.forms.base import Choice, TypedField
from app.web.language import gettext as _
from app.web.language import lazy_gettext as _l


class TextField(TypedField):
    """One line of text, at most ``most`` characters. Chinese names count a character each."""

    def __init__(self, label: str, *, most: int = 200, **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.most = most

    def parse(self, text: str) -> str:
        """Return the text without blanks around it."""
        tidy = grammar.clean_text(text, self.noun)
        if len(tidy) > self.most:
            raise ValueError(_("%(noun)s最多 %(most)d 个字", noun=self.noun, most=self.most))
        return tidy

    @property
    def value(self) -> str:
        """The text, empty when nothing was typed into an optional field."""
        return self.data or ""


class SearchField(TextField):
    """A box for words to look for; never required."""

    input_type = "search"

    def __init__(self, label: str, **kwargs: Any) -> None:
        super().__init__(label, **{"required": False, "most": 100, **kwargs})


class PasswordField(TextField):
    """A password: never trimmed, never shown again."""

    component = ("password-input", "govukPasswordInput")

    def parse(self, text: str) -> str:
        """Return it as typed, blanks included."""
        if len(text) > self.most or "\0" in text:
            raise ValueError(_("%(noun)s过长，或含有无法使用的字符", noun=self.noun))
        return text

    def shown(self) -> str:
        """Return nothing: a password does not travel back."""
        return ""

    def params(self, options: dict[str, Any]) -> dict[str, Any]:
        """Add the words of the button that shows it."""
        return super().params(options) | {
            "autocomplete": self.autocomplete or "current-password",
            "showPasswordText": _("显示"),
            "hidePasswordText": _("隐藏"),
            "showPasswordAriaLabelText": _("显示密码"),
            "hidePasswordAriaLabelText": _("隐藏密码"),
            "passwordShownAnnouncementText": _("密码已显示"),
            "passwordHiddenAnnouncementText": _("密码已隐藏"),
        }


class TextArea(TextField):
    """Several lines of text."""

    component = ("textarea", "govukTextarea")

    def __init__(self, label: str, *, most: int = 2000, rows: int = 5, **kwargs: Any) -> None:
        super().__init__(label, most=most, **kwargs)
        self.rows = rows

    def parse(self, text: str) -> str:
        """Return the text, line breaks kept, blanks around it dropped."""
        tidy = grammar.clean_text(text, self.noun, lines=True)
        if len(tidy) > self.most:
            raise ValueError(_("%(noun)s最多 %(most)d 个字", noun=self.noun, most=self.most))
        return tidy

    def params(self, options: dict[str, Any]) -> dict[str, Any]:
        """Add the height."""
        return super().params(options) | {"rows": str(self.rows), "classes": ""}


class YuanField(TypedField):
    """An amount typed in yuan; its value is integer fen. ``least`` and ``most`` are in fen."""

    input_mode = "decimal"

    def __init__(self, label: str, *, least: int = 1, most: int = money.MAX_FEN, **kwargs: Any) -> None:
        super().__init__(label, **{"suffix": _l("元"), "width": 10, **kwargs})
        self.least, self.most = least, most

    def parse(self, text: str) -> int:
        """Return fen."""
        fen = grammar.parse_yuan(text, self.noun)
        grammar.check_yuan(fen, self.noun, least=self.least, most=self.most)
        return fen

    def format(self, value: int) -> str:
        """Return the amount with grouping commas, without a sign of currency."""
        return formatting.typed_yuan(value)

    @property
    def value(self) -> int:
        """The amount in fen of a valid, required field."""
        return int(self.data)


class AreaField(TypedField):
    """An area in ㎡, exact to two decimals."""

    input_mode = "decimal"

    def __init__(self, label: str, *, most: Decimal = Decimal(10_000), **kwargs: Any) -> None:
        super().__init__(label, **{"suffix": "㎡", "width": 5, **kwargs})
        self.most = most

    def parse(self, text: str) -> Decimal:
        """Return square metres."""
        area = grammar.parse_area(text, self.noun)
        grammar.check_area(area, self.noun, most=self.most)
        return area

    @property
    def value(self) -> Decimal:
        """Square metres of a valid, required field."""
        return Decimal(self.data)


class DegreeField(TypedField):
    """A latitude or longitude in degrees, as a decimal; whether it may be is judged by the domain."""

    input_mode = "decimal"

    def __init__(self, label: str, **kwargs: Any) -> None:
        super().__init__(label, **{"suffix": "°", "width": 10, **kwargs})

    def parse(self, text: str) -> float:
        """Return degrees."""
        return grammar.parse_degrees(text, self.noun)


class IntegerField(TypedField):
    """A whole number between ``least`` and ``most``."""

    input_mode = "numeric"

    def __init__(self, label: str, *, least: int = 0, most: int = 1_000_000, **kwargs: Any) -> None:
        super().__init__(label, **{"width": 5, **kwargs})
        self.least, self.most = least, most

    def parse(self, text: str) -> int:
        """Return the number."""
        number = grammar.parse_integer(text, self.noun)
        grammar.check_integer(number, self.noun, least=self.least, most=self.most)
        return number

    @property
    def value(self) -> int:
        """The number of a valid, required field."""
        return int(self.data)


class DateField(TypedField):
    """A day in one box, in any usual way of writing; ``first`` and ``last`` bound it.

    Without them two centuries do: where the calendar itself ends, no span before or after can be reckoned.
    """

    def __init__(
        self, label: str, *, first: date = date(1900, 1, 1), last: date = date(2099, 12, 31), **kwargs: Any
    ) -> None:
        super().__init__(label, **{"width": 10, **kwargs})
        self.first, self.last = first, last

    def params(self, options: dict[str, Any]) -> dict[str, Any]:
        """Add today as the example: no other year than the one people live in."""
        example = _("例如 %(day)s", day=clock.today().isoformat())
        hint = _("%(hint)s。%(example)s", hint=self.hint, example=example) if self.hint else example
        return super().params({"hint": hint, **options})

    def parse(self, text: str) -> date:
        """Return the day."""
        day = grammar.parse_date(text, self.noun, example=clock.today())
        grammar.check_date(day, self.noun, first=self.first, last=self.last)
        return day

    @property
    def value(self) -> date:
        """The day of a valid, required field."""
        return cast(date, self.data)


class ChoiceField(TypedField):
    """One of several options; they may be set after the form is made: ``form.kind.choices = [...]``."""

    def __init__(self, label: str, *, choices: Iterable[Choice] = (), **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.choices = list(choices)

    def missing(self) -> str:
        """Return the sentence for nothing chosen."""
        return _("请选择%(noun)s", noun=self.noun)

    def parse(self, text: str) -> str:
        """Return the value; ``pre_validate`` judges whether it is on offer, when the options are known."""
        return text

    def pre_validate(self, form: Any) -> None:
        """Refuse what was not on offer."""
        super().pre_validate(form)
        offered = {choice.value for choice in self.choices}
        if not set(self.data if isinstance(self.data, list) else [self.data]) <= offered:
            raise StopValidation(_("请从列出的选项中选择%(noun)s", noun=self.noun))

    @property
    def value(self) -> str:
        """The chosen value, empty when nothing was chosen in an optional field."""
        return self.data or ""


class SelectField(ChoiceField):
    """Options in a drop-down; ``blank`` is the text of the first, empty one (None: no such line)."""

    component = ("select", "govukSelect")

    def __init__(self, label: str, *, blank: str | None = _l("请选择"), **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.blank = blank

    def params(self, options: dict[str, Any]) -> dict[str, Any]:
        """Add the options."""
        items = [{"value": choice.value, "text": choice.label} for choice in self.choices]
        if self.blank is not None:
            items.insert(0, {"value": "", "text": self.blank})
        return super().params(options) | {"items": items, "classes": ""}


class RadiosField(ChoiceField):
    """Options one below the other, each with an optional hint. ``inline`` sets them side by side."""

    component = ("radios", "govukRadios")
    block: ClassVar[str] = "govuk-radios"

    def __init__(self, label: str, *, inline: bool = False, small: bool = False, **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.modifiers = [name for name, wanted in (("inline", inline), ("small", small)) if wanted]

    def params(self, options: dict[str, Any]) -> dict[str, Any]:
        """Turn the label into the legend of a group, and add the options."""
        params = super().params(options)
        label = params.pop("label")
        classes = "govuk-fieldset__legend--l" if label["isPageHeading"] else options.get("label_classes", "")
        items = [
            {"value": choice.value, "text": choice.label}
            | ({"hint": {"text": choice.hint}} if choice.hint else {})
            | ({"attributes": {"data-fen": str(choice.fen)}} if choice.fen is not None else {})
            for choice in self.choices
        ]
        return params | {
            "idPrefix": self.id,
            "items": items,
            "classes": " ".join(f"{self.block}--{name}" for name in self.modifiers),
            "fieldset": {
                "legend": {"text": label["text"], "isPageHeading": label["isPageHeading"], "classes": classes}
            },
        }


class CheckboxesField(RadiosField):
    """Any number of the options; its value is the list of those ticked."""

    component = ("checkboxes", "govukCheckboxes")
    block = "govuk-checkboxes"

    def __init__(self, label: str, *, unticked: str = "", **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.unticked = unticked

    def missing(self) -> str:
        """Return the sentence for no box ticked, in words of the field's own where it has some."""
        return self.unticked or super().missing()

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Take all ticked boxes."""
        self.data = [str(value) for value in valuelist]

    def params(self, options: dict[str, Any]) -> dict[str, Any]:
        """Tick again what was ticked."""
        params = super().params(options)
        del params["value"]
        return params | {"values": list(self.data or [])}

    @property
    def values(self) -> list[str]:
        """The values ticked, none or more."""
        return list(self.data or [])


class ConfirmField(CheckboxesField):
    """A single box that must be ticked: ``label`` is the sentence, ``missing`` the answer if not."""

    def __init__(
        self,
        label: str,
        *,
        legend: str = _l("请确认"),
        missing: str = _l("请勾选确认后再继续"),
        **kwargs: Any,
    ) -> None:
        super().__init__(legend, choices=[Choice("yes", label)], unticked=missing, **kwargs)


class FileField(TypedField):
    """A file to be sent; ``accept`` tells the browser which types to offer, the domain judges what came.

    A page that is shown again cannot hold the file: browsers never give one back, so its message says so.
    """

    component = ("file-upload", "govukFileUpload")
    sends_file = True

    def __init__(self, label: str, *, accept: str, **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.accept = accept

    def missing(self) -> str:
        """Return the sentence for no file chosen."""
        return _("请选择%(noun)s", noun=self.noun)

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Take the file; an empty box sends one without a name."""
        sent = [one for one in valuelist if isinstance(one, FileStorage) and one.filename]
        self.data = sent[0] if sent else None

    def shown(self) -> str:
        """Return nothing: a file does not travel back."""
        return ""

    def params(self, options: dict[str, Any]) -> dict[str, Any]:
        """Add the types that the browser offers."""
        params = super().params(options)
        for name in ("value", "type", "inputmode", "autocomplete", "spellcheck", "classes"):
            del params[name]
        return params | {"attributes": {"accept": self.accept}}

    @property
    def stream(self) -> BinaryIO:
        """The content of a valid, required field."""
        return cast(BinaryIO, self.data.stream)

    @property
    def filename(self) -> str:
        """What its sender called it."""
        return str(self.data.filename)


class FilesField(FileField):
    """Several files chosen at once, none or more."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Take the files; an empty box sends one without a name."""
        self.data = [one for one in valuelist if isinstance(one, FileStorage) and one.filename]

    def params(self, options: dict[str, Any]) -> dict[str, Any]:
        """Let the browser offer more than one."""
        params = super().params(options)
        return params | {"attributes": {**params["attributes"], "multiple": "multiple"}}

    @property
    def files(self) -> list[tuple[str, BinaryIO]]:
        """What each sender called it, with its content."""
        return [(str(one.filename), cast(BinaryIO, one.stream)) for one in self.data or []]
