"""What must hold of bonus in cash that a day after the lock decides, as queries for what does not."""

from typing import Final

from app.redemptions.tier_proofs import rates
from app.vouchers.proofs import STARTED_ON
from app.vouchers.rounding_proofs import half, step

BROUGHT: Final = """
    SELECT sum(coalesce(brought.fen, (one ->> 'fen')::bigint)) AS fen, max(brought.event) AS event
    FROM quotes q
    CROSS JOIN LATERAL jsonb_array_elements(q.snapshot -> 'parts') AS parts (part)
    CROSS JOIN LATERAL jsonb_array_elements(part -> 'each') AS every (one)
    LEFT JOIN LATERAL (
        SELECT (told ->> 'fen')::bigint AS fen, told ->> 'event' AS event
        FROM (SELECT rule -> 'figures' AS told FROM jsonb_array_elements(one -> 'rules') AS rules (rule)
              WHERE rule ->> 'code' = 'if_decided') AS said
        ORDER BY (told ->> 'from')::date <= DAY DESC,
                 CASE WHEN (told ->> 'from')::date <= DAY THEN told ->> 'from' END DESC, told ->> 'from'
        LIMIT 1) AS brought ON true
    WHERE q.id = r.quote_id AND (part ->> 'voucher_id')::bigint = a.voucher_id AND one ->> 'paid' = 'cash'
"""
"""What a quote says that a voucher is paid in cash where DAY decides, and by which event that is its day."""

BRINGS_YET: Final = """EXISTS (
    SELECT FROM quotes q
    CROSS JOIN LATERAL jsonb_array_elements(q.snapshot -> 'parts') AS parts (part)
    CROSS JOIN LATERAL jsonb_array_elements(part -> 'each') AS every (one)
    LEFT JOIN LATERAL (SELECT rule -> 'figures' AS told
                       FROM jsonb_array_elements(one -> 'rules') AS rules (rule)
                       WHERE rule ->> 'code' = 'if_decided') AS said ON true
    WHERE q.id = r.quote_id AND (part ->> 'voucher_id')::bigint = a.voucher_id AND one ->> 'paid' = 'cash'
      AND coalesce(told ->> 'fen', one ->> 'fen')::bigint > 0
      AND (told IS NULL OR (told ->> 'from')::date > DAY OR NOT EXISTS (
           SELECT FROM jsonb_array_elements(one -> 'rules') AS again (rule)
           WHERE rule ->> 'code' = 'if_decided' AND (rule #>> '{figures,from}')::date <= DAY
             AND (rule #>> '{figures,from}')::date > (told ->> 'from')::date)))""".replace(
    "DAY", "(t.at AT TIME ZONE 'Asia/Shanghai')::date"
)
"""Whether a payment on the day of transfer t, or on any later day, would still bring something."""

LOWERED: Final = """EXISTS (
    SELECT FROM purchase_changes c
    WHERE c.redemption_id = r.id AND c.state = 'done' AND c.price_fen < r.price_fen)"""
"""Whether a home cost less since its lock: what a later day brings then is no more in the quote."""

_PLAIN: Final = """
    jsonb_typeof(bonus) = 'object' AND bonus ->> 'base' IN ('spent', 'price')
    AND coalesce(bonus -> 'caps', '[]') IN ('[]', 'null')
    AND NOT bonus @? '$.tiers[*].keyvalue() ? (@.key == "least_spent" && @.value > 0)'
    AND NOT bonus @? '$.tiers[*].keyvalue() ? (@.key == "spent_above" || @.key == "steps" || @.key == "caps"
        || @.key == "brackets" || @.key == "slices" || @.key == "slices_of_face"
        || @.key == "least_yuan")'
    AND 1 = (SELECT count(*) FROM allocations beside WHERE beside.redemption_id = r.id)
"""
"""Whether a bonus, alone in its policy, is one share of what a single voucher spends, or of the price."""

_COUNTS: Final = """p.body -> 'bonus' @? '$.**.delay ? (@ == "counts")'"""

LATER: Final = {
    "a bonus in cash is decided by the day that its quote said": """
        SELECT b.district_id, 'cash_bonus', b.id,
               format('by %s of %s, by the quote %s of %s', b.decided_by, b.decided_on, said.event,
                      reached.day)
        FROM cash_bonuses b JOIN allocations a ON a.id = b.allocation_id
        JOIN redemptions r ON r.id = a.redemption_id
        JOIN vouchers v ON v.id = a.voucher_id JOIN policy_versions p ON p.id = v.policy_version_id
        JOIN ledger_transfers e ON e.pending_id = a.transfer_id AND e.kind = 'post'
        LEFT JOIN LATERAL (BROUGHT) AS said ON true
        CROSS JOIN LATERAL (SELECT CASE said.event
            WHEN 'verified' THEN (e.at AT TIME ZONE 'Asia/Shanghai')::date
            WHEN 'filed' THEN (SELECT (min(m.at) AT TIME ZONE 'Asia/Shanghai')::date FROM redemption_moves m
                               WHERE m.redemption_id = r.id AND m.action = 'enter_contract') END AS day
            ) AS reached
        WHERE (b.decided_by IS NOT NULL OR COUNTS)
          AND (b.decided_by, b.decided_on) IS DISTINCT FROM (said.event, reached.day)
    """.replace("BROUGHT", BROUGHT.replace("DAY", "current_date")).replace("COUNTS", _COUNTS),
    "what a later day leaves of a bonus in cash is what its quote said of that day": """
        SELECT b.district_id, 'cash_bonus', b.id,
               format('%s fen less, by the quote %s of %s', b.less_fen, said.fen, b.fen - a.cash_back_fen)
        FROM cash_bonuses b JOIN allocations a ON a.id = b.allocation_id
        JOIN redemptions r ON r.id = a.redemption_id
        LEFT JOIN LATERAL (BROUGHT) AS said ON true
        WHERE b.decided_by IS NOT NULL AND b.state = 'paid' AND CASE
              WHEN LOWERED
              THEN b.less_fen NOT BETWEEN greatest(0, b.fen - a.cash_back_fen - said.fen)
                                      AND b.fen - a.cash_back_fen
              ELSE b.less_fen IS DISTINCT FROM greatest(0, b.fen - a.cash_back_fen - said.fen) END
    """.replace("BROUGHT", BROUGHT.replace("DAY", "coalesce(b.decided_on, b.counted_on)")).replace(
        "LOWERED", LOWERED
    ),
    "what a later day leaves of a bonus in cash at a lower price is what its policy says of that day": """
        SELECT b.district_id, 'cash_bonus', b.id,
               format('%s fen less, by the policy %s of %s', b.less_fen, brings.less_fen,
                      b.fen - a.cash_back_fen)
        FROM cash_bonuses b JOIN allocations a ON a.id = b.allocation_id
        JOIN redemptions r ON r.id = a.redemption_id JOIN homes h ON h.id = r.home_id
        JOIN vouchers v ON v.id = a.voucher_id JOIN policy_versions p ON p.id = v.policy_version_id
        JOIN agreements g ON g.id = v.agreement_id
        CROSS JOIN LATERAL (SELECT p.body -> 'bonus' AS bonus, coalesce(b.decided_on, b.counted_on) AS day,
                                   STEP AS step, HALF AS half) AS one
        CROSS JOIN LATERAL (SELECT CASE bonus ->> 'counted_from'
                                   WHEN 'agreement' THEN v.stood_still_days + g.signed_on
                                   WHEN 'issue' THEN v.stood_still_days
                                        + (v.issued_at AT TIME ZONE 'Asia/Shanghai')::date
                                   ELSE STARTED_ON END AS started_on) AS days
        LEFT JOIN LATERAL RATES AS tiers ON day >= started_on
        CROSS JOIN LATERAL (
            SELECT min(price_fen) AS fen FROM purchase_changes c
            WHERE c.redemption_id = r.id AND c.state = 'done') AS lowest
        CROSS JOIN LATERAL (
            SELECT array_agg(greatest(0, b.fen - a.cash_back_fen
                                         - step * div(half * 10000 + rate * CASE bonus ->> 'base'
                   WHEN 'spent' THEN a.spent_fen - a.back_fen
                   ELSE round(lowest.fen * 10000.0
                              / (10000 + coalesce((bonus ->> 'without_vat')::int, 0))) END,
                   10000 * step))) AS less_fen
            FROM unnest(coalesce(rates, '{0}')) AS each (rate)) AS brings
        WHERE b.decided_by IS NOT NULL AND b.state = 'paid' AND lowest.fen < r.price_fen AND PLAIN
          AND b.less_fen <> ALL (brings.less_fen)
    """.replace("PLAIN", _PLAIN)
    .replace("STEP", step("p.body -> 'bonus' ->> 'rounding'"))
    .replace("HALF", half("p.body -> 'bonus' ->> 'rounding'"))
    .replace("STARTED_ON", STARTED_ON)
    .replace("RATES", rates("day")),
    "the first payment of a bonus in cash goes on deciding what is paid of it": """
        SELECT b.district_id, 'cash_bonus', b.id, format('by %s, approved on %s', b.counted_on, approved.day)
        FROM cash_bonuses b
        CROSS JOIN LATERAL (SELECT (b.approved_at AT TIME ZONE 'Asia/Shanghai')::date AS day) AS approved
        CROSS JOIN LATERAL (
            SELECT count(*) AS times, min(p.paid_on) AS first_on, count(p.returned_on) AS returned
            FROM bank_payments p
            WHERE p.owner = 'cash_bonus:' || b.id AND p.district_id = b.district_id) AS banked
        WHERE b.decided_by = 'paid' AND b.state <> 'taken_back'
          AND CASE WHEN times = 0 AND b.state <> 'approved' THEN b.counted_on IS NOT NULL
                   WHEN returned = 0
                   THEN b.counted_on <> approved.day AND b.counted_on IS DISTINCT FROM first_on
                   ELSE b.counted_on IS NULL OR b.counted_on > coalesce(b.paid_on, first_on) END
    """,
    "what a payment of a bonus in cash is less moves with it": """
        SELECT t.district_id, 'transfer', t.id, format('%s of %s fen', t.code, t.amount_fen)
        FROM ledger_transfers t
        JOIN ledger_accounts d ON d.id = t.debit_account_id
        JOIN ledger_accounts c ON c.id = t.credit_account_id
        LEFT JOIN ledger_transfers w ON w.district_id = t.district_id AND w.idempotency_key
             = CASE t.code WHEN 'cash_bonus.later' THEN replace(t.idempotency_key, '.later:', '.paid:')
                    ELSE replace(t.idempotency_key, '.later_back:', '.returned:') END
        WHERE t.code IN ('cash_bonus.later', 'cash_bonus.later_back')
          AND (t.kind, d.kind, c.kind, w.kind) IS DISTINCT FROM
              ('single', CASE t.code WHEN 'cash_bonus.later' THEN 'household_payable' ELSE 'bonus' END,
               CASE t.code WHEN 'cash_bonus.later' THEN 'bonus' ELSE 'household_payable' END, 'single')
        UNION ALL
        SELECT b.district_id, 'cash_bonus', b.id, format('%s fen, moved %s', b.less_fen, moved.fen)
        FROM cash_bonuses b
        LEFT JOIN (
            SELECT district_id, split_part(idempotency_key, ':', 2) AS bonus_id,
                   sum(CASE code WHEN 'cash_bonus.later' THEN amount_fen ELSE -amount_fen END) AS fen
            FROM ledger_transfers WHERE code IN ('cash_bonus.later', 'cash_bonus.later_back')
            GROUP BY 1, 2) AS moved ON moved.district_id = b.district_id AND moved.bonus_id = b.id::text
        WHERE b.less_fen <> coalesce(moved.fen, 0)
    """,
}
"""Taken in by ``cash_proofs``."""
