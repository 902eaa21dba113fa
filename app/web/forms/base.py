"""What every form and field shares: the door to WTForms and Flask-WTF, half typed libraries.

A field knows its noun; the sentences it answers bad input with come from ``grammar``. What a person typed is
shown again as typed. ``.value`` is the typed result of a required field, ``.data`` that of an optional one
(maybe None).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, cast
from uuid import UUID, uuid4

from flask import current_app, request
from flask_wtf import FlaskForm
from markupsafe import Markup
from werkzeug.datastructures import CombinedMultiDict
from wtforms import Field, HiddenField
from wtforms.csrf.core import CSRFTokenField
from wtforms.validators import StopValidation

from app.core.errors import DomainError
from app.web.forms import grammar
from app.web.language import gettext as _
from app.web.messages import message_of

Check = Callable[[Any], None]
"""A further rule for one field: gets the parsed value, raises ValueError with the sentence for the reader."""


@dataclass(frozen=True)
class Choice:
    """One option of radios, checkboxes or a select."""

    value: str
    label: str
    hint: str = ""
    fen: int | None = None
    """What ticking it adds to the running total beside the options."""
    alone: bool = False
    """Whether it is ticked by itself only, after a look: no button ticks it with the others."""


def _macro(component: str, name: str, params: dict[str, Any]) -> Markup:
    """Render a GOV.UK macro; it lives in the template package that ``web.pages`` registers."""
    template = current_app.jinja_env.get_template(f"govuk_frontend_jinja/components/{component}/macro.html")
    return cast(Markup, getattr(template.module, name)(params))


class TypedField(Field):
    """What all visible fields share: required or not, one message at a time, rendered by a GOV.UK macro.

    ``noun`` is what messages call it (the label by default); ``checks`` are further rules; ``width`` counts
    characters.
    """

    component: ClassVar[tuple[str, str]] = ("input", "govukInput")
    sends_file: ClassVar[bool] = False
    input_mode: ClassVar[str | None] = None
    input_type: ClassVar[str] = "text"

    def __init__(
        self,
        label: str,
        *,
        noun: str | None = None,
        hint: str = "",
        required: bool = True,
        checks: Sequence[Check] = (),
        width: int | None = None,
        autocomplete: str | None = None,
        prefix: str = "",
        suffix: str = "",
        **kwargs: Any,
    ) -> None:
        super().__init__(label, **kwargs)
        self.noun = label if noun is None else noun
        self.hint = hint
        self.required = required
        self.checks = checks
        self.width = width
        self.autocomplete = autocomplete
        self.affixes = {"prefix": prefix, "suffix": suffix}

    # --- input ---

    def parse(self, text: str) -> Any:
        """Return the typed value of a non-empty text. Raises ValueError with the sentence for the reader."""
        raise NotImplementedError

    def missing(self) -> str:
        """Return the sentence for a required field left empty."""
        return _("请输入%(noun)s", noun=self.noun)

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Parse what was posted; called by WTForms, which turns ValueError into the field's message."""
        self.data = None
        typed = str(valuelist[0]) if valuelist else ""
        if typed.strip():
            self.data = self.parse(typed)
            for check in self.checks:
                check(self.data)

    def pre_validate(self, form: Any) -> None:  # noqa: ARG002  # WTForms calls it so
        """One message a field: none after a parsing error, and no further rule on an empty field."""
        if self.process_errors:
            raise StopValidation
        if self.data is None or self.data == []:
            raise StopValidation(self.missing() if self.required else "")

    # --- output ---

    def shown(self) -> str:
        """Return what stands in the box: what was typed, else the stored value in its usual shape."""
        if self.raw_data:
            return grammar.visible(str(self.raw_data[0]))
        return "" if self.data is None else self.format(self.data)

    def format(self, value: Any) -> str:
        """Return a stored value as a person would type it."""
        return str(value)

    def params(self, options: dict[str, Any]) -> dict[str, Any]:
        """Return the macro's parameters; subclasses add theirs."""
        params: dict[str, Any] = {
            "id": self.id,
            "name": self.name,
            "type": self.input_type,
            "value": self.shown(),
            "label": {
                "text": self.label.text,
                "isPageHeading": options.get("heading", False),
                "classes": "govuk-label--l" if options.get("heading") else options.get("label_classes", ""),
            },
            "inputmode": self.input_mode,
            "autocomplete": self.autocomplete,
            "spellcheck": False,
            "classes": f"govuk-input--width-{self.width}" if self.width else "",
        }
        for name, text in self.affixes.items():
            if text:
                params[name] = {"text": text}
        if hint := options.get("hint", self.hint):
            params["hint"] = {"text": hint}
        if self.errors:
            params["errorMessage"] = {"text": self.errors[0], "visuallyHiddenText": _("错误")}
        return params

    def __call__(self, **options: Any) -> Markup:
        """Render with label, hint and message.

        Options: ``heading`` (the label is the page's h1), ``hint``, ``label_classes``.
        """
        return _macro(*self.component, self.params(options))


class CarriedField(HiddenField):
    """A value the page carries back unseen, such as the total that was shown; at most 200 characters."""

    @property
    def value(self) -> str:
        """The text carried back, empty when it was lost."""
        text = str(self.data or "")
        return text if len(text) <= 200 and text.isprintable() else ""


class RequestIdField(HiddenField):
    """The form's own id: the edge carries it out once, however often its button is pressed."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Keep the id through error pages; anything that is no UUID is replaced by a fresh one."""
        try:
            self.data = str(UUID(str(valuelist[0])))
        except (IndexError, ValueError):
            self.data = str(uuid4())

    def _value(self) -> str:
        """Return what the hidden input holds; called by the WTForms widget.

        Before it is sent, every rendering has an id of its own: a page may hold one form many times, a button
        a row, and pressing the second is no repeat of the first.
        """
        return str(self.data) if self.raw_data is not None else str(uuid4())


class AnyForm(FlaskForm):
    """What posted and query forms share: messages at fields, and their list for the error summary."""

    def apply(self, error: DomainError) -> None:
        """Put a refusal of the domain at the field it names (same name as here), else above the form."""
        field = self._fields.get(error.field or "")
        if isinstance(field, TypedField):
            field.errors = [*field.errors, message_of(error)]
        else:
            self.form_errors.append(message_of(error))

    def hidden_tag(self) -> Markup:
        """Return the hidden inputs, without ids: several forms may stand on one page."""
        hidden = [field(id=False) for field in self if isinstance(field, HiddenField)]
        return Markup("\n").join(hidden)

    @property
    def visible(self) -> list[TypedField]:
        """The fields that a person fills in, in their order."""
        return [field for field in self if isinstance(field, TypedField)]

    @property
    def sends_files(self) -> bool:
        """Whether a file may come with it; the browser has to be told."""
        return any(field.sends_file for field in self.visible)

    @property
    def error_list(self) -> list[dict[str, str]]:
        """The messages in the page's order, each with the address of its field: for the error summary."""
        listed = [{"text": str(text)} for text in self.form_errors]
        for field in self._fields.values():
            link = {"href": f"#{field.id}"} if isinstance(field, TypedField) else {}
            listed.extend({"text": str(text), **link} for text in field.errors)
        return listed


class _LateTokenField(CSRFTokenField):
    """The token against forgery, made where a form is shown: one that is sent needs none of its own."""

    def process(self, *given: Any, **named: Any) -> None:
        """Read what was sent, as any hidden field does."""
        HiddenField.process(self, *given, **named)

    def _value(self) -> str:
        return str(self.csrf_impl.generate_csrf_token(self))


class _LateTokens(FlaskForm.Meta.csrf_class):
    field_class = _LateTokenField


class Form(AnyForm):
    """A form that is posted: protected against forgery, carried out once, nothing typed is ever lost."""

    request_id = RequestIdField()

    class Meta(FlaskForm.Meta):
        """How it reads what was posted."""

        csrf_class = _LateTokens

        def wrap_formdata(self, form: Any, formdata: Any) -> Any:  # noqa: ARG002  # WTForms calls it so
            """Return what was posted, also when that is nothing at all: defaults never pass for input."""
            if request.method in {"POST", "PUT", "PATCH", "DELETE"}:
                return CombinedMultiDict([request.files, request.form])
            return None

    def accept(self) -> bool:
        """Return True when the form was sent and holds up; otherwise the page is shown with messages."""
        return bool(self.validate_on_submit())


class QueryForm(AnyForm):
    """A form of a GET page, such as filters: reads the address, needs neither token nor request id."""

    class Meta(FlaskForm.Meta):
        """Reads the query string."""

        csrf = False

        def wrap_formdata(self, form: Any, formdata: Any) -> Any:  # noqa: ARG002  # WTForms calls it so
            """Return the query string, or None for a bare address, which shows the defaults."""
            return request.args or None

    def accept(self) -> bool:
        """Return True when the address holds nothing wrong; a bare address is right."""
        return not request.args or bool(self.validate())
