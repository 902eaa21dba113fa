"""What must hold between bonus in cash, purchases, the ledger and the bank, as queries for what does not."""

from typing import Final

from app.redemptions.later_proofs import BRINGS_YET, BROUGHT, LATER, LOWERED
from app.redemptions.paid_after_proofs import PAID_AFTER
from app.redemptions.payee_proofs import PAYEES
from app.vouchers.interest_proofs import PER_FEN, borne
from app.vouchers.proofs import STARTED_ON
from app.vouchers.rounding_proofs import half, step

_SAID: Final = """
    SELECT a.id, rule ->> 'path' AS path, rule -> 'figures' AS figures,
           coalesce((rule -> 'figures' ->> 'least_fen')::bigint, 0) AS least
    FROM policy_versions p JOIN vouchers v ON v.policy_version_id = p.id
    JOIN allocations a ON a.voucher_id = v.id JOIN redemptions r ON r.id = a.redemption_id
    JOIN quotes q ON q.id = r.quote_id
    CROSS JOIN LATERAL jsonb_array_elements(q.snapshot -> 'parts') AS parts (part)
    CROSS JOIN LATERAL jsonb_array_elements(part -> 'each') AS every (one)
    CROSS JOIN LATERAL jsonb_array_elements(one -> 'rules') AS rules (rule)
    WHERE p.body -> 'bonus' @? '$.**.interest.to' AND (part ->> 'voucher_id')::bigint = a.voucher_id
      AND rule ->> 'code' = 'runs_on'
"""
"""What quotes say of interest that runs on after the lock, by allocation."""

_BEYOND: Final = """
    (SELECT coalesce(sum(greatest(0, step * (div(fen * whole + PER_FEN * half, PER_FEN * step)
                                             - div(fen * before + PER_FEN * half, PER_FEN * step))))
                     FILTER (WHERE fen >= least), 0)
     FROM (SAID) AS line
     JOIN allocations x ON x.id = line.id JOIN redemptions r ON r.id = x.redemption_id
     JOIN quotes q ON q.id = r.quote_id
     JOIN vouchers v ON v.id = x.voucher_id JOIN policy_versions p ON p.id = v.policy_version_id
     JOIN agreements g ON g.id = v.agreement_id
     CROSS JOIN LATERAL (SELECT CASE jsonb_typeof(p.body -> 'bonus')
         WHEN 'array' THEN p.body -> 'bonus' -> substring(line.path FROM '^bonus.([0-9]+)')::int
         ELSE p.body -> 'bonus' END AS bonus) AS one
     CROSS JOIN LATERAL (
         SELECT bonus -> 'tiers' -> substring(line.path FROM 'tiers.([0-9]+)')::int -> 'interest' AS borne,
                STEP::numeric AS step, HALF::numeric AS half,
                (x.spent_fen - BACK)::numeric AS fen, DAY AS until,
                (q.made_at AT TIME ZONE 'Asia/Shanghai')::date AS made_on,
                CASE bonus ->> 'counted_from'
                     WHEN 'agreement' THEN v.stood_still_days + g.signed_on
                     WHEN 'issue' THEN v.stood_still_days + (v.issued_at AT TIME ZONE 'Asia/Shanghai')::date
                     ELSE STARTED_ON END AS started_on) AS terms
     CROSS JOIN LATERAL (SELECT WHOLE AS whole, BEFORE AS before) AS parts
     WHERE x.id = ALLOCATION)
"""


def interest_beyond(allocation: str, day: str, *, back: str = "x.back_fen") -> str:
    """Return what works out the interest of an allocation, an SQL id, from its lock to a day, in fen."""
    word = "bonus ->> 'rounding'"
    terms = {"STEP": step(word), "HALF": half(word), "ALLOCATION": allocation, "DAY": day, "BACK": back}
    terms |= {"SAID": _SAID, "WHOLE": borne("borne", "started_on", "until")}
    terms |= {"BEFORE": borne("borne", "started_on", "made_on"), "STARTED_ON": STARTED_ON}
    terms |= {"PER_FEN": f"{PER_FEN}::numeric"}
    resolved = _BEYOND
    for term, meant in terms.items():
        resolved = resolved.replace(term, meant)
    return resolved


_FEN_BROUGHT: Final = "SELECT fen FROM (ROWS) AS brought".replace(
    "ROWS", BROUGHT.replace("DAY", "b.decided_on")
)

_CASH: Final = {
    "what is owed in cash is what a written-off purchase promised": """
        SELECT a.district_id, 'allocation', a.id, format('%s fen promised, %s owed', a.cash_fen, b.fen)
        FROM allocations a JOIN ledger_transfers e ON e.pending_id = a.cash_transfer_id AND e.kind = 'post'
        LEFT JOIN cash_bonuses b ON b.allocation_id = a.id AND b.district_id = a.district_id
        WHERE b.fen IS DISTINCT FROM a.cash_fen
        UNION ALL
        SELECT b.district_id, 'cash_bonus', b.id, 'no purchase that is written off'
        FROM cash_bonuses b JOIN allocations a ON a.id = b.allocation_id
        LEFT JOIN ledger_transfers e ON e.kind = 'post'
             AND e.pending_id = CASE WHEN b.fen > 0 THEN a.cash_transfer_id ELSE a.transfer_id END
        WHERE e.id IS NULL
        UNION ALL
        SELECT v.district_id, 'cash_bonus', b.id, format('household %s, of the voucher %s',
               b.household_id, v.household_id)
        FROM cash_bonuses b JOIN allocations a ON a.id = b.allocation_id
        JOIN vouchers v ON v.id = a.voucher_id
        WHERE (b.district_id, b.household_id) <> (v.district_id, v.household_id)
    """,
    "a bonus in cash is taken back with its purchase": """
        SELECT b.district_id, 'cash_bonus', b.id,
               format('%s, purchase %s, %s fen owed no more', b.state, r.state, a.cash_back_fen)
        FROM cash_bonuses b JOIN allocations a ON a.id = b.allocation_id
        JOIN redemptions r ON r.id = a.redemption_id
        LEFT JOIN ledger_transfers t ON t.id = b.back_transfer_id
        LEFT JOIN ledger_accounts d ON d.id = t.debit_account_id
        LEFT JOIN ledger_accounts c ON c.id = t.credit_account_id
        LEFT JOIN change_parts p ON p.cash_transfer_id = t.id AND p.allocation_id = a.id
        WHERE (b.state = 'taken_back') <> (r.state = 'reversed' OR (a.cash_back_fen = a.cash_fen
               OR b.decided_on IS NOT NULL AND ((BROUGHT) = 0 OR b.state = 'taken_back' AND LOWERED)
               OR b.decided_by = 'paid' AND b.state = 'taken_back'
                  AND (LOWERED OR b.counted_on IS NULL AND NOT BRINGS_YET))
               AND NOT (b.runs_on AND a.back_fen < a.spent_fen AND (b.runs_to IS NULL OR PRESENT > 0)
                   AND EXISTS (SELECT FROM (SAID) AS said
                               WHERE said.id = a.id AND a.spent_fen - a.back_fen >= said.least)))
           OR b.state <> 'taken_back' AND b.back_transfer_id IS NOT NULL
           OR b.state = 'taken_back' AND b.fen > 0 AND (t.code, t.kind, t.amount_fen, d.kind, c.kind)
              IS DISTINCT FROM
              (CASE WHEN p.id IS NULL THEN 'cash_bonus.back' ELSE 'cash_bonus.less' END, 'single',
               coalesce(p.cash_back_fen, b.fen - a.cash_back_fen), 'household_payable', 'bonus')
    """,
    "a bonus in cash left the bank once, by two people": """
        SELECT b.district_id, 'cash_bonus', b.id, format('%s, %s', b.state, p.reference)
        FROM cash_bonuses b LEFT JOIN bank_payments p ON p.owner = 'cash_bonus:' || b.id
             AND p.district_id = b.district_id AND p.returned_on IS NULL
        WHERE (b.state = 'paid') <> (p.id IS NOT NULL) OR b.paid_on IS DISTINCT FROM p.paid_on
           OR b.approved_by_id = b.prepared_by_id
    """,
    "every bonus in cash in the ledger has its row": """
        SELECT t.district_id, 'transfer', t.id, t.code
        FROM ledger_transfers t
        LEFT JOIN bank_payments p ON t.id IN (p.transfer_id, p.back_transfer_id)
        LEFT JOIN cash_bonuses b ON b.back_transfer_id = t.id OR p.owner = 'cash_bonus:' || b.id
        LEFT JOIN LATERAL (SELECT sum(c.cash_back_fen) AS fen FROM change_parts c
                           WHERE c.allocation_id = b.allocation_id AND c.cash_transfer_id < t.id) less ON true
        LEFT JOIN ledger_transfers i ON i.district_id = t.district_id AND i.idempotency_key
             = CASE t.id WHEN p.transfer_id THEN replace(t.idempotency_key, '.paid:', '.interest:')
                    ELSE replace(t.idempotency_key, '.returned:', '.interest_back:') END
             AND i.id <> t.id
        LEFT JOIN ledger_transfers l ON l.district_id = t.district_id AND l.idempotency_key
             = CASE t.id WHEN p.transfer_id THEN replace(t.idempotency_key, '.paid:', '.later:')
                    ELSE replace(t.idempotency_key, '.returned:', '.later_back:') END
             AND l.id <> t.id
        WHERE t.code LIKE 'cash_bonus.%'
          AND t.code NOT IN ('cash_bonus.less', 'cash_bonus.interest', 'cash_bonus.interest_back',
                             'cash_bonus.later', 'cash_bonus.later_back')
          AND (b.id IS NULL OR (t.code, t.amount_fen) IS DISTINCT FROM
               (CASE t.id WHEN b.back_transfer_id THEN 'cash_bonus.back' WHEN p.transfer_id
                          THEN 'cash_bonus.paid' ELSE 'cash_bonus.returned' END,
                b.fen - coalesce(less.fen, 0) + coalesce(i.amount_fen, 0) - coalesce(l.amount_fen, 0)))
    """,
    "no more is paid in cash than the present price brings": """
        SELECT p.district_id, 'bank_payment', p.id, format('%s fen paid', t.amount_fen)
        FROM bank_payments p JOIN cash_bonuses b ON p.owner = 'cash_bonus:' || b.id
        JOIN allocations a ON a.id = b.allocation_id JOIN ledger_transfers t ON t.id = p.transfer_id
        WHERE p.returned_on IS NULL AND t.amount_fen <> a.cash_fen - a.cash_back_fen + b.interest_fen
              - b.less_fen
    """,
    "interest on what was spent runs on as the quote said": """
        SELECT a.district_id, 'allocation', a.id, format('to %s, by the quote %s', b.runs_to, said.figures)
        FROM (SAID) AS said JOIN allocations a ON a.id = said.id
        JOIN ledger_transfers e ON e.pending_id = a.transfer_id AND e.kind = 'post'
        JOIN redemptions r ON r.id = a.redemption_id
        LEFT JOIN cash_bonuses b ON b.allocation_id = a.id
        CROSS JOIN LATERAL (SELECT CASE said.figures ->> 'to'
            WHEN 'verified' THEN (e.at AT TIME ZONE 'Asia/Shanghai')::date
            WHEN 'filed' THEN (SELECT (min(m.at) AT TIME ZONE 'Asia/Shanghai')::date FROM redemption_moves m
                               WHERE m.redemption_id = r.id AND m.action = 'enter_contract')
            WHEN 'contract' THEN (
                SELECT c.signed_on FROM contract_entries c
                WHERE c.redemption_id = r.id AND c.state IN ('current', 'replaced')
                  AND NOT EXISTS (SELECT FROM purchase_changes u WHERE u.entry_id = c.id)
                ORDER BY c.id DESC LIMIT 1) END AS day) AS reached
        WHERE (coalesce(b.runs_on, false), b.runs_to) IS DISTINCT FROM CASE
              WHEN said.figures ->> 'to' = 'paid' THEN (true, NULL::date)
              WHEN reached.day > (said.figures ->> 'lock')::date
                   AND (b.id IS NOT NULL OR a.cash_fen > 0 OR REACHED > 0) THEN (true, reached.day)
              ELSE (false, NULL::date) END
        UNION ALL
        SELECT b.district_id, 'cash_bonus', b.id, 'no quote says that it bears interest'
        FROM cash_bonuses b LEFT JOIN (SAID) AS said ON said.id = b.allocation_id
        WHERE b.runs_on AND said.id IS NULL
    """,
    "interest beyond the lock is what the policy bears on what was spent": """
        SELECT b.district_id, 'cash_bonus', b.id, format('%s fen, by the policy %s', b.interest_fen, said.fen)
        FROM cash_bonuses b
        LEFT JOIN LATERAL (SELECT PAID AS fen) AS said ON b.state = 'paid' AND b.runs_on
        WHERE b.interest_fen <> coalesce(said.fen, 0)
    """,
    "interest of a bonus in cash moves with its payment": """
        SELECT t.district_id, 'transfer', t.id, format('%s of %s fen', t.code, t.amount_fen)
        FROM ledger_transfers t
        JOIN ledger_accounts d ON d.id = t.debit_account_id
        JOIN ledger_accounts c ON c.id = t.credit_account_id
        LEFT JOIN ledger_transfers w ON w.district_id = t.district_id AND w.idempotency_key
             = CASE t.code WHEN 'cash_bonus.interest' THEN replace(t.idempotency_key, '.interest:', '.paid:')
                    ELSE replace(t.idempotency_key, '.interest_back:', '.returned:') END
        WHERE t.code IN ('cash_bonus.interest', 'cash_bonus.interest_back')
          AND (t.kind, d.kind, c.kind, w.kind) IS DISTINCT FROM
              ('single', CASE t.code WHEN 'cash_bonus.interest' THEN 'bonus' ELSE 'household_payable' END,
               CASE t.code WHEN 'cash_bonus.interest' THEN 'household_payable' ELSE 'bonus' END, 'single')
        UNION ALL
        SELECT b.district_id, 'cash_bonus', b.id, format('%s fen, moved %s', b.interest_fen, moved.fen)
        FROM cash_bonuses b
        LEFT JOIN (
            SELECT district_id, split_part(idempotency_key, ':', 2) AS bonus_id,
                   sum(CASE code WHEN 'cash_bonus.interest' THEN amount_fen ELSE -amount_fen END) AS fen
            FROM ledger_transfers WHERE code IN ('cash_bonus.interest', 'cash_bonus.interest_back')
            GROUP BY 1, 2) AS moved ON moved.district_id = b.district_id AND moved.bonus_id = b.id::text
        WHERE b.interest_fen <> coalesce(moved.fen, 0)
    """,
}
CASH: Final = (
    {
        name: query.replace("PRESENT", interest_beyond("b.allocation_id", "b.runs_to"))
        .replace("REACHED", interest_beyond("a.id", "reached.day", back="0"))
        .replace("PAID", interest_beyond("b.allocation_id", "coalesce(b.runs_to, b.ordered_on, b.paid_on)"))
        .replace("SAID", _SAID)
        .replace("BROUGHT", _FEN_BROUGHT)
        .replace("LOWERED", LOWERED)
        .replace("BRINGS_YET", BRINGS_YET)
        for name, query in _CASH.items()
    }
    | LATER
    | PAID_AFTER
    | PAYEES
)
"""As ``proofs.PROOFS``, which takes them in."""
