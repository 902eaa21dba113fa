"""What is written as the registry's file is read back as the same contracts, whatever they hold."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from app.sales import reader, writer
from app.sales.reader import Contract
from app.sales.rules import FIRST_DAY, FIT_OUTS, PAYMENTS

TODAY = date(2016, 6, 1)

names = st.text(
    st.characters(exclude_categories=["Cc", "Cf", "Cs", "Zl", "Zp", "Cn", "Co"]), min_size=1, max_size=12
).map(lambda text: reader.fold(text)[:60]).filter(bool)  # fmt: skip
contracts = st.builds(
    Contract,
    line=st.just(0),
    contract_number=names,
    development=names,
    building=names,
    unit=st.integers(1, 20).map(str),
    room=st.integers(101, 3302).map(str),
    signed_on=st.dates(FIRST_DAY, TODAY),
    price_fen=st.integers(1, 10**12),
    payment=st.sampled_from([None, *PAYMENTS]),
    fit_out=st.sampled_from([None, *FIT_OUTS]),
    is_bulk=st.booleans(),
    is_staff=st.booleans(),
    is_cancelled=st.booleans(),
    by_voucher=st.booleans(),
)


@given(st.lists(contracts, min_size=1, max_size=5, unique_by=lambda one: one.contract_number))
def test_what_is_written_is_read_back(written: list[Contract]) -> None:
    content = writer.as_file(written)
    found = reader.read(content, today=TODAY)
    assert [writer.cells_of(one) for one in found] == [writer.cells_of(one) for one in written]
    assert [one.line for one in found] == list(range(2, len(written) + 2))
    assert writer.as_file(found) == content
