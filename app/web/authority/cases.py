"""What the pages share where officers and checkers take a case from step to step.

Kinds of cases differ in their words, in what a step asks for and in the verb of the service. Addresses,
access, the answer to a conflict and the way on are the same for all, and stand here once.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Generic, Protocol, TypeVar

from flask import url_for
from flask.typing import ResponseReturnValue

from app.approvals.queries import find_latest, mark_of
from app.core.actor import Role
from app.extensions import db
from app.web.access import actor, roles
from app.web.acting import do_or_ask_again
from app.web.authority import bp
from app.web.authority.too_late import Decision, find_decision, not_now, too_late
from app.web.files import takes_files
from app.web.forms.authority import DecidingForm
from app.web.forms.base import Form


class _Kept(Protocol):
    """A row of ours."""

    @property
    def id(self) -> int: ...


Case = TypeVar("Case", bound=_Kept)
Given = TypeVar("Given", bound=Form)


class Answer(StrEnum):
    """What a checker says of a proposal."""

    APPROVE = "approve"
    RETURN = "return"


@dataclass(frozen=True)
class Step:
    """What the page of one step says and asks for."""

    title: Any
    button: Any
    after: Any
    """What follows, in a sentence above the button."""
    done: Any
    """What is said once it is done."""
    form: type[Form] = Form
    warning: bool = False


def _plain(_found: object, step: Step) -> Form:
    return step.form()


@dataclass(frozen=True)
class CaseDesk(Generic[Case]):
    """The pages of one kind of case: ``authority.NOUN`` shows it, ``authority.STEP_NOUN`` asks for a step."""

    noun: str
    path: str
    steps: Mapping[Any, Step]
    """In the order in which the page of a case offers them."""
    get: Callable[[str], Case]
    """Returns the case of a reference as whoever asks may see it. Raises NotFound."""
    page: Callable[[Case, Any, Form], str]
    """Draws the page of a step."""
    may: Callable[[Case, Any], bool]
    """Tells whether whoever asks may take a step now."""
    form: Callable[[Case, Step], Form] = _plain
    """Returns the form of a step, where it depends on the case."""
    kind: str = ""
    """Of the approval that a checker's steps decide."""
    mark: Callable[[Case], str] | None = None
    """Returns the mark of what they decide, where that is no approval."""
    decision: Callable[[Case], Decision | None] | None = None
    """Returns what was decided, where that is no approval."""

    def marked(self, ref: str, form: Form) -> Case:
        """Return a case to be drawn, and put the mark of what is asked about it into the form that decides.

        It is read after its mark: what changes between the two is refused, and not decided unseen.
        """
        if isinstance(form, DecidingForm):
            session, found = db.session(), self.get(ref)
            if self.mark:
                form.seen.data = self.mark(found)
            else:
                asked = find_latest(session, actor=actor(), kind=self.kind, subject_id=found.id)
                form.seen.data = mark_of(asked)
            session.expire_all()
        return self.get(ref)

    def closed(self, found: Case, name: StrEnum, ref: str, *, is_checkers: bool) -> ResponseReturnValue:
        """Return the page of a step that whoever asks may not take now.

        Of a checker's step it tells what was decided; else that it is not open, and leads to the case.
        """
        title, back = self.steps[name].title, url_for(f"authority.{self.noun}", ref=ref)
        made = self._decided(found) if is_checkers else None
        return too_late(title, made, back) if made else not_now(title, back)

    def _again(self, ref: str, name: StrEnum, form: Form, *, is_checkers: bool) -> str:
        """Return the page of a step that was refused; where a colleague had decided, what they decided."""
        found = self.get(ref)
        made = self._decided(found) if is_checkers and not self.may(found, name) else None
        if made:
            return too_late(self.steps[name].title, made, url_for(f"authority.{self.noun}", ref=ref))[0]
        return self.page(self.marked(ref, form), name, form)

    def _decided(self, found: Case) -> Decision | None:
        return self.decision(found) if self.decision else find_decision(self.kind, found.id)

    def step(
        self, name: StrEnum, *who: Role, when: str = "", most: int = 0
    ) -> Callable[[Callable[[Case, Given], object]], Callable[[Case, Given], object]]:
        """Give a step its two addresses: the page that asks for it, and the one that takes the form.

        The function does it, its docstring says what it does in the table of permissions. ``when``: what else
        must hold, for that table. ``most``: how many bytes of files the form may send.
        """

        def mark(act: Callable[[Case, Given], object]) -> Callable[[Case, Given], object]:
            def ask(ref: str) -> ResponseReturnValue:
                found = self.get(ref)
                if not self.may(found, name):
                    return self.closed(found, name, ref, is_checkers=Role.CHECKER in who)
                form = self.form(found, self.steps[name])
                return self.page(self.marked(ref, form), name, form)

            def take(ref: str) -> ResponseReturnValue:
                found = self.get(ref)
                form: Any = self.form(found, self.steps[name])
                return do_or_ask_again(
                    form,
                    lambda: act(found, form),
                    again=lambda: self._again(ref, name, form, is_checkers=Role.CHECKER in who),
                    done=str(self.steps[name].done),
                    to=url_for(f"authority.{self.noun}", ref=ref),
                )

            take.__doc__ = act.__doc__
            path, endpoint = f"{self.path}/<ref>/{name.replace('_', '-')}", f"{name}_{self.noun}"
            bp.get(path, endpoint=endpoint)(roles(*who)(ask))
            bp.post(path, endpoint=f"{endpoint}_post")(roles(*who, when=when)(take))
            if most:
                takes_files(most=most)(take)
            return act

        return mark

    def offered(
        self, ref: str, may: Callable[[Any], bool], *, titles: Mapping[Any, Any] = MappingProxyType({})
    ) -> list[tuple[Any, str, bool]]:
        """Return the steps that ``may`` lets through: title, address, and whether it warns.

        ``titles``: what steps are called that are not called the same of every case.
        """
        return [
            (titles.get(name, step.title), url_for(f"authority.{name}_{self.noun}", ref=ref), step.warning)
            for name, step in self.steps.items()
            if may(name)
        ]
