"""The templates' surroundings, leaner: what each import in a template and each sentence of a page costs."""

from collections import ChainMap
from collections.abc import Callable, KeysView, MutableMapping
from types import CodeType, FunctionType
from typing import Any, Final

import markupsafe
from flask import Flask
from flask.templating import Environment
from jinja2 import Template, pass_eval_context
from jinja2.nodes import EvalContext
from jinja2.runtime import Context, Macro
from markupsafe import Markup

from app.web.language import catalogue


class Globals(ChainMap[str, Any]):
    """The names that every template knows, and above them those of one template."""

    def keys(self) -> KeysView[str]:
        """Return the names, gathered at one go.

        Each import in a template compares them, fifty times a page; a ChainMap would look each up by itself.
        """
        gathered: dict[str, Any] = {}
        for names in self.maps:
            gathered.update(names)
        return gathered.keys()


_OF_EACH_DICT: Final = frozenset(dir(dict))


class PageContext(Context):
    """Jinja's, which calls a macro or a function without asking four times what it wants to be given."""

    def call(__self, __obj: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:  # noqa: N805  # Jinja names them so
        """Return what a template calls, as Jinja does."""
        if type(__obj) is Macro:
            args = (__self.eval_ctx, *args)
        elif type(__obj) is not FunctionType or hasattr(__obj, "jinja_pass_arg"):
            return super().call(__obj, *args, **kwargs)
        kwargs.pop("_block_vars", None)
        kwargs.pop("_loop_vars", None)
        return __obj(*args, **kwargs)


def _escape(value: Any) -> Markup:
    """Return a value as it stands in HTML; what already does, itself: three in five of those of a page."""
    return value if type(value) is Markup else markupsafe.escape(value)


class PageTemplate(Template):
    """Jinja's, which escapes nothing that is escaped."""

    @classmethod
    def from_code(
        cls,
        environment: Any,
        code: CodeType,
        globals: MutableMapping[str, Any],  # noqa: A002  # Jinja's own name
        uptodate: Callable[[], bool] | None = None,
    ) -> Template:
        """Return a template of compiled code, whose blocks and macros all share the names of its root."""
        made = super().from_code(environment, code, globals, uptodate)
        made.root_render_func.__globals__["escape"] = _escape
        return made


class PageEnvironment(Environment):
    """Flask's, with names that are quick to compare and to look up."""

    context_class = PageContext
    template_class = PageTemplate

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """Return the names of a template: Jinja's own answer in another class."""
        return Globals({} if d is None else d, self.globals)

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Return what a template means by ``obj.attribute``, as Jinja does.

        Nearly always it is a dict's entry, which Jinja takes for an attribute first, and catches the error.
        """
        if type(obj) is not dict or attribute in _OF_EACH_DICT:
            return super().getattr(obj, attribute)
        try:
            return obj[attribute]
        except KeyError:
            return self.undefined(obj=obj, name=attribute)


@pass_eval_context
def _sentence(surroundings: EvalContext, text: str, /, **values: object) -> str:
    """Return a template's text in the reader's language, ``%(name)s`` filled and ``%%`` a percent sign.

    As Jinja's own extension does, which calls three functions of its for each.
    """
    told = catalogue().ugettext(text)
    said = Markup(told) if surroundings.autoescape else told  # noqa: S704  # our own sentence, the values are escaped
    return said % values if "%" in told else said


def register(app: Flask) -> None:
    """Give templates their ``_``."""
    app.jinja_env.globals["_"] = _sentence
