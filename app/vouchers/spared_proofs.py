"""Of which bonus an ending takes back, as a part of the queries that prove it."""

_SPARED = """
    (SELECT coalesce(sum(one.fen), 0)
     FROM vouchers paying JOIN policy_versions of_it ON of_it.id = paying.policy_version_id
     CROSS JOIN LATERAL (
         SELECT key AS path, value::bigint AS fen FROM jsonb_each_text(EACH)
         UNION ALL SELECT 'bonus[0]', a.bonus_fen WHERE ALONE) AS one
     WHERE paying.id = a.voucher_id
       AND CASE jsonb_typeof(of_it.body -> 'bonus')
           WHEN 'array' THEN of_it.body -> 'bonus' -> substring(one.path FROM '[0-9]+')::int
           ELSE of_it.body -> 'bonus' END ->> 'claw_back' = 'never')
"""
_PRICED = _SPARED.replace("EACH", "a.bonuses").replace("ALONE", "a.bonuses || a.cash_bonuses = '{}'")
_IN_CASH = _SPARED.replace("EACH", "a.cash_bonuses").replace("ALONE", "false")


def taken_of_priced(back: str) -> str:
    """Return what computes of how much of what an allocation a gave towards a price an ending takes back.

    ``back`` is SQL, too: what of it went back, in fen. That is of what the policy does not spare first.
    """
    return f"greatest(0, a.bonus_fen - {_PRICED} - {back})"


def taken_of_cash(back: str) -> str:
    """Return the same of what its household is paid in cash."""
    return f"greatest(0, a.cash_fen - {_IN_CASH} - {back})"
