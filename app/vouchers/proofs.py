"""What must hold between vouchers' endings, their extensions and the ledger, as queries for what does not."""

from typing import Final

from app.vouchers.claim_proofs import VOIDED
from app.vouchers.family_proofs import ANSWERED, BONUS_IS_PARTED, IN_PARTS
from app.vouchers.interest_proofs import PER_FEN, borne
from app.vouchers.rounding_proofs import half, step, within
from app.vouchers.spared_proofs import taken_of_cash, taken_of_priced

_PARTS: Final = """
    SELECT e.id, e.district_id, e.voucher_id, e.state, part.transfer_id, part.amount_fen, part.code, part.kind
    FROM voucher_endings e CROSS JOIN LATERAL (VALUES
        (e.paid_transfer_id, e.paid_fen, 'ending.' || e.effect,
         CASE e.effect WHEN 'agreement' THEN 'agreement' ELSE 'household_payable' END),
        (e.returned_transfer_id, e.returned_fen, 'ending.bonus', 'bonus'),
        (e.forfeited_transfer_id, e.forfeited_fen, 'ending.forfeit', 'issue')
    ) AS part (transfer_id, amount_fen, code, kind)
"""

_EARNED_NOW: Final = """
    CASE WHEN r.state IN ('locked', 'contracted', 'checked', 'redeemed')
         THEN PRICED + IN_CASH ELSE 0 END
""".replace("PRICED", taken_of_priced("a.bonus_back_fen")).replace(
    "IN_CASH", taken_of_cash("a.cash_back_fen")
)
_EARNED_THEN: Final = """
    (SELECT CASE WHEN r.state IN ('locked', 'contracted', 'checked', 'redeemed')
                      OR r.state = 'reversed' AND EXISTS (SELECT FROM ledger_transfers k
                         WHERE k.pending_id = a.transfer_id AND k.kind = 'post')
                 THEN PRICED
                      + CASE WHEN EXISTS (SELECT FROM purchase_changes undone
                                          WHERE undone.redemption_id = r.id AND undone.state = 'done'
                                            AND undone.price_fen IS NULL AND undone.ended_at <= e.asked_at)
                        THEN 0 ELSE IN_CASH END
                 ELSE 0 END
     FROM (SELECT coalesce(sum(bonus_back_fen), 0) AS bonus_fen, coalesce(sum(cash_back_fen), 0) AS cash_fen
           FROM change_parts WHERE allocation_id = a.id AND at <= e.asked_at) AS back)
""".replace("PRICED", taken_of_priced("back.bonus_fen")).replace("IN_CASH", taken_of_cash("back.cash_fen"))
"""What an allocation a of a redemption r earned, as far as an ending takes of it back, now and when an ending
e was asked for."""

STARTED_ON: Final = """
    v.stood_still_days + CASE p.body -> 'valid' ->> 'from'
        WHEN 'agreement' THEN g.signed_on
        WHEN 'vacated' THEN g.vacated_on
        WHEN 'announced' THEN (p.body -> 'valid' ->> 'announced_on')::date
        ELSE (v.issued_at AT TIME ZONE 'Asia/Shanghai')::date END
"""
"""From which day a term counts, of a voucher v under a policy version p for an agreement g: later by the days
for which it stood still."""

_INTEREST: Final = (
    """
    SELECT coalesce(WITHIN, 0) AS fen
    FROM jsonb_array_elements(CASE jsonb_typeof(p.body -> 'interest') WHEN 'array'
         THEN p.body -> 'interest' ELSE jsonb_build_array(p.body -> 'interest') END) AS lines (line)
    CROSS JOIN LATERAL (
        SELECT ((v.expires_at - interval '1 microsecond')
                AT TIME ZONE 'Asia/Shanghai')::date AS term_end,
               ENDED_ON AS ended_on,
               STEP::numeric AS step, HALF::numeric AS half,
               div(e.paid_fen * coalesce(p.body #> '{interest,most_share}',
                                         p.body #> '{interest,0,most_share}')::numeric, 10000)
               AS most
        FROM (SELECT coalesce(p.body #>> '{interest,rounding}',
                              p.body #>> '{interest,0,rounding}') AS word) AS rounds) AS known
    CROSS JOIN LATERAL (
        SELECT CASE line ->> 'from'
               WHEN 'agreement' THEN g.signed_on
               WHEN 'start' THEN STARTED_ON
               WHEN 'vacated' THEN g.vacated_on
               WHEN 'term_end' THEN term_end
               WHEN 'issue' THEN (v.issued_at AT TIME ZONE 'Asia/Shanghai')::date END AS first_day,
               CASE line ->> 'to' WHEN 'term_end' THEN least(ended_on, term_end)
                    ELSE ended_on END AS last_day) AS days
    WHERE line -> 'on' ? CASE e.kind WHEN 'payout' THEN 'leftover' ELSE e.kind END
      AND (line ->> 'only' IS NULL OR (line ->> 'only' = 'used') = (e.spent_fen > 0))
    GROUP BY step, half, most
""".replace("WITHIN", within("div(e.paid_fen * sum(BORNE), PER_FEN)"))
    .replace("STARTED_ON", STARTED_ON)
    .replace("BORNE", borne("line", "first_day", "last_day"))
    .replace("PER_FEN", f"{PER_FEN}::numeric")
    .replace("STEP", step("word"))
    .replace("HALF", half("word"))
)


def interest_by(day: str) -> str:
    """Return what selects the interest that an ending bears by a day, as ``fen``; no row where it bears none.

    Of an ending e of a voucher v under a policy version p for an agreement g.
    """
    return _INTEREST.replace("ENDED_ON", day)


ENDINGS: Final = {
    "an ending's parts are promised in the ledger, each to its own side": """
        SELECT p.district_id, 'voucher_ending', p.id, format('%s of %s fen', p.code, p.amount_fen)
        FROM (PARTS) p JOIN vouchers v ON v.id = p.voucher_id
        JOIN voucher_endings e ON e.id = p.id
        LEFT JOIN ledger_transfers t ON t.id = p.transfer_id
        LEFT JOIN ledger_accounts c ON c.id = t.credit_account_id
        WHERE CASE
            WHEN p.amount_fen = 0
                 OR e.state IN ('undecided', 'prepared') AND num_nonnulls(e.paid_transfer_id,
                    e.returned_transfer_id, e.forfeited_transfer_id) = 0 AND e.kind IN ('lapse', 'back')
                THEN p.transfer_id IS NOT NULL
            ELSE (t.kind, t.code, t.district_id, t.debit_account_id, t.amount_fen, c.kind) IS DISTINCT FROM
                 ('pending', p.code, p.district_id, v.account_id, p.amount_fen, p.kind) END
    """.replace("PARTS", _PARTS),
    "an ending's promises end with it": """
        SELECT p.district_id, 'voucher_ending', p.id, format('%s, but transfer %s %s', p.state, p.transfer_id,
               coalesce(t.kind, 'is open'))
        FROM (PARTS) p LEFT JOIN ledger_transfers t ON t.pending_id = p.transfer_id
        WHERE p.transfer_id IS NOT NULL AND t.kind IS DISTINCT FROM CASE
              WHEN p.state IN ('approved', 'paid', 'returned', 'renewed', 'closed') THEN 'post'
              WHEN p.state IN ('refused', 'withdrawn') THEN 'void' END
    """.replace("PARTS", _PARTS),
    "every ending in the ledger has its row": """
        SELECT t.district_id, 'transfer', t.id, t.code
        FROM ledger_transfers t LEFT JOIN (PARTS) p ON p.transfer_id = t.id
        LEFT JOIN bank_payments b ON t.id IN (b.transfer_id, b.back_transfer_id)
        LEFT JOIN voucher_endings e ON b.owner = 'ending:' || e.id
        WHERE t.code LIKE 'ending.%' AND t.code <> 'ending.bonus.back'
          AND t.kind IN ('pending', 'single') AND CASE t.kind
              WHEN 'pending' THEN p.id IS NULL AND NOT EXISTS (SELECT FROM voucher_endings e WHERE VOIDED)
              ELSE (t.code, e.paid_fen + coalesce((
                        SELECT i.amount_fen FROM ledger_transfers i
                        WHERE i.district_id = t.district_id
                          AND i.idempotency_key
                              = regexp_replace(t.idempotency_key, '^ending', 'interest')), 0),
                    e.district_id) IS DISTINCT FROM
                   (CASE t.id WHEN b.transfer_id THEN 'ending.paid' ELSE 'ending.returned' END,
                    t.amount_fen, t.district_id) END
    """.replace("PARTS", _PARTS).replace("VOIDED", VOIDED),
    "interest is what the policy pays up to the day of the payment": """
        SELECT e.district_id, 'voucher_ending', e.id,
               format('%s fen, by the policy %s', e.interest_fen, said.fen)
        FROM voucher_endings e JOIN vouchers v ON v.id = e.voucher_id
        JOIN policy_versions p ON p.id = v.policy_version_id JOIN agreements g ON g.id = v.agreement_id
        LEFT JOIN (
            SELECT district_id, split_part(idempotency_key, ':', 2) AS ending_id,
                   sum(CASE code WHEN 'interest.paid' THEN amount_fen ELSE -amount_fen END) AS fen,
                   max((at AT TIME ZONE 'Asia/Shanghai')::date) AS day
            FROM ledger_transfers WHERE code IN ('interest.paid', 'interest.returned') GROUP BY 1, 2
        ) AS moved ON moved.district_id = e.district_id AND moved.ending_id = e.id::text
        LEFT JOIN LATERAL (SELECT (k.at AT TIME ZONE 'Asia/Shanghai')::date AS day FROM ledger_transfers k
                           WHERE k.pending_id = e.paid_transfer_id AND k.kind = 'post') AS kept
               ON e.effect = 'agreement'
        LEFT JOIN LATERAL (
            INTEREST
        ) AS said ON true
        WHERE e.interest_fen <> coalesce(moved.fen, 0)
           OR (e.interest_fen > 0 OR e.state = 'paid' OR (e.state, e.effect) = ('closed', 'agreement'))
              AND e.interest_fen <> coalesce(said.fen, 0)
    """.replace("INTEREST", interest_by("coalesce(e.ordered_on, e.paid_on, kept.day, moved.day)")),
    "interest moves for an ending alone, between the district and what it pays": """
        SELECT t.district_id, 'transfer', t.id, format('%s of %s fen', t.code, t.amount_fen)
        FROM ledger_transfers t
        JOIN ledger_accounts d ON d.id = t.debit_account_id
        JOIN ledger_accounts c ON c.id = t.credit_account_id
        LEFT JOIN voucher_endings e ON e.district_id = t.district_id AND e.id
             = substring(t.idempotency_key FROM '^interest[.][a-z]+:([0-9]+)(?::[0-9]+)?$')::bigint
        CROSS JOIN LATERAL (SELECT CASE e.effect WHEN 'agreement' THEN 'agreement'
                                                 WHEN 'cash' THEN 'household_payable' END AS kind) AS side
        CROSS JOIN LATERAL (SELECT CASE t.code WHEN 'interest.paid' THEN ARRAY['issue', side.kind]
                                               ELSE ARRAY[side.kind, 'issue'] END AS kinds) AS said
        WHERE t.code LIKE 'interest.%' AND (t.kind, ARRAY[d.kind, c.kind]::text[])
              IS DISTINCT FROM ('single', said.kinds)
    """,
    "what was paid left the district's bank once, and what came back came back": """
        SELECT e.district_id, 'voucher_ending', e.id, e.bank_reference
        FROM voucher_endings e LEFT JOIN bank_payments b ON b.owner = 'ending:' || e.id
             AND b.district_id = e.district_id AND b.returned_on IS NULL
        WHERE (e.bank_reference, e.paid_on) IS DISTINCT FROM (b.reference, b.paid_on)
           OR (e.state = 'paid') <> (b.id IS NOT NULL)
        UNION ALL
        SELECT b.district_id, 'bank_payment', b.id, b.reference
        FROM bank_payments b LEFT JOIN ledger_transfers o ON o.id = b.transfer_id
        LEFT JOIN ledger_transfers i ON i.id = b.back_transfer_id
        WHERE b.owner LIKE 'ending:%' AND (o.id IS NULL OR i.id IS NOT NULL AND
              (i.debit_account_id, i.credit_account_id, i.amount_fen) IS DISTINCT FROM
              (o.credit_account_id, o.debit_account_id, o.amount_fen))
    """,
    "an ending is of all that was not spent": """
        SELECT e.district_id, 'voucher_ending', e.id,
               format('%s spent of %s', coalesce(s.spent, 0), e.face_fen)
        FROM voucher_endings e JOIN vouchers v ON v.id = e.voucher_id
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(amount_fen), 0) AS fen FROM ledger_transfers
            WHERE credit_account_id = v.account_id AND at <= e.asked_at
              AND code IN ('voucher.transfer', 'voucher.split', 'voucher.merge', 'voucher.inherit',
                           'voucher.follow')) moved
        LEFT JOIN LATERAL (
            WITH RECURSIVE line AS (
                SELECT v.id UNION SELECT b.id FROM vouchers b JOIN line ON b.successor_id = line.id)
            SELECT sum(a.spent_fen - coalesce(back.fen, 0)) AS spent,
                   sum(a.spent_fen - coalesce(back.fen, 0)) FILTER (WHERE a.voucher_id <> v.id) AS before,
                   sum(PRICED + CASE WHEN undone.id IS NULL THEN IN_CASH ELSE 0 END) AS bonus
            FROM line JOIN allocations a ON a.voucher_id = line.id
            JOIN redemptions r ON r.id = a.redemption_id
            LEFT JOIN LATERAL (SELECT sum(c.back_fen) AS fen, sum(c.bonus_back_fen) AS bonus_fen,
                                      sum(c.cash_back_fen) AS cash_fen
                               FROM change_parts c
                               WHERE c.allocation_id = a.id AND c.at <= e.asked_at) back ON true
            LEFT JOIN purchase_changes undone ON undone.redemption_id = r.id AND undone.state = 'done'
                 AND undone.price_fen IS NULL AND undone.ended_at <= e.asked_at
            WHERE (r.state IN ('locked', 'contracted', 'checked', 'redeemed')
                   OR r.state = 'reversed' AND EXISTS (SELECT FROM ledger_transfers t
                      WHERE t.pending_id = a.transfer_id AND t.kind = 'post'))
        ) s ON true
        CROSS JOIN LATERAL (
            SELECT CASE WHEN IN_PARTS
                   THEN e.spent_fen - coalesce(s.spent, 0) ELSE 0 END AS fen
            FROM policy_versions p WHERE p.id = v.policy_version_id) parted
        WHERE e.state NOT IN ('refused', 'withdrawn') AND e.kind <> 'back' AND
              (e.face_fen - parted.fen, e.spent_fen - parted.fen, e.bonus_fen) IS DISTINCT FROM
              (CASE WHEN v.move_id IS NULL THEN v.face_fen ELSE moved.fen + coalesce(s.before, 0) END,
               coalesce(s.spent, 0), CASE WHEN BONUS_IS_PARTED THEN ANSWERED ELSE coalesce(s.bonus, 0) END)
    """.replace("ANSWERED", ANSWERED.replace("EARNED", _EARNED_THEN))
    .replace("PRICED", taken_of_priced("coalesce(back.bonus_fen, 0)"))
    .replace("IN_CASH", taken_of_cash("coalesce(back.cash_fen, 0)"))
    .replace("BONUS_IS_PARTED", BONUS_IS_PARTED)
    .replace("IN_PARTS", IN_PARTS),
    "an ending of what came back has something that came back": """
        SELECT e.district_id, 'voucher_ending', e.id, format('%s fen', e.leftover_fen)
        FROM voucher_endings e JOIN vouchers v ON v.id = e.voucher_id
        WHERE e.kind = 'back' AND NOT EXISTS (
            SELECT FROM ledger_transfers t WHERE t.credit_account_id = v.account_id
                                             AND t.code IN ('redemption.back', 'ending.bonus.back')
                                             AND t.at <= e.asked_at)
          AND NOT EXISTS (
            SELECT FROM purchase_changes c JOIN allocations a ON a.redemption_id = c.redemption_id
            WHERE a.voucher_id = v.id AND c.state = 'done' AND NOT c.is_own
              AND c.from_state IN ('contracted', 'checked')
              AND c.ended_at BETWEEN v.expires_at AND e.asked_at)
    """,
    "an ending took of a bonus what its rule takes of the bonus that was kept": """
        SELECT e.district_id, 'voucher_ending', e.id,
               format('took %s, gave back %s, of a bonus of %s', e.returned_fen, back.fen, kept.fen)
        FROM voucher_endings e JOIN vouchers v ON v.id = e.voucher_id
        CROSS JOIN LATERAL (SELECT coalesce(sum(t.amount_fen), 0) AS fen FROM ledger_transfers t
                            WHERE t.credit_account_id = v.account_id AND t.code = 'ending.bonus.back') back
        CROSS JOIN LATERAL (
            WITH RECURSIVE line AS (
                SELECT v.id UNION SELECT b.id FROM vouchers b JOIN line ON b.successor_id = line.id)
            SELECT coalesce(sum(EARNED), 0) AS fen
            FROM line JOIN allocations a ON a.voucher_id = line.id
            JOIN redemptions r ON r.id = a.redemption_id) of_line
        CROSS JOIN LATERAL (SELECT CASE WHEN BONUS_IS_PARTED THEN ANSWERED ELSE of_line.fen END AS fen) kept
        LEFT JOIN LATERAL (
            SELECT CASE one ->> 'code' WHEN 'claw_back_part'
                   THEN e.leftover_fen ELSE coalesce((one -> 'figures' ->> 'claw_back_bp')::bigint, 10000) END
                   AS part, CASE one ->> 'code' WHEN 'claw_back_part' THEN e.face_fen ELSE 10000 END AS whole
            FROM jsonb_array_elements(e.shown -> 'rules') AS rules (one)
            WHERE one ->> 'code' IN ('claw_back', 'claw_back_part', 'bonus_returned')) said ON true
        WHERE e.returned_fen > 0 AND back.fen IS DISTINCT FROM
              CASE WHEN e.state IN ('approved', 'paid', 'closed', 'returned', 'renewed')
                   THEN greatest(0, e.returned_fen - div(kept.fen * said.part, said.whole)) ELSE 0 END
        UNION ALL
        SELECT t.district_id, 'transfer', t.id, format('%s fen', t.amount_fen)
        FROM ledger_transfers t JOIN ledger_accounts d ON d.id = t.debit_account_id
        WHERE t.code = 'ending.bonus.back' AND (t.kind <> 'single' OR d.kind <> 'bonus' OR NOT EXISTS (
            SELECT FROM voucher_endings e JOIN vouchers v ON v.id = e.voucher_id
            WHERE v.account_id = t.credit_account_id AND e.returned_fen > 0
              AND e.state IN ('approved', 'paid', 'closed', 'returned', 'renewed')))
    """.replace("ANSWERED", ANSWERED)
    .replace("BONUS_IS_PARTED", BONUS_IS_PARTED)
    .replace("EARNED", _EARNED_NOW),
    "an ending takes of a bonus the share that its policy says": """
        SELECT e.district_id, 'voucher_ending', e.id,
               format('took %s of a bonus of %s: %s says %s', e.returned_fen, e.bonus_fen, rule.path, share)
        FROM voucher_endings e JOIN vouchers v ON v.id = e.voucher_id
        JOIN policy_versions p ON p.id = v.policy_version_id
        LEFT JOIN LATERAL (
            SELECT one ->> 'path' AS path FROM jsonb_array_elements(e.shown -> 'rules') AS rules (one)
            WHERE one ->> 'code' IN ('claw_back', 'claw_back_part', 'bonus_returned')) rule ON true
        LEFT JOIN LATERAL (
            SELECT p.body #> (string_to_array(regexp_replace(replace(rule.path, ']', ''), '[[]', '.'), '.')
                              || CASE WHEN rule.path LIKE '%]' THEN '{claw_back}' ELSE '{}' END::text[])
                   AS share) said ON true
        CROSS JOIN LATERAL (SELECT CASE said.share #>> '{}' WHEN 'returned' THEN e.bonus_fen
            WHEN 'part' THEN div(e.bonus_fen::numeric * e.leftover_fen, nullif(e.face_fen, 0))
            WHEN 'kept' THEN 0
            ELSE div(e.bonus_fen::numeric * (said.share #>> '{}')::bigint, 10000) END AS fen) due
        WHERE e.returned_fen > 0
          AND CASE WHEN e.paid_fen > 0 THEN e.returned_fen IS DISTINCT FROM due.fen
                   ELSE e.returned_fen > coalesce(due.fen, 0) END
    """,
    "an ending that two people handle was approved by a second": """
        SELECT e.district_id, 'voucher_ending', e.id, coalesce(r.payload::text, 'nothing approved')
        FROM voucher_endings e LEFT JOIN approval_requests r
             ON r.kind = 'voucher.end' AND r.subject_id = e.id AND r.state = 'approved'
        WHERE (e.state IN ('approved', 'paid', 'returned', 'renewed')
               OR e.state = 'closed' AND e.kind <> 'lapse') AND
              (r.district_id, r.decided_by_id <> r.requested_by_id, (r.payload ->> 'voucher_id')::bigint,
               r.payload ->> 'effect', (r.payload ->> 'paid_fen')::bigint,
               (r.payload ->> 'returned_fen')::bigint, (r.payload ->> 'forfeited_fen')::bigint,
               e.asked_by_id IN (r.requested_by_id, r.decided_by_id))
              IS DISTINCT FROM
              (e.district_id, true, e.voucher_id, e.effect, e.paid_fen, e.returned_fen, e.forfeited_fen,
               CASE WHEN e.asked_by_id IS NOT NULL THEN false END)
    """,
    "a term lapses after its last day and no sooner": """
        SELECT e.district_id, 'voucher_ending', e.id, format('%s, term to %s', e.asked_at, v.expires_at)
        FROM voucher_endings e JOIN vouchers v ON v.id = e.voucher_id
        WHERE e.state NOT IN ('refused', 'withdrawn')
          AND CASE e.kind WHEN 'back' THEN false
                          WHEN 'lapse' THEN e.asked_at < v.expires_at ELSE e.asked_at >= v.expires_at END
    """,
    "a corrected day of handover is the one that two people decided last": """
        SELECT g.district_id, 'agreement', g.id, format('%s, decided %s', g.vacated_on, r.payload)
        FROM agreements g JOIN (
            SELECT DISTINCT ON (a.subject_id) a.* FROM approval_requests a
            WHERE a.kind = 'agreement.vacated' AND a.state = 'approved'
            ORDER BY a.subject_id, a.id DESC) r ON r.subject_id = g.id
        WHERE (g.vacated_on, true) IS DISTINCT FROM
              ((r.payload ->> 'vacated_on')::date, r.decided_by_id <> r.requested_by_id)
    """,
    "corrected figures of an agreement are those that two people decided last": """
        SELECT g.district_id, 'agreement', g.id, format('%s ㎡, %s people, decided %s', g.entitled_m2,
               g.residents, r.payload)
        FROM agreements g JOIN LATERAL (
            SELECT * FROM approval_requests a WHERE a.kind = 'agreement.entitled' AND a.subject_id = g.id
                                              AND a.state = 'approved' ORDER BY a.id DESC LIMIT 1) r ON true
        WHERE (g.entitled_m2, g.residents, true) IS DISTINCT FROM
              ((r.payload -> 'to' ->> 'm2')::numeric, (r.payload -> 'to' ->> 'residents')::int,
               r.decided_by_id <> r.requested_by_id)
          AND EXISTS (SELECT FROM vouchers v WHERE v.agreement_id = g.id AND v.state <> 'rejected')
    """,
    "the lines of an agreement come to its compensation": """
        SELECT g.district_id, 'agreement', g.id, format('%s fen, lines %s', g.compensation_fen, its.fen)
        FROM agreements g JOIN (
            SELECT agreement_id, sum(amount_fen) AS fen FROM agreement_lines GROUP BY agreement_id) AS its
             ON its.agreement_id = g.id
        WHERE its.fen <> g.compensation_fen
    """,
    "an extension was approved by a second person": """
        SELECT x.district_id, 'voucher_extension', x.id, coalesce(r.payload::text, 'nothing approved')
        FROM voucher_extensions x LEFT JOIN approval_requests r
             ON r.kind = 'voucher.extend' AND r.subject_id = x.id AND r.state = 'approved'
        WHERE x.state = 'approved' AND
              (r.decided_by_id <> r.requested_by_id, (r.payload ->> 'voucher_id')::bigint,
               (r.payload ->> 'months')::bigint) IS DISTINCT FROM (true, x.voucher_id, x.months::bigint)
    """,
    "an extension stays within its policy": """
        SELECT x.district_id, 'voucher', x.voucher_id, format('%s months', sum(x.months))
        FROM voucher_extensions x JOIN vouchers v ON v.id = x.voucher_id
        JOIN policy_versions p ON p.id = v.policy_version_id
        WHERE x.state = 'approved' GROUP BY x.district_id, x.voucher_id, p.body, v.extended_months
        HAVING v.extended_months + sum(x.months) >
               coalesce((p.body -> 'valid' ->> 'extension_months')::int, 0)
    """,
}
"""Each rule with the query that finds what breaks it: district, kind of object, its id, detail. Run together
with those of redemptions, whose tables one of them reads."""
