"""What must hold of the interest that developers are paid, as queries that find what does not."""

from typing import Final

from app.vouchers.interest_proofs import PER_FEN, borne
from app.vouchers.rounding_proofs import half, step, within

_BORNE: Final = """
    coalesce((SELECT WITHIN
              FROM (SELECT STEP::numeric AS step, HALF::numeric AS half,
                           div(t.amount_fen * (said_rate ->> 'most_share')::numeric, 10000) AS most,
                           PARTS AS borne
                    FROM (SELECT SAID AS said_rate) AS rate) AS whole), 0)
"""


def _fen(said: str, first: str, until: str) -> str:
    """Return what computes how many fen a line bears for the days between two by what a policy says."""
    return (
        _BORNE.replace("WITHIN", within("div(t.amount_fen * borne, PER_FEN)"))
        .replace("PARTS", borne("said_rate", first, until))
        .replace("SAID", said)
        .replace("PER_FEN", f"{PER_FEN}::numeric")
        .replace("STEP", step("said_rate ->> 'rounding'"))
        .replace("HALF", half("said_rate ->> 'rounding'"))
    )


INTEREST: Final = {
    "interest on what a developer was paid is what the policy bears, in time and late": """
        SELECT l.district_id, 'settlement_line', l.id,
               format('%s fen in all, by the policy %s', l.upto_fen, due.fen)
        FROM settlement_lines l JOIN said s ON s.id = l.id
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(BORNE_IN_TIME + BORNE_AFTER), 0) AS fen
            FROM settlement_lines t JOIN settlement_payments p ON p.claim_id = t.claim_id
            JOIN bank_payments b ON b.district_id = p.district_id AND b.owner = 'settlement:' || p.id
            CROSS JOIN LATERAL (
                SELECT coalesce(CASE WHEN s.tranche -> 'pay_within' ->> 'from' = 'applied'
                                     THEN t.rule ->> 'applied_on' ELSE l.rule ->> 'reached_on' END::date,
                                t.due_on) AS first_day) AS days
            WHERE (t.redemption_id, t.voucher_id, t.place, t.kind)
                  = (l.redemption_id, l.voucher_id, l.place, 'tranche')
              AND t.amount_fen > 0 AND b.transfer_id < l.transfer_id
              AND coalesce(b.back_transfer_id > l.transfer_id, true)) AS due
        WHERE l.kind = 'interest' AND l.transfer_id IS NOT NULL AND l.upto_fen <> due.fen
    """.replace(
        "BORNE_IN_TIME", _fen("s.tranche -> 'interest'", "first_day", "least(t.due_on, b.paid_on)")
    ).replace("BORNE_AFTER", _fen("s.by -> 'late_interest'", "t.due_on", "b.paid_on")),
}
"""Each rule with the query that finds what breaks it, beside those of ``proofs`` and with their WITH queries:
of every sum that had been paid when a line was accepted, and had not come back by then."""
