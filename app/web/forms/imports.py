"""Forms of imports: the file, its columns, the order to apply it."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final, cast

from flask import request

from app.core.errors import DomainError
from app.imports import heads, layouts
from app.imports.cells import letter
from app.imports.columns import Table
from app.imports.heads import Head, Sample
from app.imports.layouts import Layout
from app.imports.places import LONGEST_BUILDING
from app.imports.plan import DEFAULT_TOLERANCE_FEN, Plan
from app.web.forms.base import CarriedField, Choice, Form
from app.web.forms.fields import (
    CheckboxesField,
    DateField,
    FileField,
    IntegerField,
    SelectField,
    TextArea,
    TextField,
    YuanField,
)
from app.web.imports import column_choices
from app.web.language import gettext as _
from app.web.language import lazy_gettext as _l

MOST_TOLERANCE_FEN: Final = 1_000_000
_SHOWN: Final = 3
"""Values shown below a column's head."""


class ImportFileForm(Form):
    """A file to be imported."""

    file = FileField(
        _l("销控表文件"),
        accept=".xlsx,.xls,.csv,.txt",
        hint=_l("Excel（.xlsx、.xls）或 CSV，不超过 30 MB、20 万行"),
    )


class FilingsFileForm(ImportFileForm):
    """A bureau's file of filed prices."""

    file = FileField(
        _l("备案价表格"),
        accept=".xlsx,.xls,.csv,.txt",
        hint=_l("Excel（.xlsx、.xls）或 CSV，不超过 30 MB、20 万行"),
    )


class SalesTableForm(ImportFileForm):
    """A registry's file of contracts."""

    file = FileField(
        _l("网签合同表格"),
        accept=".xlsx,.xls,.csv,.txt",
        hint=_l("Excel（.xlsx、.xls）或 CSV，不超过 30 MB、2 万份合同"),
    )


class LinesFileForm(ImportFileForm):
    """An office's file of agreements' lines."""

    file = FileField(
        _l("补偿明细表格"),
        accept=".xlsx,.xls,.csv,.txt",
        hint=_l("Excel（.xlsx、.xls）或 CSV，每份协议一行，不超过 30 MB"),
    )


class AgreementsFileForm(ImportFileForm):
    """An office's file of signed agreements."""

    file = FileField(
        _l("补偿协议表格"),
        accept=".xlsx,.xls,.csv,.txt",
        hint=_l("Excel（.xlsx、.xls）或 CSV，每份协议一行，不超过 30 MB"),
    )


class OrderForm(Form):
    """The order to apply what the preview showed."""

    leave_out = CheckboxesField(
        _l("有问题的行"),
        choices=[Choice("yes", _l("先不导入有问题的行，只导入其他行"))],
        required=False,
    )


class ApplyForm(OrderForm):
    """The order to apply a developer's own prices, which change for a reason."""

    reason = TextArea(
        _l("调价原因"), most=300, rows=2, hint=_l("会和每一个改动的价格一起留档，监管部门可以看到")
    )


class DiscardForm(Form):
    """Only a button: the file is dropped."""


class ColumnField(SelectField):
    """What a column is; one that only just came onto the page keeps its guess."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Take what was picked."""
        if valuelist:
            super().process_formdata(valuelist)
        else:
            self.data = self.default


class PlanForm(Form):
    """How a file is read; the sheets and columns are added for each file."""

    seen_heads = CarriedField()
    sheets = CheckboxesField(_l("导入哪些工作表"), noun=_l("要导入的工作表"))
    tolerance = YuanField(
        _l("总价和“单价乘面积”最多差多少"),
        least=0,
        most=MOST_TOLERANCE_FEN,
        hint=_l("只在单价和总价两列都选了时才用。单价四舍五入造成的差别已经另外算在内"),
    )


_ONCE: Final = {
    "homes": ("filing_number",),
    "filings": ("development", "filing_number", "filed_on"),
    "sales": ("development",),
    "lines": (),
    "agreements": (),
}
"""What may be given once for a whole file, where no column says it."""
_MISSING: Final = {
    "development": "import_needs_development",
    "filing_number": "filing_number_missing",
    "filed_on": "filed_on_missing",
}


class PlanPage:
    """The form for one file: which head each sheet has decides which columns are asked for."""

    def __init__(
        self,
        samples: Sequence[Sample],
        plan: Plan | None,
        rows: Mapping[int, int | None],
        table: Table,
        file_name: str,
    ) -> None:
        self.samples, self.table, self.once = samples, table, _ONCE[table.name]
        self._plan, self._file_name = plan, file_name
        self._refusal: DomainError | None = None
        try:
            self.found = layouts.find_heads(samples, table, rows)
        except DomainError as refusal:
            self._refusal, self.found = refusal, layouts.find_heads(samples, table, {})
        self.layouts: list[Layout] = []
        self.form = PlanForm()

    def build(self, remembered: Mapping[str, dict[int, str]], developments: Sequence[Choice] = ()) -> None:
        """Make the form, once it is known what was chosen last time under these heads.

        ``developments`` are those that a bureau's file may be about.
        """
        self.layouts = layouts.group(self.found, self.table, remembered)
        buildings = layouts.proposed_buildings(self.samples, self.layouts)
        fields: dict[str, Any] = {}
        for index, sample in self.visible:
            head = self.found.get(index)
            fields[f"head_{index}"] = IntegerField(
                _("“%(sheet)s”的表头在第几行", sheet=sample.name) if sample.name else _("表头在第几行"),
                noun=_("表头的行号"),
                least=1,
                most=1_048_576,
                required=False,
                default=head.row if head else None,
            )
            fields[f"building_{index}"] = TextField(
                _("“%(sheet)s”是哪一栋", sheet=sample.name) if sample.name else _("这张表是哪一栋"),
                most=LONGEST_BUILDING,
                width=10,
                required=False,
                default=buildings.get(index),
                hint=_("表里没有楼栋这一列时填写，例如：3幢"),
            )
        for layout in self.layouts:
            fields |= self._column_fields(layout)
        fields |= {name: _once_field(name, developments) for name in self.once}
        made = type("FilePlanForm", (PlanForm,), fields)
        defaults = {
            "tolerance": self._plan.tolerance_fen if self._plan else DEFAULT_TOLERANCE_FEN,
            "sheets": self._chosen(),
            **self._given(developments),
        }
        self.form = cast(PlanForm, made(**defaults))
        self.form.sheets.choices = [
            Choice(str(index), sample.name or _("表格")) for index, sample in self.visible
        ]

    @property
    def visible(self) -> list[tuple[int, Sample]]:
        """The sheets that people see in their spreadsheet."""
        return [(index, sample) for index, sample in enumerate(self.samples) if not sample.hidden]

    @property
    def heads_now(self) -> str:
        """The heads as a short text: the page carries it to notice when they were corrected."""
        return heads.digest(self.found)

    def _given(self, developments: Sequence[Choice]) -> dict[str, Any]:
        """Return what was given once for the file before, else the development that its titles name."""
        if self._plan:
            day = self._plan.filed_on
            return {
                "filing_number": self._plan.filing_number or None,
                "filed_on": date.fromisoformat(day) if day else None,
                "development": self._plan.development or None,
            }
        titles = [self._file_name, *(sample.name for _index, sample in self.visible)]
        for index, head in self.found.items():
            titles += [
                text for number, texts in self.samples[index].rows if number < head.row for text in texts
            ]
        named = [
            choice.value
            for choice in developments
            if any(str(choice.label).partition("（")[0] in title for title in titles)
        ]
        return {"development": named[0]} if len(named) == 1 and not self._has_column("development") else {}

    def _has_column(self, key: str) -> bool:
        return bool(self.layouts) and all(key in layout.columns.values() for layout in self.layouts)

    def _chosen(self) -> list[str]:
        if self._plan:
            return [str(sheet.index) for sheet in self._plan.sheets]
        return [str(index) for index in self.found]

    def _column_fields(self, layout: Layout) -> dict[str, Any]:
        sample = self.samples[layout.sheets[0]]
        fields = {}
        for position, text in enumerate(layout.head.texts):
            examples = self._examples(sample, layout.head, position)
            if not text and not examples:
                continue
            fields[f"column_{layout.key}_{position}"] = ColumnField(
                _("%(letter)s列：%(head)s", letter=letter(position), head=text or _("没有表头")),
                noun=_("这一列是什么"),
                required=False,
                blank=_("不导入这一列"),
                choices=[Choice(choice, name) for choice, name in column_choices(self.table)],
                default=layout.columns.get(position),
                hint=_("例如：%(examples)s", examples="、".join(examples)) if examples else "",
            )
        return fields

    @staticmethod
    def _examples(sample: Sample, head: Head, position: int) -> list[str]:
        below = (texts for number, texts in sample.rows if number > head.row)
        found = (texts[position] for texts in below if position < len(texts) and texts[position])
        cells = (text[:16] for text in found if text not in head.levels[position])
        return list(dict.fromkeys(cells))[:_SHOWN]

    def names_of(self, layout: Layout) -> str:
        """Return the names of a layout's sheets."""
        return "、".join(self.samples[index].name for index in layout.sheets)

    def needs_building(self, index: int) -> bool:
        """Tell whether rows are about homes, and no column of a sheet says which building it is."""
        if "building" not in self.table.choices:
            return False
        mine = [layout for layout in self.layouts if index in layout.sheets]
        return not any("building" in self.columns_of(layout).values() for layout in mine)

    def columns_of(self, layout: Layout) -> dict[int, str]:
        """Return what was picked for the columns of a layout."""
        picked = {
            position: self.form[f"column_{layout.key}_{position}"].data
            for position in range(len(layout.head.texts))
            if f"column_{layout.key}_{position}" in self.form
        }
        return {position: choice for position, choice in picked.items() if choice}

    def plan(self) -> tuple[Plan, list[Head]]:
        """Return the plan and the head of each of its sheets.

        Raises DomainError at the field that is wrong, and when heads were corrected: then the page shows new
        columns, which nobody has seen yet.
        """
        if self._refusal:
            raise self._refusal
        if self.form.seen_heads.value != self.heads_now:
            raise DomainError("import_heads_moved")
        chosen = {int(value) for value in self.form.sheets.values}
        used = {index: head for index, head in self.found.items() if index in chosen}
        if not used:
            raise DomainError("import_needs_sheet", "sheets")
        columns = {}
        for layout in self.layouts:
            if chosen & set(layout.sheets):
                picked = self.columns_of(layout)
                layouts.check_columns(picked, self.table, key=layout.key)
                columns[layout.head.signature] = picked
        buildings = {index: self.form[f"building_{index}"].data or "" for index in used}
        plan = layouts.make_plan(
            self.samples,
            used,
            columns,
            table=self.table,
            buildings=buildings,
            tolerance_fen=self.form.tolerance.value,
            **self._typed_once(columns),
        )
        return plan, list(used.values())

    def _typed_once(self, columns: Mapping[str, dict[int, str]]) -> dict[str, str]:
        """Return what was typed once for the file. Raises DomainError where no column says it either."""
        typed = {name: str(self.form[name].data or "") for name in self.once}
        if self.table.name == "homes":
            return typed
        for name, text in typed.items():
            if not text and any(name not in picked.values() for picked in columns.values()):
                raise DomainError(_MISSING[name], name)
        return typed


def _once_field(name: str, developments: Sequence[Choice]) -> Any:
    if name == "development":
        return SelectField(
            _l("哪个楼盘"),
            required=False,
            blank=_l("表里有楼盘这一列"),
            choices=developments,
            hint=_l("表里没有楼盘这一列时选择，用于每一行"),
        )
    if name == "filed_on":
        return DateField(
            _l("备案日期"),
            required=False,
            hint=_l("表里没有备案日期这一列时填写，用于每一个备案价；有这一列就空着"),
        )
    return TextField(
        _l("备案编号"),
        most=60,
        required=False,
        hint=_l("表里没有备案编号这一列时填写，用于每一个备案价；有这一列就空着"),
    )


def typed_heads(samples: Sequence[Sample], plan: Plan | None) -> dict[int, int | None]:
    """Return the rows of the heads as they were typed, else as they were planned before."""
    if request.method != "POST":
        return {sheet.index: sheet.head_row for sheet in plan.sheets} if plan else {}
    typed = {index: request.form.get(f"head_{index}", "") for index in range(len(samples))}
    return {index: int(text) for index, text in typed.items() if text.isdecimal() and len(text) < 8}
