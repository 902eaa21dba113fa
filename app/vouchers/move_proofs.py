"""What must hold between moves, the vouchers they took and made, and the ledger: queries for breaches."""

from typing import Final

from app.vouchers.heir_proofs import OWN_LINE
from app.vouchers.proofs import STARTED_ON
from app.vouchers.term_proofs import latest_working_day_from

_CODES: Final = "'voucher.transfer', 'voucher.split', 'voucher.merge', 'voucher.inherit'"
_PAIRS: Final = """
    SELECT m.id AS move_id, m.district_id, m.kind, p.voucher_id AS from_id, o.account_id AS from_account,
           n.id AS into_id, n.account_id AS into_account
    FROM voucher_moves m JOIN voucher_move_parts p ON p.move_id = m.id JOIN vouchers o ON o.id = p.voucher_id
    JOIN vouchers n ON n.move_id = m.id WHERE m.state = 'approved'
"""
"""Each voucher that an approved move took, with each that it made."""

_STOOD_STILL: Final = """
    SELECT CASE WHEN p.body -> 'inheritance' ->> 'term' = 'suspended'
                     AND p.body -> 'valid' ->> 'until' IS NULL
           THEN least((p.body -> 'inheritance' ->> 'most_days')::int + waited.days,
                      (m.ended_at AT TIME ZONE 'Asia/Shanghai')::date - greatest(s.died_on, STARTED_ON))
           ELSE 0 END AS days,
           ((p.body -> 'scheme' ->> 'buy_until')::date + interval '1 day') AT TIME ZONE 'Asia/Shanghai'
               AS last
    FROM voucher_stops s JOIN vouchers v ON v.id = s.voucher_id
    JOIN policy_versions p ON p.id = v.policy_version_id JOIN agreements g ON g.id = v.agreement_id
    CROSS JOIN LATERAL (
        SELECT greatest(0, coalesce(max((r.ended_at AT TIME ZONE 'Asia/Shanghai')::date)
                                    - greatest(s.died_on, STARTED_ON), 0)) AS days
        FROM allocations a JOIN redemptions r ON r.id = a.redemption_id
        WHERE a.voucher_id = v.id
          AND r.locked_at < (s.died_on + 1)::timestamp AT TIME ZONE 'Asia/Shanghai') waited
    WHERE s.move_id = m.id
""".replace("STARTED_ON", STARTED_ON)
"""For how many days a term stood still until an inheritance m, and where the scheme ends: days
spent waiting for homes of the estate are none of those that the policy allows."""

_RULES: Final = {
    "a move's money goes from what it took to what it made, once": """
        SELECT t.district_id, 'transfer', t.id, format('%s of %s fen', t.code, t.amount_fen)
        FROM ledger_transfers t
        LEFT JOIN (PAIRS) p ON p.from_account = t.debit_account_id AND p.into_account = t.credit_account_id
        WHERE t.code IN (CODES) AND
              (t.kind, t.code, t.district_id, t.idempotency_key) IS DISTINCT FROM
              ('single', 'voucher.' || p.kind, p.district_id,
               format('voucher.%s:%s:%s:%s', p.kind, p.move_id, p.from_id, p.into_id))
        UNION ALL
        SELECT p.district_id, 'voucher_move', p.move_id, format('nothing from %s to %s', p.from_id, p.into_id)
        FROM (PAIRS) p WHERE NOT EXISTS (
            SELECT FROM ledger_transfers t
            WHERE t.debit_account_id = p.from_account AND t.credit_account_id = p.into_account)
    """.replace("PAIRS", _PAIRS),
    "a move makes or loses no fen": """
        SELECT m.district_id, 'voucher_move', m.id, format('left %s, faces %s; made %s and %s',
               took.left_fen, took.face_fen, made.received_fen, made.face_fen)
        FROM voucher_moves m
        CROSS JOIN LATERAL (
            SELECT sum(p.left_fen) AS left_fen,
                   sum(v.face_fen + coalesce((
                       SELECT sum(t.amount_fen) FROM ledger_transfers t
                       WHERE t.credit_account_id = v.account_id AND t.code = 'voucher.follow'
                             AND t.at <= m.ended_at AND NOT EXISTS (
                                 SELECT FROM vouchers b WHERE b.successor_id = v.id)), 0)) AS face_fen
            FROM voucher_move_parts p JOIN vouchers v ON v.id = p.voucher_id
            WHERE p.move_id = m.id) took
        CROSS JOIN LATERAL (
            SELECT sum(v.face_fen) AS face_fen,
                   sum((SELECT sum(t.amount_fen) FROM ledger_transfers t
                        WHERE t.credit_account_id = v.account_id
                          AND t.code IN (CODES)))
                       AS received_fen
            FROM vouchers v WHERE v.move_id = m.id) made
        WHERE m.state = 'approved' AND
              (took.left_fen, took.face_fen) IS DISTINCT FROM (made.received_fen, made.face_fen)
           OR m.state <> 'approved' AND made.face_fen IS NOT NULL
    """,
    "no part of a split is smaller than its policy lets it": """
        SELECT m.district_id, 'voucher', n.id, format('%s of %s fen', n.face_fen, v.face_fen)
        FROM voucher_moves m
        JOIN voucher_move_parts t ON t.move_id = m.id AND t.dropped_at IS NULL
        JOIN vouchers v ON v.id = t.voucher_id JOIN policy_versions p ON p.id = v.policy_version_id
        JOIN vouchers n ON n.move_id = m.id
        WHERE m.kind = 'split' AND m.state = 'approved' AND p.body -> 'splits' ? 'least_share'
          AND n.face_fen * 10000 < v.face_fen * (p.body -> 'splits' ->> 'least_share')::bigint
    """,
    "what a move took ended, with nothing left but what came back since": """
        SELECT v.district_id, 'voucher', v.id, format('%s, %s fen left, %s promised', v.state, left_.fen,
               left_.promised_fen)
        FROM vouchers v
        LEFT JOIN voucher_move_parts p ON p.voucher_id = v.id AND p.dropped_at IS NULL AND p.is_taken
        LEFT JOIN voucher_moves m ON m.id = p.move_id
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(CASE WHEN t.credit_account_id = v.account_id THEN t.amount_fen
                                     ELSE -t.amount_fen END) FILTER (WHERE t.kind IN ('single', 'post')), 0)
                       AS fen,
                   coalesce(sum(t.amount_fen) FILTER (WHERE t.kind = 'pending' AND NOT EXISTS (
                       SELECT FROM ledger_transfers e WHERE e.pending_id = t.id)), 0) AS promised_fen
            FROM ledger_transfers t
            WHERE v.state = 'moved' AND v.account_id IN (t.debit_account_id, t.credit_account_id)
              AND t.code NOT LIKE 'ending.%'
              AND NOT (t.code = 'voucher.follow' AND t.debit_account_id = v.account_id)
              AND NOT (t.code = 'redemption.back' AND t.id > (
                  SELECT max(o.id) FROM ledger_transfers o WHERE o.debit_account_id = v.account_id
                     AND o.code IN (CODES)))) left_
        WHERE (v.state = 'moved') <> (m.state IS NOT DISTINCT FROM 'approved')
           OR v.is_moving <> coalesce(m.state IN ('asked', 'ready', 'prepared'), false)
           OR left_.fen <> 0 OR left_.promised_fen <> 0
    """,
    "what a voucher counts from before a move is what was spent then": """
        SELECT v.district_id, 'voucher', v.id, format('face %s, received %s, spent before %s',
               v.face_fen, t.received_fen, coalesce(s.spent_fen, 0))
        FROM vouchers v
        CROSS JOIN LATERAL (SELECT sum(amount_fen) AS received_fen FROM ledger_transfers
                            WHERE credit_account_id = v.account_id
                              AND code IN (CODES)) t
        CROSS JOIN LATERAL (
            WITH RECURSIVE line AS (
                SELECT id FROM vouchers WHERE successor_id = v.id
                UNION SELECT b.id FROM vouchers b JOIN line ON b.successor_id = line.id)
            SELECT sum(a.spent_fen - coalesce((SELECT sum(c.back_fen) FROM change_parts c
                                               WHERE c.allocation_id = a.id AND c.at < m.ended_at), 0))
                   AS spent_fen
            FROM line JOIN allocations a ON a.voucher_id = line.id
            JOIN ledger_transfers kept ON kept.pending_id = a.transfer_id AND kept.kind = 'post'
            JOIN voucher_move_parts p ON p.voucher_id = line.id AND p.dropped_at IS NULL
            JOIN voucher_moves m ON m.id = p.move_id) s
        CROSS JOIN LATERAL (
            WITH RECURSIVE line AS (
                SELECT id, account_id FROM vouchers WHERE successor_id = v.id
                UNION SELECT b.id, b.account_id FROM vouchers b JOIN line ON b.successor_id = line.id)
            SELECT coalesce(sum(f.amount_fen), 0) AS fen
            FROM line JOIN ledger_transfers f ON f.credit_account_id = line.account_id
                 AND f.code = 'voucher.follow'
                 AND f.debit_account_id IN (SELECT account_id FROM line)) followed
        WHERE v.move_id IS NOT NULL AND
              v.face_fen - t.received_fen IS DISTINCT FROM coalesce(s.spent_fen, 0) - followed.fen
    """,
    "what came back follows a household to the voucher it has, and nobody else": """
        SELECT t.district_id, 'transfer', t.id, format('%s fen from %s to %s', t.amount_fen, o.id, n.id)
        FROM ledger_transfers t
        LEFT JOIN vouchers o ON o.account_id = t.debit_account_id
        LEFT JOIN vouchers n ON n.account_id = t.credit_account_id
        CROSS JOIN LATERAL (
            WITH RECURSIVE line AS (
                SELECT o.id, o.successor_id, o.household_id
                UNION SELECT b.id, b.successor_id, b.household_id
                FROM vouchers b JOIN line ON line.successor_id = b.id)
            SELECT bool_or(line.id = n.id) AS leads,
                   bool_or(line.id <= n.id AND line.household_id <> o.household_id) AS strangers,
                   bool_or(m.other_name IS NOT NULL AND m.ended_at <= t.at) AS has_other
            FROM line LEFT JOIN voucher_move_parts p ON p.voucher_id = line.id AND p.dropped_at IS NULL
            LEFT JOIN voucher_moves m ON m.id = p.move_id AND m.state = 'approved') way
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(amount_fen) FILTER (WHERE code = 'redemption.back'), 0) AS back_fen,
                   coalesce(sum(amount_fen) FILTER (WHERE code = 'voucher.follow'), 0) AS followed_fen
            FROM ledger_transfers WHERE o.account_id IN (credit_account_id, debit_account_id)
             AND CASE code WHEN 'redemption.back' THEN credit_account_id ELSE debit_account_id END
                 = o.account_id) came
        CROSS JOIN LATERAL (SELECT EXISTS (ESTATE) AS is_one) AS estate
        WHERE t.code = 'voucher.follow' AND
              (t.kind <> 'single' OR t.at >= n.expires_at OR came.followed_fen > came.back_fen
               OR NOT estate.is_one
                  AND (way.leads IS NOT TRUE OR way.has_other
                       OR way.strangers OR o.household_id <> n.household_id))
    """,
    "a move counts, and its terms are those of what it took": """
        SELECT v.district_id, 'voucher', v.id, format('%s+%s/%s/%s to %s', v.transfers_done,
               v.kin_transfers_done, v.splits_done, v.merges_done, v.expires_at)
        FROM vouchers v JOIN voucher_moves m ON m.id = v.move_id
        JOIN policy_versions q ON q.id = v.policy_version_id
        CROSS JOIN LATERAL (
            SELECT (m.kind = 'transfer')::int AS one,
                   coalesce(m.kind = 'transfer' AND q.body #> '{transfers,kin,to}' ? m.kin, false)::int
                       AS to_kin) gave
        CROSS JOIN LATERAL (
            SELECT max(o.transfers_done) AS transfers, max(o.kin_transfers_done) AS kin_transfers,
                   max(o.splits_done) AS splits,
                   max(o.merges_done) AS merges, max(o.inheritances_done) AS inheritances,
                   min(o.expires_at) AS expires_at,
                   bool_and(o.earns_bonus) AS earns_bonus, count(DISTINCT o.policy_version_id) AS policies,
                   min(o.policy_version_id) AS policy_version_id,
                   array_agg((o.agreement_id, o.issued_at, o.stood_still_days)) AS origins,
                   max(o.extended_months + (SELECT coalesce(sum(x.months), 0) FROM voucher_extensions x
                       WHERE x.voucher_id = o.id AND x.state = 'approved')) AS months
            FROM voucher_move_parts p JOIN vouchers o ON o.id = p.voucher_id WHERE p.move_id = m.id) took
        LEFT JOIN LATERAL (STOOD_STILL) still ON true
        CROSS JOIN LATERAL (
            SELECT least(took.expires_at + make_interval(days => coalesce(still.days, 0)), still.last)
                   AS ends,
                   coalesce((SELECT min(x.from_expires_at) FROM voucher_extensions x
                             WHERE x.voucher_id = v.id AND x.state = 'approved'), v.expires_at) AS ended) term
        CROSS JOIN LATERAL (
            SELECT ((term.ends - interval '1 microsecond') AT TIME ZONE 'Asia/Shanghai')::date AS due,
                   ((term.ended - interval '1 microsecond') AT TIME ZONE 'Asia/Shanghai')::date AS last) days
        WHERE took.policies <> 1 OR v.earns_bonus AND NOT took.earns_bonus
           OR NOT (v.agreement_id, v.issued_at, v.stood_still_days - coalesce(still.days, 0))
              = ANY (took.origins)
           OR (v.transfers_done, v.kin_transfers_done, v.splits_done, v.merges_done, v.inheritances_done,
               v.policy_version_id, v.extended_months,
               CASE WHEN EXISTS (SELECT FROM policy_versions moving WHERE moving.id = v.policy_version_id
                                 AND moving.body -> 'valid' ->> 'ends' = 'working_day')
                         AND days.last BETWEEN days.due AND LATEST THEN term.ends ELSE term.ended END)
              IS DISTINCT FROM
              (took.transfers + gave.one - gave.to_kin, took.kin_transfers + gave.to_kin,
               took.splits + (m.kind = 'split')::int, took.merges + (m.kind = 'merge')::int,
               took.inheritances + (m.kind = 'inherit')::int,
               took.policy_version_id, took.months, term.ends)
    """.replace("STOOD_STILL", _STOOD_STILL).replace("LATEST", latest_working_day_from("days.due")),
    "a voucher loses its bonus by a transfer to whom its policy says, and by nothing else": """
        SELECT v.district_id, 'voucher', v.id, format('%s to %s: %s, before it %s', m.kind, m.kin,
               v.earns_bonus, took.earns_bonus)
        FROM vouchers v JOIN voucher_moves m ON m.id = v.move_id
        JOIN policy_versions p ON p.id = v.policy_version_id
        CROSS JOIN LATERAL (SELECT bool_and(o.earns_bonus) AS earns_bonus FROM voucher_move_parts t
                            JOIN vouchers o ON o.id = t.voucher_id WHERE t.move_id = m.id) took
        CROSS JOIN LATERAL (SELECT CASE jsonb_typeof(p.body -> 'transfers')
                                   WHEN 'object' THEN p.body -> 'transfers' -> 'bonus' END AS bonus) said
        WHERE v.earns_bonus IS DISTINCT FROM (took.earns_bonus AND (m.kind <> 'transfer' OR
              CASE jsonb_typeof(said.bonus) WHEN 'object' THEN said.bonus -> 'kept_by' ? m.kin
                                            WHEN 'string' THEN said.bonus = '"kept"' ELSE true END))
    """,
    "heirs have their shares, and the stop for the death ended with that": """
        SELECT m.district_id, 'voucher_move', m.id, format('shares %s, got %s, stop %s', heirs.said, got.said,
               coalesce(s.id, 0))
        FROM voucher_moves m
        CROSS JOIN LATERAL (SELECT jsonb_agg(jsonb_build_array(h.household_id, h.share_fen) ORDER BY h.place)
                                   AS said
                            FROM voucher_heirs h WHERE h.move_id = m.id) heirs
        CROSS JOIN LATERAL (SELECT jsonb_agg(jsonb_build_array(v.household_id, t.amount_fen) ORDER BY v.id)
                                   AS said
                            FROM vouchers v JOIN ledger_transfers t ON t.credit_account_id = v.account_id
                                 AND t.code = 'voucher.inherit' WHERE v.move_id = m.id) got
        LEFT JOIN voucher_stops s ON s.move_id = m.id
        LEFT JOIN voucher_move_parts p ON p.move_id = m.id
        WHERE m.kind = 'inherit' AND m.state = 'approved'
              AND (heirs.said IS DISTINCT FROM got.said OR got.said IS NULL
                   OR (s.voucher_id, s.died_on) IS DISTINCT FROM
                      (p.voucher_id, (m.shown -> 'wish' ->> 'died_on')::date)
                   OR s.ended_at NOT BETWEEN m.ended_at - interval '1 minute' AND m.ended_at)
           OR (m.kind <> 'inherit' OR m.state <> 'approved') AND s.id IS NOT NULL
           OR m.kind <> 'inherit' AND heirs.said IS NOT NULL
    """,
    "what a voucher did goes on counting with one that came of its move": """
        SELECT v.district_id, 'voucher', v.id, format('succeeded by %s', v.successor_id)
        FROM vouchers v LEFT JOIN vouchers n ON n.id = v.successor_id
        LEFT JOIN voucher_move_parts p ON p.voucher_id = v.id AND p.dropped_at IS NULL
        WHERE v.successor_id IS NOT NULL AND n.move_id IS DISTINCT FROM p.move_id
    """,
    "a voucher that came of a move is one of its parties', who consented": """
        SELECT v.district_id, 'voucher', v.id, format('household %s', v.household_id)
        FROM vouchers v JOIN voucher_moves m ON m.id = v.move_id
        WHERE m.kind <> 'inherit' AND v.household_id <> m.household_id
              AND (v.household_id IS DISTINCT FROM m.other_household_id OR m.consented_at IS NULL)
           OR m.kind IN ('transfer', 'inherit') AND v.household_id = m.household_id
    """,
    "whoever's vouchers were merged asked or consented": """
        SELECT m.district_id, 'voucher_move', m.id, format('voucher %s of household %s', v.id, v.household_id)
        FROM voucher_moves m JOIN voucher_move_parts p ON p.move_id = m.id
        JOIN vouchers v ON v.id = p.voucher_id
        LEFT JOIN voucher_move_owners o ON o.move_id = m.id AND o.household_id = v.household_id
        WHERE v.household_id <> m.household_id AND
              (m.kind <> 'merge' OR o.move_id IS NULL OR p.is_taken <> (o.consented_at IS NOT NULL))
           OR v.household_id = m.household_id AND (o.move_id IS NOT NULL OR NOT p.is_taken)
           OR m.state = 'approved' AND NOT p.is_taken
        UNION ALL
        SELECT m.district_id, 'voucher_move', m.id, format('household %s has none in it', o.household_id)
        FROM voucher_moves m JOIN voucher_move_owners o ON o.move_id = m.id
        LEFT JOIN approval_requests r
             ON r.kind = 'voucher.move' AND r.subject_id = m.id AND r.state = 'approved'
        WHERE m.kind <> 'merge' OR o.consented_by_id = r.decided_by_id OR o.consented_by_id = m.asked_by_id
           OR NOT EXISTS (SELECT FROM voucher_move_parts p JOIN vouchers v ON v.id = p.voucher_id
                          WHERE p.move_id = m.id AND v.household_id = o.household_id)
    """,
    "a move was prepared by one person and approved by a second": """
        SELECT m.district_id, 'voucher_move', m.id, coalesce(r.payload::text, 'nothing approved')
        FROM voucher_moves m LEFT JOIN approval_requests r
             ON r.kind = 'voucher.move' AND r.subject_id = m.id AND r.state = 'approved'
        WHERE m.state = 'approved' AND
              (r.district_id, r.decided_by_id <> r.requested_by_id, r.payload ->> 'kind',
               (r.payload ->> 'household_id')::bigint, r.payload ->> 'evidence',
               coalesce(m.asked_by_id = r.decided_by_id
                        OR m.asked_by_id = r.requested_by_id AND m.kind <> 'inherit', false),
               coalesce(m.consented_by_id = r.decided_by_id, false))
              IS DISTINCT FROM (m.district_id, true, m.kind, m.household_id, m.evidence, false, false)
    """,
    "a move is what the audit trail says": """
        SELECT m.district_id, 'voucher_move', m.id, coalesce(t.detail::text, 'not there')
        FROM voucher_moves m
        LEFT JOIN approval_requests r
             ON r.kind = 'voucher.move' AND r.subject_id = m.id AND r.state = 'approved'
        LEFT JOIN audit_rows t ON t.action = 'move.approve' AND t.object_id = m.id
             AND t.user_id = r.decided_by_id
        WHERE m.state = 'approved' AND
              ((t.detail ->> 'household_id')::bigint, (t.detail ->> 'other_household_id')::bigint,
               (t.detail ->> 'left_fen')::bigint) IS DISTINCT FROM
              (m.household_id, coalesce(m.other_household_id, 0),
               (SELECT sum(left_fen) FROM voucher_move_parts WHERE move_id = m.id)::bigint)
    """,
}
MOVES: Final = {
    rule: query.replace("ESTATE", f"{OWN_LINE} AND n.move_id = i.id").replace("CODES", _CODES)
    for rule, query in _RULES.items()
}
"""Each rule with the query that finds what breaks it: district, kind of object, its id, detail. Run together
with those of redemptions, whose tables one of them reads. What was shown is held against what became of it by
the sums and terms here; the row keeps it, and the approval its hash (``move_rules.digest``)."""
