"""What must hold between redemptions, vouchers, homes and the ledger, as queries that find what does not."""

from typing import Final

from app.redemptions.bonus_proofs import BONUSES
from app.redemptions.earning_proofs import EARNING
from app.redemptions.use_proofs import USE
from app.vouchers.proofs import STARTED_ON
from app.vouchers.rounding_proofs import half, step

PROMISES: Final = """
    WITH promises AS (
        SELECT a.id, a.district_id, a.redemption_id, a.transfer_id, a.spent_fen AS amount_fen,
               v.account_id AS debit_account_id, 'redemption.spend' AS code, 'developer_payable' AS side
        FROM allocations a JOIN vouchers v ON v.id = a.voucher_id
        UNION ALL
        SELECT a.id, a.district_id, a.redemption_id, a.bonus_transfer_id, a.bonus_fen, b.id,
               'redemption.bonus', 'developer_payable'
        FROM allocations a
        LEFT JOIN ledger_accounts b ON b.district_id = a.district_id AND b.kind = 'bonus'
        WHERE a.bonus_fen > 0
        UNION ALL
        SELECT a.id, a.district_id, a.redemption_id, a.cash_transfer_id, a.cash_fen, b.id,
               'redemption.cash', 'household_payable'
        FROM allocations a
        LEFT JOIN ledger_accounts b ON b.district_id = a.district_id AND b.kind = 'bonus'
        WHERE a.cash_fen > 0
    )
"""
"""What the allocations say was promised: from and to which account, how much, by which transfer, as what."""

_IN_CASH: Final = """
    SELECT coalesce(sum(l.amount_fen), 0)::bigint AS fen FROM agreement_lines l
    WHERE p.body ? 'face_without' AND l.agreement_id = a.id AND p.body -> 'face_without' ? l.kind
"""
"""What of an agreement's compensation its policy leaves to be paid in cash, in fen."""

PROOFS: Final = {
    "an allocation's promises are in the ledger": """
        SELECT p.district_id, 'allocation', p.id, format('transfer %s', p.transfer_id)
        FROM promises p LEFT JOIN ledger_transfers t ON t.id = p.transfer_id
        LEFT JOIN ledger_accounts c ON c.id = t.credit_account_id
        WHERE (t.kind, t.code, t.district_id, t.debit_account_id, t.amount_fen, c.kind)
              IS DISTINCT FROM
              ('pending', p.code, p.district_id, p.debit_account_id, p.amount_fen, p.side)
    """,
    "a transfer is promised by one allocation": """
        SELECT min(district_id), 'transfer', transfer_id, format('%s allocations', count(*))
        FROM promises GROUP BY transfer_id HAVING count(*) > 1
    """,
    "promises end with their redemption": """
        SELECT r.district_id, 'redemption', r.id,
               format('%s, but transfer %s %s', r.state, p.transfer_id, coalesce(e.kind, 'is open'))
        FROM redemptions r JOIN promises p ON p.redemption_id = r.id
        LEFT JOIN ledger_transfers e ON e.pending_id = p.transfer_id
        WHERE e.kind IS DISTINCT FROM CASE
              WHEN r.state = 'redeemed' THEN 'post'
              WHEN r.state = 'reversed' THEN (
                  SELECT CASE c.from_state WHEN 'redeemed' THEN 'post' ELSE 'void' END
                  FROM purchase_changes c
                  WHERE c.redemption_id = r.id AND c.state = 'done' AND c.price_fen IS NULL)
              WHEN r.state IN ('cancelled', 'refused', 'expired') THEN 'void' END
    """,
    "every promise in the ledger has its allocation": """
        SELECT t.district_id, 'transfer', t.id, t.code
        FROM ledger_transfers t LEFT JOIN promises p ON p.transfer_id = t.id
        WHERE t.kind = 'pending' AND p.transfer_id IS NULL
              AND t.code NOT LIKE 'top_up.%' AND t.code NOT LIKE 'ending.%'
              AND t.code NOT LIKE 'settlement.%' AND t.code <> 'stop.court'
    """,
    "vouchers, bonus and top-up are the price": """
        SELECT r.district_id, 'redemption', r.id,
               format('%s of %s', coalesce(sum(a.spent_fen + a.bonus_fen), 0) + r.top_up_fen, r.price_fen)
        FROM redemptions r LEFT JOIN allocations a ON a.redemption_id = r.id
        GROUP BY r.id HAVING coalesce(sum(a.spent_fen + a.bonus_fen), 0) + r.top_up_fen <> r.price_fen
            OR r.state <> 'reversed'
               AND coalesce(sum(a.spent_fen - a.back_fen + a.bonus_fen - a.bonus_back_fen), 0)
                   + r.top_up_fen + r.own_adjusted_fen <> r.price_fen + r.adjusted_fen
    """,
    "a redemption is what its quote said": """
        SELECT r.district_id, 'redemption', r.id, format('quote %s', q.ref)
        FROM redemptions r JOIN quotes q ON q.id = r.quote_id
        WHERE (r.household_id, r.home_id, r.price_fen, r.top_up_fen) IS DISTINCT FROM
              (q.household_id, q.home_id, (q.snapshot ->> 'price_fen')::bigint,
               (q.snapshot ->> 'top_up_fen')::bigint)
    """,
    "a household holds no more homes than its policy lets it": """
        SELECT r.district_id, 'redemption', r.id, format('%s held before, of %s', count(*), s.most)
        FROM redemptions r JOIN quotes q ON q.id = r.quote_id
        JOIN homes h ON h.id = r.home_id AND h.kind = 'home'
        CROSS JOIN LATERAL (SELECT (q.snapshot ->> 'hold_homes')::bigint AS most) s
        JOIN redemption_moves began ON began.redemption_id = r.id AND began.action = 'reserve'
        JOIN redemptions o ON o.household_id = r.household_id AND o.deadline_at > r.locked_at
        JOIN homes oh ON oh.id = o.home_id AND oh.kind = 'home'
        JOIN redemption_moves taken ON taken.redemption_id = o.id AND taken.action = 'reserve'
             AND taken.id < began.id
        WHERE NOT EXISTS (SELECT FROM redemption_moves left_ WHERE left_.redemption_id = o.id
                          AND left_.from_state = 'locked' AND left_.id < began.id)
        GROUP BY r.id, s.most HAVING count(*) >= s.most
    """,
    "a household holds no more spaces alone than its policy lets it": """
        SELECT r.district_id, 'redemption', r.id, format('%s held before, of %s', count(*), s.most)
        FROM redemptions r JOIN quotes q ON q.id = r.quote_id
        JOIN homes h ON h.id = r.home_id AND h.kind <> 'home'
        CROSS JOIN LATERAL (SELECT (q.snapshot ->> 'hold_spaces')::bigint AS most) s
        JOIN redemption_moves began ON began.redemption_id = r.id AND began.action = 'reserve'
        JOIN redemptions o ON o.household_id = r.household_id AND o.deadline_at > r.locked_at
             AND o.beside_id IS NULL
        JOIN homes oh ON oh.id = o.home_id AND oh.kind <> 'home'
        JOIN redemption_moves taken ON taken.redemption_id = o.id AND taken.action = 'reserve'
             AND taken.id < began.id
        WHERE r.beside_id IS NULL
          AND NOT EXISTS (SELECT FROM redemption_moves left_ WHERE left_.redemption_id = o.id
                          AND left_.from_state = 'locked' AND left_.id < began.id)
        GROUP BY r.id, s.most HAVING count(*) >= s.most
    """,
    "a basket is locked whole or not at all": """
        SELECT q.district_id, 'basket', q.basket_quote_id,
               format('%s of %s homes locked', count(r.id), count(*))
        FROM quotes q LEFT JOIN redemptions r ON r.quote_id = q.id
        WHERE q.basket_quote_id IS NOT NULL
        GROUP BY q.district_id, q.basket_quote_id HAVING count(r.id) NOT IN (0, count(*))
    """,
    "a contract is what the household was shown": """
        SELECT r.district_id, 'redemption', r.id,
               format('%s m2 for %s fen', r.contract_area_m2, r.contract_price_fen)
        FROM redemptions r JOIN quotes q ON q.id = r.quote_id
        LEFT JOIN LATERAL (SELECT area_m2 FROM purchase_changes c
                           WHERE c.redemption_id = r.id AND c.state = 'done' AND c.kind = 'contract'
                           ORDER BY c.id DESC LIMIT 1) changed ON true
        WHERE r.contract_number IS NOT NULL AND (r.contract_area_m2, r.contract_price_fen) IS DISTINCT FROM
              (coalesce(changed.area_m2, (q.snapshot -> 'home' ->> 'area_m2')::numeric),
               (q.snapshot ->> 'price_fen')::bigint)
    """,
    "a contract is what was typed of it": """
        SELECT r.district_id, 'redemption', r.id, format('%s, typed %s', r.contract_number, e.number)
        FROM redemptions r JOIN contract_entries e ON e.redemption_id = r.id AND e.state = 'current'
        LEFT JOIN purchase_changes c ON c.entry_id = e.id AND c.state = 'done'
        WHERE (r.contract_number, r.contract_signed_on, r.contract_area_m2,
               coalesce(c.price_fen, r.contract_price_fen))
              IS DISTINCT FROM (e.number, e.signed_on, e.area_m2, e.price_fen)
    """,
    "a contract names its buyers and has its scan": """
        SELECT e.district_id, 'contract_entry', e.id, format('%s buyers', count(b.id))
        FROM contract_entries e LEFT JOIN contract_buyers b ON b.entry_id = e.id
        GROUP BY e.id
        HAVING count(b.id) = 0
            OR NOT EXISTS (SELECT FROM documents
                           WHERE owner_kind = 'contract_entry' AND owner_id = e.id AND kind = 'contract')
    """,
    "who is kin on a verified contract has a paper that was accepted": """
        SELECT e.district_id, 'contract_entry', e.id, format('buyer %s', b.place)
        FROM redemptions r JOIN contract_entries e ON e.redemption_id = r.id AND e.state = 'current'
        JOIN contract_buyers b ON b.entry_id = e.id AND b.basis = 'proof'
        WHERE r.state IN ('checked', 'redeemed') AND NOT EXISTS (
            SELECT FROM kinship_proofs k JOIN documents d ON d.id = k.document_id
            WHERE k.buyer_id = b.id AND k.state = 'accepted'
              AND (d.owner_kind, d.owner_id, d.kind) = ('contract_buyer', b.id, 'kinship'))
    """,
    "vouchers give what the quote said": """
        SELECT coalesce(said.district_id, a.district_id), 'redemption',
               coalesce(said.redemption_id, a.redemption_id),
               format('%s fen and %s, quote %s', a.spent_fen, a.bonus_fen, coalesce(said.part::text, 'none'))
        FROM (
            SELECT r.district_id, r.id AS redemption_id, part, (part ->> 'voucher_id')::bigint AS voucher_id
            FROM redemptions r JOIN quotes q ON q.id = r.quote_id
            CROSS JOIN LATERAL jsonb_array_elements(q.snapshot -> 'parts') AS parts (part)
            WHERE (part ->> 'spent_fen')::bigint > 0
        ) AS said
        FULL JOIN allocations a ON a.redemption_id = said.redemption_id AND a.voucher_id = said.voucher_id
        CROSS JOIN LATERAL (
            SELECT coalesce(jsonb_object_agg(one ->> 'path', one -> 'fen')
                            FILTER (WHERE one ->> 'paid' = 'price'), '{}') AS bonuses,
                   coalesce(jsonb_object_agg(one ->> 'path', one -> 'fen')
                            FILTER (WHERE one ->> 'paid' = 'cash'), '{}') AS cash_bonuses,
                   coalesce(sum((one ->> 'fen')::bigint)
                            FILTER (WHERE one ->> 'paid' = 'cash'), 0) AS cash_fen,
                   sum((one ->> 'fen')::bigint) FILTER (WHERE one ->> 'paid' = 'price') AS bonus_fen
            FROM jsonb_array_elements(part -> 'each') AS parts (one)
        ) AS whole
        WHERE (a.spent_fen, a.bonus_fen, a.bonus_bp, a.bonuses,
               a.cash_bonuses, a.cash_fen, a.counts_for) IS DISTINCT FROM
              ((part ->> 'spent_fen')::bigint, (part ->> 'bonus_fen')::bigint, (part ->> 'rate_bp')::bigint,
               whole.bonuses, whole.cash_bonuses, whole.cash_fen, coalesce(part -> 'counts_for', '[]'))
           OR whole.bonus_fen <> a.bonus_fen
    """,
    "a purchase is written off after its top-up arrived": """
        SELECT r.district_id, 'redemption', r.id,
               format('%s of %s fen', came.fen, t.amount_fen)
        FROM redemptions r JOIN top_ups t ON t.owner = format('redemption:%s', r.id)
        CROSS JOIN LATERAL (
            SELECT coalesce((SELECT sum(l.amount_fen)
                             FROM line_matches m JOIN statement_lines l ON l.id = m.line_id
                             WHERE m.top_up_id = t.id AND m.taken_back_at IS NULL), 0)
                   - coalesce((SELECT sum(f.amount_fen) FROM refunds f
                               WHERE f.top_up_id = t.id AND f.state <> 'rejected'), 0)
                   + coalesce((SELECT sum(c.captured_fen) FROM card_payments c WHERE c.top_up_id = t.id), 0)
                   - coalesce((SELECT sum(f.amount_fen)
                               FROM card_refunds f JOIN card_payments c ON c.id = f.payment_id
                               WHERE c.top_up_id = t.id AND f.state NOT IN ('rejected', 'failed')), 0) AS fen
        ) AS came
        WHERE t.amount_fen + t.adjusted_fen <> r.top_up_fen + r.own_adjusted_fen
           OR r.state = 'redeemed' AND came.fen < least(r.top_up_fen, r.top_up_fen + r.own_adjusted_fen)
    """,
    "a top-up is due as long as its purchase stands": """
        SELECT r.district_id, 'redemption', r.id, format('%s, top-up ended %s', r.state, t.ended_at)
        FROM redemptions r JOIN top_ups t ON t.owner = format('redemption:%s', r.id)
        WHERE (t.ended_at IS NOT NULL) <> (r.state IN ('cancelled', 'refused', 'expired', 'reversed'))
    """,
    "a redemption stands where its last step left it": """
        SELECT r.district_id, 'redemption', r.id, format('%s, last step to %s', r.state, m.to_state)
        FROM redemptions r
        LEFT JOIN (SELECT DISTINCT ON (redemption_id) redemption_id, to_state FROM redemption_moves
                   ORDER BY redemption_id, id DESC) m ON m.redemption_id = r.id
        WHERE m.to_state IS DISTINCT FROM r.state
    """,
    "every step is in the audit trail": """
        SELECT m.district_id, 'redemption', m.redemption_id, m.action
        FROM redemption_moves m
        LEFT JOIN audit_rows t ON t.object_type = 'redemption' AND t.object_id = m.redemption_id
             AND t.action = 'redemption.' || m.action AND t.user_id IS NOT DISTINCT FROM m.user_id
        WHERE t.seq IS NULL
    """,
    "a quote is what the audit trail says": """
        SELECT q.district_id, 'quote', q.id, coalesce(t.detail::text, 'not there')
        FROM quotes q JOIN redemptions r ON r.quote_id = q.id
        LEFT JOIN audit_rows t ON t.action = 'redemption.quote' AND t.object_id = q.id
        WHERE ((t.detail ->> 'home_id')::bigint, (t.detail ->> 'price_fen')::bigint,
               (t.detail ->> 'top_up_fen')::bigint)
              IS DISTINCT FROM (q.home_id, (q.snapshot ->> 'price_fen')::bigint,
                                (q.snapshot ->> 'top_up_fen')::bigint)
    """,
    "a lock held what the audit trail says": """
        SELECT r.district_id, 'redemption', r.id, coalesce(t.detail::text, 'not there')
        FROM redemptions r
        LEFT JOIN (SELECT redemption_id, sum(spent_fen) AS spent_fen, sum(bonus_fen) AS bonus_fen
                   FROM allocations GROUP BY redemption_id) held ON held.redemption_id = r.id
        LEFT JOIN audit_rows t ON t.action = 'redemption.reserve' AND t.object_id = r.id
        WHERE ((t.detail ->> 'home_id')::bigint, (t.detail ->> 'quote_id')::bigint,
               (t.detail ->> 'spent_fen')::bigint, (t.detail ->> 'bonus_fen')::bigint,
               (t.detail ->> 'top_up_fen')::bigint)
              IS DISTINCT FROM (r.home_id, r.quote_id, held.spent_fen, held.bonus_fen, r.top_up_fen)
    """,
    "a space stands beside a home of its household, paid with vouchers that pay for it, or alone": """
        SELECT r.district_id, 'redemption', r.id, format('beside %s, which is %s', b.ref, b.state)
        FROM redemptions r JOIN homes s ON s.id = r.home_id
        LEFT JOIN redemptions b ON b.id = r.beside_id LEFT JOIN homes h ON h.id = b.home_id
        WHERE (s.kind = 'home' AND r.beside_id IS NOT NULL)
           OR (s.kind <> 'home' AND r.beside_id IS NULL
               AND EXISTS (SELECT FROM allocations a JOIN vouchers v ON v.id = a.voucher_id
                           JOIN policy_versions p ON p.id = v.policy_version_id
                           WHERE a.redemption_id = r.id AND p.body ->> 'spaces' IS DISTINCT FROM 'alone'))
           OR (r.beside_id IS NOT NULL
               AND (h.kind <> 'home' OR b.household_id <> r.household_id
                    OR h.development_id <> s.development_id
                    OR (r.state = 'redeemed' AND b.state <> 'redeemed')
                    OR EXISTS (SELECT FROM allocations a WHERE a.redemption_id = r.id
                               AND a.voucher_id NOT IN (SELECT voucher_id FROM allocations
                                                        WHERE redemption_id = b.id))))
    """,
    "vouchers pay for their own household, or by consent": """
        SELECT r.district_id, 'redemption', r.id, format('voucher %s', v.ref)
        FROM redemptions r JOIN allocations a ON a.redemption_id = r.id JOIN vouchers v ON v.id = a.voucher_id
        LEFT JOIN kin_consents k ON k.redemption_id = r.id AND k.voucher_id = v.id AND k.state = 'used'
             AND k.owner_id = v.household_id AND k.household_id = r.household_id AND k.home_id = r.home_id
             AND k.most_fen >= a.spent_fen AND k.given_at <= r.locked_at AND k.ends_at > r.locked_at
        LEFT JOIN audit_rows t ON t.action = 'consent.give' AND t.object_id = k.id
             AND t.user_id = k.given_by_id AND (t.detail ->> 'most_fen')::bigint = k.most_fen
        WHERE v.household_id <> r.household_id AND (k.id IS NULL OR t.seq IS NULL)
    """,
    "a home is locked, sold or free as its redemptions say": """
        SELECT NULL::bigint, 'home', id, format('%s, but %s buying and %s bought', status, buying, bought)
        FROM (
            SELECT h.id, h.status, count(r.id) FILTER (WHERE r.ended_at IS NULL) AS buying,
                   count(r.id) FILTER (WHERE r.state = 'redeemed')
                   + (SELECT count(*) FROM cash_sales s
                      WHERE s.home_id = h.id AND s.state = 'standing') AS bought
            FROM homes h LEFT JOIN redemptions r ON r.home_id = h.id GROUP BY h.id
        ) AS counted
        WHERE (buying, bought) <> ((status = 'locked')::int, (status = 'sold')::int)
    """,
    "money comes in only as the issue of a voucher": """
        SELECT t.district_id, 'transfer', t.id, format('%s of %s fen', t.code, t.amount_fen)
        FROM ledger_transfers t
        LEFT JOIN ledger_accounts d ON d.id = t.debit_account_id
        LEFT JOIN vouchers v ON v.account_id = t.credit_account_id AND v.issued_at IS NOT NULL
             AND v.move_id IS NULL
        WHERE t.kind = 'single' AND t.code NOT LIKE 'top_up.%'
              AND t.code NOT LIKE 'cash_bonus.%' AND t.code NOT LIKE 'interest.%'
              AND t.code NOT LIKE 'settlement.%'
              AND t.code NOT IN ('ending.paid', 'ending.returned', 'redemption.back', 'redemption.bonus_back',
                                 'ending.bonus.back')
              AND t.code NOT IN ('voucher.transfer', 'voucher.split', 'voucher.merge', 'voucher.inherit',
                                 'voucher.follow')
              AND (t.code, d.kind, t.district_id, t.amount_fen)
              IS DISTINCT FROM ('voucher.issue', 'issue', v.district_id, v.face_fen)
    """,
    "an issued voucher received its face value": """
        SELECT v.district_id, 'voucher', v.id,
               format('%s of %s in %s transfers', coalesce(t.received, 0), v.face_fen, coalesce(t.times, 0))
        FROM vouchers v
        LEFT JOIN (SELECT credit_account_id, sum(amount_fen) AS received, count(*) AS times
                   FROM ledger_transfers WHERE kind IN ('single', 'post') AND code NOT LIKE '%.back'
                   GROUP BY credit_account_id) t
               ON t.credit_account_id = v.account_id
        WHERE v.move_id IS NULL AND (coalesce(t.received, 0), coalesce(t.times, 0))
              <> (CASE WHEN v.issued_at IS NULL THEN 0 ELSE v.face_fen END, (v.issued_at IS NOT NULL)::int)
    """,
    "an issued voucher has an account of its own": """
        SELECT v.district_id, 'voucher', v.id, format('account %s', v.account_id)
        FROM vouchers v LEFT JOIN ledger_accounts a ON a.id = v.account_id
        WHERE v.issued_at IS NOT NULL AND (a.kind, a.district_id, a.owner)
              IS DISTINCT FROM ('voucher', v.district_id, format('voucher:%s', v.id))
    """,
    "a voucher is its agreement's": """
        SELECT v.district_id, 'voucher', v.id, format('household %s, face %s', v.household_id, v.face_fen)
        FROM vouchers v LEFT JOIN agreements a ON a.id = v.agreement_id
        LEFT JOIN policy_versions p ON p.id = v.policy_version_id
        CROSS JOIN LATERAL (SELECT coalesce(sum(fen::bigint), 0) AS fen
                            FROM jsonb_each_text(v.additions) AS parts (path, fen)) added
        CROSS JOIN LATERAL (IN_CASH) AS in_cash
        WHERE v.move_id IS NULL
              AND (a.district_id, a.household_id, a.compensation_fen - in_cash.fen + added.fen)
              IS DISTINCT FROM (v.district_id, v.household_id, v.face_fen)
    """.replace("IN_CASH", _IN_CASH),
    "what was added to a compensation is what the policy adds": """
        SELECT v.district_id, 'voucher', v.id, format('%s, by the policy %s fen', v.additions, said.fen)
        FROM vouchers v JOIN policy_versions p ON p.id = v.policy_version_id
        JOIN agreements a ON a.id = v.agreement_id JOIN households w ON w.id = a.household_id
        LEFT JOIN LATERAL (
            SELECT payload -> 'was' AS was FROM approval_requests
            WHERE kind = 'agreement.entitled' AND subject_id = a.id AND state = 'approved'
              AND decided_at > v.issued_at ORDER BY id LIMIT 1
        ) AS corrected ON true
        CROSS JOIN LATERAL (IN_CASH) AS in_cash
        CROSS JOIN LATERAL (SELECT coalesce((was ->> 'm2')::numeric, a.entitled_m2) AS m2,
                                   coalesce((was ->> 'residents')::int, a.residents) AS residents) AS stood
        CROSS JOIN LATERAL (
            SELECT coalesce(jsonb_object_agg(format('face[%s]', place - 1), fen) FILTER (WHERE fen > 0),
                            '{}') AS fen
            FROM jsonb_array_elements(coalesce(p.body -> 'face', '[]')) WITH ORDINALITY AS lines (one, place)
            CROSS JOIN LATERAL (
                SELECT CASE WHEN one -> 'parts' IS NULL THEN a.compensation_fen
                       ELSE greatest(coalesce(sum(amount_fen), 0), 0)::bigint END AS of_parts
                FROM agreement_lines l WHERE l.agreement_id = a.id AND one -> 'parts' ? l.kind
            ) AS shared
            LEFT JOIN LATERAL (
                SELECT CASE WHEN one ? 'slices'
                       THEN sum((least(upto, of_parts) - above) * rate)::bigint / 10000
                       ELSE of_parts * (array_agg(rate ORDER BY above DESC))[1] / 10000 END AS by_size
                FROM (SELECT (row ->> 'above')::bigint AS above, (row ->> 'rate')::bigint AS rate,
                             lead((row ->> 'above')::bigint, 1, of_parts)
                             OVER (ORDER BY (row ->> 'above')::bigint) AS upto
                      FROM jsonb_array_elements(coalesce(one -> 'brackets', one -> 'slices')) AS rows (row)
                     ) AS sizes
                WHERE above < of_parts
            ) AS sized ON one ?| '{brackets,slices}'
            CROSS JOIN LATERAL (
                SELECT a.compensation_fen - in_cash.fen + coalesce(
                    sum((v.additions ->> format('face[%s]', earlier))::bigint), 0)::bigint AS so_far
                FROM generate_series(0, place - 2) AS lines_before (earlier)) AS before
            CROSS JOIN LATERAL (SELECT coalesce(
                of_parts * (one ->> 'rate')::bigint / 10000, (one ->> 'yuan')::bigint, by_size,
                floor((one ->> 'yuan_per_m2')::bigint * w.old_area_m2)::bigint,
                floor((one ->> 'yuan_per_entitled_m2')::bigint * stood.m2)::bigint,
                (one ->> 'yuan_per_resident')::bigint * stood.residents,
                greatest(0, (one ->> 'fill_to')::bigint - so_far)) AS adds_fen) AS adds
            CROSS JOIN LATERAL (SELECT least((one ->> 'most_yuan')::bigint,
                CASE WHEN one ? 'most_face' THEN greatest(0, (one ->> 'most_face')::bigint - so_far) END)
                AS most_fen, STEP AS step, HALF AS half) AS bound
            CROSS JOIN LATERAL (SELECT least(most_fen, CASE WHEN adds_fen > 0
                THEN greatest(adds_fen, (one ->> 'least_yuan')::bigint) ELSE adds_fen END) AS exact_fen
            ) AS whole
            CROSS JOIN LATERAL (SELECT CASE WHEN (exact_fen + half) / step * step > most_fen THEN 0
                                       ELSE half END AS up) AS added
            CROSS JOIN LATERAL (SELECT (exact_fen + up) / step * step AS fen) AS rounded
            WHERE a.signed_on >= coalesce((one ->> 'signed_from')::date, a.signed_on)
              AND a.signed_on <= coalesce((one ->> 'signed_to')::date, a.signed_on)
        ) AS said
        WHERE v.move_id IS NULL AND v.issued_at IS NOT NULL AND v.additions <> said.fen
    """.replace("STEP", step("one ->> 'rounding'"))
    .replace("HALF", half("one ->> 'rounding'"))
    .replace("IN_CASH", _IN_CASH),
    "an issued voucher is what a second person approved": """
        SELECT v.district_id, 'voucher', v.id, coalesce(r.payload::text, 'nothing approved')
        FROM vouchers v LEFT JOIN policy_versions p ON p.id = v.policy_version_id
        LEFT JOIN approval_requests r
               ON r.kind = 'voucher.issue' AND r.subject_id = v.id AND r.state = 'approved'
        WHERE v.issued_at IS NOT NULL AND v.move_id IS NULL AND
              (r.district_id, r.decided_by_id <> r.requested_by_id, (r.payload ->> 'agreement_id')::bigint,
               (r.payload ->> 'face_fen')::bigint, coalesce(r.payload -> 'additions', '{}'),
               (r.payload ->> 'policy_version_id')::bigint,
               r.payload ->> 'policy_sha256')
              IS DISTINCT FROM
              (v.district_id, true, v.agreement_id, v.face_fen, v.additions, v.policy_version_id, p.sha256)
    """,
    "an issued voucher is what the audit trail says": """
        SELECT v.district_id, 'voucher', v.id, format('%s: %s', act, coalesce(t.detail::text, 'not there'))
        FROM vouchers v CROSS JOIN (VALUES ('voucher.submit'), ('voucher.issue')) AS acts (act)
        LEFT JOIN approval_requests r
               ON r.kind = 'voucher.issue' AND r.subject_id = v.id AND r.state = 'approved'
        LEFT JOIN audit_rows t ON t.action = act AND t.object_id = v.id
        WHERE v.issued_at IS NOT NULL AND v.move_id IS NULL AND
              (t.user_id, (t.detail ->> 'agreement_id')::bigint, (t.detail ->> 'face_fen')::bigint,
               (t.detail ->> 'policy_version_id')::bigint)
              IS DISTINCT FROM
              (CASE act WHEN 'voucher.submit' THEN r.requested_by_id ELSE r.decided_by_id END,
               v.agreement_id, v.face_fen, v.policy_version_id)
    """,
    "a voucher's term begins with its money": """
        SELECT v.district_id, 'voucher', v.id, format('issued %s, money %s', v.issued_at, t.at)
        FROM vouchers v
        JOIN ledger_transfers t ON t.credit_account_id = v.account_id AND t.code = 'voucher.issue'
        WHERE v.issued_at NOT BETWEEN t.at - interval '1 minute' AND t.at + interval '1 minute'
    """,
    "a voucher lapses when its policy says": """
        SELECT v.district_id, 'voucher', v.id, format('lapses %s', v.expires_at)
        FROM vouchers v LEFT JOIN policy_versions p ON p.id = v.policy_version_id
        LEFT JOIN agreements g ON g.id = v.agreement_id
        LEFT JOIN (SELECT voucher_id, sum(months) AS months FROM voucher_extensions
                   WHERE state = 'approved' GROUP BY voucher_id) x ON x.voucher_id = v.id
        WHERE v.issued_at IS NOT NULL AND v.move_id IS NULL
              AND p.body -> 'valid' ->> 'ends' IS DISTINCT FROM 'working_day'
              AND v.expires_at IS DISTINCT FROM (
              least((p.body -> 'scheme' ->> 'buy_until')::date, coalesce(
                  (p.body -> 'valid' ->> 'until')::date + make_interval(months => coalesce(x.months, 0)::int),
                  STARTED_ON + (p.body -> 'valid' ->> 'days')::int
                      + make_interval(months => coalesce(x.months, 0)::int),
                  STARTED_ON + make_interval(
                      months => (p.body -> 'valid' ->> 'months')::int + coalesce(x.months, 0)::int)))
              + interval '1 day') AT TIME ZONE 'Asia/Shanghai'
    """.replace("STARTED_ON", STARTED_ON),
    **BONUSES,
    **USE,
    **EARNING,
}
"""Each rule with the query that finds what breaks it: district, kind of object, its id, detail.

Together they explain every transfer: money comes in once for each approved voucher, moves as a redemption's
promise or as an ending's (``vouchers.proofs``), goes back by a change (``change_proofs``), goes to what comes
of a move (``move_proofs``) and no other way, and the ledger's own proofs tie each end to its promise; a
top-up's transfers are proved with its lines (``payments.proofs``), a developer's with its claims
(``settlements.proofs``). What could be forged whole, a purchase
with its quote or a voucher with its papers, is held against the audit trail, whose rows nobody forges without
its keys (``core.audit.verify``). A voucher and its transfer read the clock a moment apart, at most a wait for
a lock, so a minute is generous.
"""
