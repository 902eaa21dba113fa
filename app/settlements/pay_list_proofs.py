"""What must hold of lists of payments to households, as queries that find what does not."""

from typing import Final

from sqlalchemy.orm import Session

from app.core.proofs import Breach, find_breaches
from app.redemptions.cash_proofs import interest_beyond
from app.vouchers.proofs import interest_by

_OWNED: Final = """
    WITH owned AS (
        SELECT l.*, coalesce(e.state, b.state) AS stands, e.paid_fen,
               coalesce(e.ordered_on, b.ordered_on) AS ordered_on, p.pay_on, b.allocation_id,
               b.runs_on, b.runs_to, b.decided_by, b.approved_at AS bonus_approved_at,
               b.fen - a.cash_back_fen AS due_fen,
               CASE WHEN e.id IS NOT NULL THEN 'ending:' || e.id ELSE 'cash_bonus:' || b.id END AS named
        FROM pay_lines l
        LEFT JOIN voucher_endings e ON e.id = l.ending_id AND e.district_id = l.district_id
        LEFT JOIN cash_bonuses b ON b.id = l.cash_bonus_id AND b.district_id = l.district_id
        LEFT JOIN allocations a ON a.id = b.allocation_id
        LEFT JOIN pay_lists p ON p.id = l.list_id
    )
"""
"""Each line with the sum that it lists, as that stands now."""

_LISTS: Final = {
    "no sum to a household stands on two open lists": """
        SELECT min(district_id), 'pay_line', max(id), format('%s lines', count(*))
        FROM pay_lines WHERE state = 'listed' GROUP BY ending_id, cash_bonus_id HAVING count(*) > 1
    """,
    "what an open list asks for is approved, of one sum": """
        SELECT district_id, 'pay_line', id, format('it is %s', coalesce(stands, 'nothing'))
        FROM owned
        WHERE num_nonnulls(ending_id, cash_bonus_id) <> 1 OR stands IS NULL
              OR state = 'listed' AND (stands <> 'approved' OR list_state <> 'open')
              OR state = 'listed' AND approved_at IS DISTINCT FROM coalesce(bonus_approved_at, (
                  SELECT max(r.decided_at) FROM approval_requests r
                  WHERE r.kind = 'voucher.end' AND r.subject_id = ending_id AND r.state = 'approved'))
    """,
    "a list asks for the sum that was approved, with interest to its day": """
        SELECT o.district_id, 'pay_line', o.id, format('%s fen of %s', o.amount_fen, due.fen)
        FROM owned o JOIN voucher_endings e ON e.id = o.ending_id JOIN vouchers v ON v.id = e.voucher_id
        JOIN policy_versions p ON p.id = v.policy_version_id JOIN agreements g ON g.id = v.agreement_id
        LEFT JOIN LATERAL (INTEREST) AS said ON true
        CROSS JOIN LATERAL (SELECT e.paid_fen + coalesce(said.fen, 0) AS fen) AS due
        WHERE o.state = 'listed' AND o.amount_fen <> due.fen
        UNION ALL
        SELECT o.district_id, 'pay_line', o.id, format('%s fen of %s', o.amount_fen, due.fen)
        FROM owned o
        CROSS JOIN LATERAL (SELECT o.due_fen + CASE WHEN o.runs_on THEN BEYOND ELSE 0 END AS fen) AS due
        WHERE o.state = 'listed' AND o.cash_bonus_id IS NOT NULL
              AND (o.amount_fen > due.fen OR o.decided_by IS NULL AND o.amount_fen < due.fen)
    """.replace("INTEREST", interest_by("o.pay_on")).replace(
        "BEYOND", interest_beyond("o.allocation_id", "coalesce(o.runs_to, o.pay_on)")
    ),
    "a line that was paid is one payment of its sum": """
        SELECT o.district_id, 'pay_line', o.id, format('%s fen, bank %s', o.amount_fen, t.amount_fen)
        FROM owned o
        LEFT JOIN bank_payments p ON p.id = o.bank_payment_id AND p.district_id = o.district_id
        LEFT JOIN ledger_transfers t ON t.id = p.transfer_id
        WHERE o.state = 'paid' AND (p.owner IS DISTINCT FROM o.named
              OR (o.receipt_id IS NOT NULL OR o.ordered_on = o.pay_on)
                 AND t.amount_fen IS DISTINCT FROM o.amount_fen
              OR p.paid_on < (o.approved_at AT TIME ZONE 'Asia/Shanghai')::date)
    """,
    "interest stops by the day of the list that told the bank to pay": """
        SELECT o.district_id, 'pay_line', o.id, format('%s, by its list %s', o.ordered_on, o.pay_on)
        FROM owned o WHERE o.state = 'listed' AND o.ordered_on IS DISTINCT FROM o.pay_on
        UNION ALL
        SELECT s.district_id, s.kind, s.id, format('%s, by no list', s.ordered_on)
        FROM (SELECT district_id, 'voucher_ending' AS kind, id, ordered_on, 'ending:' || id AS named
              FROM voucher_endings
              UNION ALL
              SELECT district_id, 'cash_bonus', id, ordered_on, 'cash_bonus:' || id FROM cash_bonuses) AS s
        WHERE s.ordered_on IS NOT NULL AND NOT EXISTS (
              SELECT FROM owned o LEFT JOIN bank_payments p ON p.id = o.bank_payment_id
              WHERE o.named = s.named AND o.district_id = s.district_id AND o.pay_on = s.ordered_on
                    AND (o.state = 'listed' OR o.state = 'paid' AND p.returned_on IS NULL
                         OR o.state = 'given_up' AND o.stands = 'paid'))
    """,
    "a list comes to its lines": """
        SELECT p.district_id, 'pay_list', p.id, format('%s fen, lines %s', p.total_fen, its.fen)
        FROM pay_lists p CROSS JOIN LATERAL (
            SELECT sum(l.amount_fen) AS fen, count(*) AS lines FROM pay_lines l WHERE l.list_id = p.id) AS its
        WHERE (p.total_fen, p.count) IS DISTINCT FROM (its.fen, its.lines)
              OR EXISTS (SELECT FROM pay_lines l WHERE l.list_id = p.id AND l.district_id <> p.district_id)
    """,
    "a list is given up by a second person": """
        SELECT p.district_id, 'pay_list', p.id, p.state
        FROM pay_lists p
        WHERE p.given_up_by_id = p.made_by_id
              OR (p.state = 'given_up') IS DISTINCT FROM (p.given_up_by_id IS NOT NULL)
              OR p.state = 'open' AND EXISTS (
                  SELECT FROM pay_lines l WHERE l.list_id = p.id AND l.state = 'given_up')
    """,
    "a receipt is of the list whose lines it answers": """
        SELECT l.district_id, 'pay_line', l.id, format('receipt %s', l.receipt_id)
        FROM pay_lines l LEFT JOIN pay_receipts r ON r.id = l.receipt_id AND r.list_id = l.list_id
        WHERE l.receipt_id IS NOT NULL AND r.id IS NULL OR l.state = 'failed' AND l.receipt_id IS NULL
    """,
}
"""Of a bonus that a later day decides a list may ask for less: what it comes to is proved when it is paid."""


def verify(session: Session) -> list[Breach]:
    """Return everything in which lists, what they list, and the bank's payments disagree."""
    return find_breaches(session, _LISTS, given=_OWNED)
